"""People: who a client is, how to reach her safely, who speaks for her, what she agreed to."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from vault.fields import SealedField, SealedModel


class Client(SealedModel):
    """The person the work is for. A first save without a name makes a nameless Client with a key of her own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = SealedField("氏名", of=str, subject="pk", max_length=80, null=True, blank=True)
    kana = SealedField("ふりがな", of=str, subject="pk", max_length=80, null=True, blank=True)
    birth_date = SealedField("生年月日", of=date, subject="pk", null=True, blank=True)
    sex = models.CharField("性別", max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "相談者"


class ContactWay(SealedModel):
    """A phone, address or account by which the client can be reached, and whether that is safe."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contact_ways")
    kind = models.CharField("種類", max_length=40)
    value = SealedField("連絡先", of=str, subject="client_id", key_class="whereabouts", max_length=200)
    safe_to_use = models.CharField("連絡してよいか", max_length=40, default="not_asked")
    note = SealedField("時間帯・留守電など", of=str, subject="client_id", max_length=200, null=True, blank=True)
    ended_on = models.DateField("使わなくなった日", null=True, blank=True)

    class Meta:
        verbose_name = "連絡先"
        indexes = [models.Index(fields=["client", "kind"])]


class RelatedPerson(SealedModel):
    """Someone other than the client (caller, family, informant); the data is that person's own, under a key of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="related_people")
    relation = models.CharField("本人との関係", max_length=40)
    name = SealedField("氏名", of=str, subject="pk", max_length=80, null=True, blank=True)
    phone = SealedField("電話", of=str, subject="pk", key_class="whereabouts", max_length=40, null=True, blank=True)

    class Meta:
        verbose_name = "本人以外の人"


class Consent(SealedModel):
    """What the client agreed to, for whom, since when, and until she withdrew it (business plan 7(3))."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField("同意の種類", max_length=40)
    scope = SealedField("範囲", of=str, subject="client_id", max_length=400, null=True, blank=True)
    given_on = models.DateField("同意した日")
    withdrawn_on = models.DateField("撤回した日", null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "同意"
        indexes = [models.Index(fields=["client", "kind"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("given_on")), name="consent_withdrawn_after_given"
            ),
        ]

    def is_in_force(self, on: date) -> bool:
        return self.given_on <= on and (self.withdrawn_on is None or on < self.withdrawn_on)
