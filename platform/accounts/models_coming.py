"""How people come to a host and leave it: invitations, and last days that are set ahead."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> "InvitationQuerySet":
        return self.filter(used_at=None, withdrawn_at=None, expires_at__gt=now)

    def waiting(self) -> "InvitationQuerySet":
        """Neither used nor withdrawn; the time of some has run out."""
        return self.filter(used_at=None, withdrawn_at=None).order_by("-made_at", "id")


class Invitation(models.Model):
    """A one-time way to choose one's first password, sent to one address. Only the token's digest is kept."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="invitations", verbose_name="招待された人")
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+", null=True, verbose_name="招待した人")
    made_at = models.DateTimeField("招待した日時")
    expires_at = models.DateTimeField("期限")
    sent_at = models.DateTimeField("メールを送った日時", null=True, blank=True)
    wrong_addresses = models.PositiveSmallIntegerField("メールアドレスの入力間違い", default=0)
    used_at = models.DateTimeField("使われた日時", null=True, blank=True)
    withdrawn_at = models.DateTimeField("取り消した日時", null=True, blank=True)
    unvouched = models.BooleanField("招待した人が離れた", default=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "招待"
        verbose_name_plural = "招待"
        indexes = [models.Index(fields=["-made_at"], condition=Q(used_at=None, withdrawn_at=None), name="invitation_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(used_at=None, withdrawn_at=None), name="invitation_one_waiting"),
            models.CheckConstraint(condition=Q(used_at=None) | Q(withdrawn_at=None), name="invitation_used_or_withdrawn"),
        ]

    def __str__(self) -> str:
        return str(self.account_id)


class Departure(models.Model):
    """A last day that was set ahead, and who takes over what is open then."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.OneToOneField("accounts.Membership", on_delete=models.PROTECT, related_name="departure", verbose_name="配属")
    successor = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+", null=True, verbose_name="引き継ぐ人")
    set_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+", verbose_name="決めた人")
    set_at = models.DateTimeField("決めた日時")

    class Meta:
        verbose_name = "退職・異動の予定"
        verbose_name_plural = "退職・異動の予定"

    def __str__(self) -> str:
        return str(self.membership_id)
