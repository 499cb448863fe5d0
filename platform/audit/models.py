"""One line of evidence: who, what, whose, which fields, why, through which channel. Never a value. And what seals the lines.

Lines are written by `audit.trail` and read by `audit.reading`, seals come from `audit.sealing`, heads from `audit.heads`; nothing here is
ever changed or removed.
"""

from uuid import uuid4

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
    circumstances = models.JSONField("状況", default=dict)  # of the sign-in and the machine; see accounts.circumstances

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


class AuditSeal(models.Model):
    """A committed line's place in the chain of its host. `leaf` binds the line, `link` binds every leaf before it."""

    seq = models.BigIntegerField("通し番号", primary_key=True)
    line = models.BigIntegerField("証跡", unique=True)
    day = models.DateField("日")
    sealed_at = models.DateTimeField("封印日時")
    transaction = models.BigIntegerField("封印した取引番号")
    horizon = models.BigIntegerField("ここより前の取引は封印済み")
    form = models.SmallIntegerField("書式の版")
    leaf = models.BinaryField("葉")
    link = models.BinaryField("連鎖")

    class Meta:
        verbose_name = "封印"
        ordering = ["seq"]

    def __str__(self) -> str:
        return str(self.seq)


class AuditSalt(models.Model):
    """The random part of a line's leaf, kept apart: without it a leaf tells nothing of the line it was made from."""

    line = models.BigIntegerField("証跡", primary_key=True)
    salt = models.BinaryField("塩")

    class Meta:
        verbose_name = "封印の塩"

    def __str__(self) -> str:
        return str(self.line)


class AuditDay(models.Model):
    """The Merkle root of one closed day's leaves."""

    day = models.DateField("日", primary_key=True)
    first = models.BigIntegerField("はじめの通し番号")
    last = models.BigIntegerField("おわりの通し番号")
    root = models.BinaryField("根")

    class Meta:
        verbose_name = "日の根"
        ordering = ["day"]

    def __str__(self) -> str:
        return str(self.day)


class AuditHead(models.Model):
    """A signed tree head: what is anchored outside. `body` is the signed text itself."""

    size = models.BigIntegerField("行数", primary_key=True)
    body = models.TextField("署名された文")
    signature = models.BinaryField("署名")
    key = models.CharField("署名の鍵", max_length=16)

    class Meta:
        verbose_name = "署名された先頭"
        ordering = ["size"]

    def __str__(self) -> str:
        return str(self.size)


class AuditDelivery(models.Model):
    """A store outside has taken a head."""

    id = models.UUIDField("ID", primary_key=True, default=uuid4, editable=False)
    size = models.BigIntegerField("行数")
    store = models.CharField("預け先", max_length=20)
    at = models.DateTimeField("日時")

    class Meta:
        verbose_name = "預けた記録"
        constraints = [models.UniqueConstraint(fields=["size", "store"], name="audit_head_delivered_once_per_store")]

    def __str__(self) -> str:
        return f"{self.size} {self.store}"
