"""What remains to be done, and what was done already, in the schema of the host where it was asked for."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q


class JobState(models.TextChoices):
    WAITING = "waiting", "待機"
    DONE = "done", "完了"
    PARKED = "parked", "保留（要確認）"


class Job(models.Model):
    """A row of the outbox: written in the transaction of the business that needs it, done once, parked when it keeps failing."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField("種類", max_length=60)
    reference_id = models.UUIDField("対象", null=True)
    state = models.CharField("状態", max_length=10, choices=JobState.choices, default=JobState.WAITING)
    attempts = models.PositiveSmallIntegerField("試行回数", default=0)
    not_before = models.DateTimeField("次に試みる日時")
    last_error = models.CharField("最後の失敗", max_length=120, blank=True)
    created_at = models.DateTimeField("依頼日時", auto_now_add=True)
    ended_at = models.DateTimeField("終わった日時", null=True)

    class Meta:
        verbose_name = "仕事"
        indexes = [models.Index(fields=["not_before"], condition=Q(state="waiting"), name="job_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True) | Q(state__in=["done", "parked"], ended_at__isnull=False),
                name="job_ended_when_done_or_parked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class RepeatableRequest(models.Model):
    """What a signed-in person sent once, by its idempotency key. No bodies: a digest, and where the answer led."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField("キー", max_length=80)
    method_path = models.CharField("宛先", max_length=300)
    digest = models.CharField("内容の指紋", max_length=64)
    started_at = models.DateTimeField("開始日時")
    effect = models.CharField("残した記録", max_length=120, blank=True)
    status = models.PositiveSmallIntegerField("応答", null=True)
    location = models.CharField("行き先", max_length=500, blank=True)
    created_at = models.DateTimeField("受付日時", auto_now_add=True)

    class Meta:
        verbose_name = "再送を見分ける控え"
        indexes = [models.Index(fields=["created_at"])]
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="request_once_per_account_and_key")]

    def __str__(self) -> str:
        return self.key
