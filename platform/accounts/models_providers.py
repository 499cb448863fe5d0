"""The identity providers of the corporations that run a host's centre, and whose account there is whose here."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class IdentityProvider(models.Model):
    """One corporation's way to sign in at this host. Its secret is sealed under this host's name."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    corporation = models.ForeignKey(
        "tenants.Corporation", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="法人"
    )
    issuer = models.CharField("発行者（issuer）", max_length=200)
    client_id = models.CharField("クライアントID", max_length=200)
    sealed_secret = models.TextField("クライアントシークレット", editable=False)
    strong_acr: ArrayField = ArrayField(models.CharField(max_length=200), verbose_name="二要素とみなす acr", default=list, blank=True)
    made_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+", verbose_name="設定した人")
    made_at = models.DateTimeField("設定した日時")
    ended_at = models.DateTimeField("終えた日時", null=True, blank=True)

    class Meta:
        verbose_name = "法人のサインイン"
        verbose_name_plural = "法人のサインイン"
        constraints = [
            models.UniqueConstraint(
                fields=["corporation"], condition=Q(ended_at=None), nulls_distinct=False, name="identity_provider_one_each"
            ),
            models.UniqueConstraint(fields=["issuer"], condition=Q(ended_at=None), name="identity_provider_issuer_once"),
        ]

    def __str__(self) -> str:
        return self.corporation.name if self.corporation is not None else "本部"


class IdentityLink(models.Model):
    """issuer and subject are the key. No address and no name: those are anybody's to change at the provider."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField("accounts.Account", on_delete=models.PROTECT, related_name="identity_link", verbose_name="利用者")
    issuer = models.CharField("発行者（issuer）", max_length=200)
    subject = models.CharField("発行者での利用者（sub）", max_length=255)
    made_at = models.DateTimeField("つないだ日時")

    class Meta:
        verbose_name = "法人の利用者とのつながり"
        verbose_name_plural = "法人の利用者とのつながり"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_link_once")]

    def __str__(self) -> str:
        return str(self.account_id)
