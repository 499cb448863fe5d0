"""What leaves a centre for a partner agency: referrals, and the guest grants that open exactly one of them until a date."""

import uuid
from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.cases.models import Case, Stage
from casework.clients.models import Consent
from network.directory.models import Agency
from vault.fields import SealedField, SealedModel, SealedQuerySet


class Referral(SealedModel):
    """つなぎ: what is handed over stands here as it was handed over, so that a grant never reaches into the case itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name="つなぎ先")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="+", verbose_name="情報共有の同意")
    referred_on = models.DateField("つないだ日")
    name = SealedField("氏名", of=str, subject="case.client_id", max_length=80, null=True, blank=True)
    kana = SealedField("ふりがな", of=str, subject="case.client_id", max_length=80, null=True, blank=True)
    reason = SealedField("つなぐ理由", of=str, subject="case.client_id", max_length=4000)
    content = SealedField("渡す情報", of=str, subject="case.client_id", max_length=8000, null=True, blank=True)
    follow_up_on = models.DateField("確かめる日")
    answered_on = models.DateField("返答があった日", null=True, blank=True)
    answer = SealedField("返答", of=str, subject="case.client_id", max_length=4000, null=True, blank=True)
    referred_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "つなぎ"
        indexes = [models.Index(fields=["case", "-referred_on"])]
        constraints = [
            models.CheckConstraint(condition=Q(follow_up_on__gte=F("referred_on")), name="referral_followed_up_after"),
            models.CheckConstraint(
                condition=Q(answered_on__isnull=True) | Q(answered_on__gte=F("referred_on")), name="referral_answered_after"
            ),
        ]


class FieldGroup(models.TextChoices):
    """What a grant may open of a referral."""

    IDENTITY = "identity", "氏名・ふりがな"
    REASON = "reason", "つなぐ理由"
    CONTENT = "content", "渡す情報"


class GrantQuerySet(SealedQuerySet["GuestGrant"]):
    def open_on(self, day: date) -> "GrantQuerySet":
        """Grants in force: not ended, not paused, not past their date, the case is open and the client's consent stands (both act at once)."""
        consent = Q(referral__consent__given_on__lte=day) & (
            Q(referral__consent__withdrawn_on__isnull=True) | Q(referral__consent__withdrawn_on__gt=day)
        )
        return self.filter(
            consent,
            referral__case__stage__in=Stage.open(),
            ended_on__isnull=True,
            paused_at__isnull=True,
            from_date__lte=day,
            until_date__gte=day,
        )


class GuestGrant(SealedModel):
    """One guest, one referral, some of its fields, until a date. Paused when the client comes under protection, until somebody decides."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="grants")
    guest = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="guest_grants", verbose_name="見る人")
    groups: ArrayField = ArrayField(models.CharField(max_length=20, choices=FieldGroup.choices), verbose_name="見せる項目")
    from_date = models.DateField("始め")
    until_date = models.DateField("いつまで")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_on = models.DateField("終えた日", null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    paused_at = models.DateTimeField("止めた日時", null=True, blank=True)
    resumed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    resume_reason = SealedField("再開の理由", of=str, subject="referral.case.client_id", max_length=2000, null=True, blank=True)

    objects = GrantQuerySet.as_manager()  # type: ignore[misc]  # the base has a plainer one

    class Meta:
        verbose_name = "共有"
        indexes = [models.Index(fields=["guest", "until_date"], condition=Q(ended_on__isnull=True), name="grant_open_by_guest")]
        constraints = [
            models.UniqueConstraint(fields=["referral", "guest"], condition=Q(ended_on__isnull=True), name="grant_open_once"),
            models.CheckConstraint(condition=Q(until_date__gte=F("from_date")), name="grant_until_not_before_from"),
            models.CheckConstraint(condition=Q(groups__len__gt=0), name="grant_opens_something"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_by__isnull=True) | Q(ended_on__isnull=False, ended_by__isnull=False),
                name="grant_ended_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return "・".join(FieldGroup(group).label for group in self.groups)
