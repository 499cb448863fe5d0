"""One line of evidence: who, what, whose, which fields, why, through which channel. Never a value.

Only `audit.trail` writes it, only `audit.reading` reads it. The columns suffice for a later hash chain: an order, the transaction, the database's clock.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Verdict(models.TextChoices):
    READ = "read", "閲覧"
    WRITE = "write", "変更"
    REFUSED = "refused", "拒否"
    EVENT = "event", "出来事"


class AuditLine(models.Model):
    at = models.DateTimeField("日時")
    transaction = models.BigIntegerField("取引番号")
    actor = models.UUIDField("行為者", null=True)
    actor_kind = models.CharField("行為者の種類", max_length=20)
    membership = models.UUIDField("所属", null=True)
    action = models.CharField("行為", max_length=80)
    verdict = models.CharField("結果", max_length=10, choices=Verdict.choices)
    channel = models.CharField("経路", max_length=20)
    purpose = models.CharField("目的", max_length=40)
    objects_touched = models.JSONField("対象", db_column="objects")
    subjects = ArrayField(models.UUIDField(), verbose_name="誰の情報か")
    fields = models.JSONField("項目")
    facts = models.JSONField("事実")
    request_id = models.CharField("要求番号", max_length=64)
    login = models.CharField("データベースの利用者", max_length=63)

    class Meta:
        verbose_name = "証跡"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
            GinIndex(fields=["subjects"], name="audit_by_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="audit_verdict_known"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.action}"
