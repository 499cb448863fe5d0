"""Erasing a client: who asked, why, who agreed, what keeps it from happening. Codes and ids only; they outlive her keys."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.clients.models import Client


class ErasureReason(models.TextChoices):
    PERIOD_OVER = "period_over", "保存期間が過ぎた"
    PERSON_ASKED = "person_asked", "本人が求めた"
    WRONGLY_KEPT = "wrongly_kept", "誤って登録した"


class EarlyReason(models.TextChoices):
    """Why the legal period of keeping does not stand against it."""

    LAW = "law", "法令により消去が認められた（個人情報保護法35条など）"
    NEVER_OURS = "never_ours", "支援の記録ではない（登録の誤り）"
    MUNICIPALITY = "municipality", "自治体が指示した"


class ErasureState(models.TextChoices):
    ASKED = "asked", "承認待ち"
    APPROVED = "approved", "消去中"
    DONE = "done", "消去済み"


class ErasureRequest(models.Model):
    audit_subject = "client_id"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="erasures")
    reason = models.CharField("理由", max_length=20, choices=ErasureReason)
    early_reason = models.CharField("保存期間の前に消去する理由", max_length=20, choices=EarlyReason, blank=True)
    state = models.CharField("状態", max_length=10, choices=ErasureState, default=ErasureState.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("求めた日時")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField("消去した日時", null=True)
    keys = ArrayField(models.UUIDField(), verbose_name="破棄した鍵", default=list)

    class Meta:
        verbose_name = "消去の依頼"
        indexes = [models.Index(fields=["client", "-asked_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="asked", approved_by=None)
                | ~Q(state="asked") & Q(approved_by__isnull=False) & ~Q(approved_by=F("asked_by")),
                name="erasure_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done") & Q(done_at=None), name="erasure_done_with_time"
            ),
            models.UniqueConstraint(fields=["client"], condition=~Q(state="asked"), name="client_erased_once"),
        ]

    def __str__(self) -> str:
        return self.get_state_display()


class HoldReason(models.TextChoices):
    DISPUTE = "dispute", "係争・苦情"
    AUDIT = "audit", "監査・検査"
    INQUIRY = "inquiry", "捜査・裁判所の照会"


class ErasureHold(models.Model):
    """While it stands, nobody erases her."""

    audit_subject = "client_id"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="erasure_holds")
    reason = models.CharField("理由", max_length=20, choices=HoldReason)
    placed_on = models.DateField("始めた日")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lifted_on = models.DateField("解いた日", null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "消去の保留"
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(lifted_on=None), name="one_erasure_hold"),
            models.CheckConstraint(
                condition=Q(lifted_on=None, lifted_by=None) | Q(lifted_on__isnull=False, lifted_by__isnull=False),
                name="erasure_hold_lifted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()
