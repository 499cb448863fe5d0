"""Wrapped keys and the ledger of what was erased, in the database `keys` only: one key per centre, under it one per client and class."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class KeyClass(models.TextChoices):
    GENERAL = "general", "一般"
    WHEREABOUTS = "whereabouts", "居場所"
    FINGERPRINT = "fingerprint", "指紋"  # of a host, for evidence of what was searched; never rotated, or old fingerprints say nothing


class WrappedKey(models.Model):
    """A destroyed key keeps its row without its bytes, so that nobody makes a second key for someone who was erased."""

    centre = models.CharField("センターのスキーマ", max_length=63)
    wrapped = models.BinaryField("包まれた鍵", null=True)
    made_at = models.DateTimeField("作成日時", auto_now_add=True)
    destroyed_at = models.DateTimeField("破棄日時", null=True)

    class Meta:
        abstract = True


HELD_OR_DESTROYED = Q(wrapped__isnull=False, destroyed_at__isnull=True) | Q(wrapped__isnull=True, destroyed_at__isnull=False)
SUPERSEDED_WITH_TIME = Q(superseded_by__isnull=True, superseded_at__isnull=True) | Q(
    superseded_by__isnull=False, superseded_at__isnull=False
)


class CentreKey(WrappedKey):
    """`root` names the root key that wraps it; `previous` is the version before, while a rotation is under way."""

    centre = models.CharField("センターのスキーマ", max_length=63, primary_key=True)
    version = models.PositiveIntegerField("版", default=1)
    root = models.CharField("ルート鍵", max_length=200, default="")
    previous = models.BinaryField("前の版の包まれた鍵", null=True)

    class Meta:
        verbose_name = "センターの鍵"
        constraints = [
            models.CheckConstraint(condition=HELD_OR_DESTROYED, name="centre_key_held_or_destroyed"),
            models.CheckConstraint(condition=Q(wrapped__isnull=False) | Q(previous__isnull=True), name="centre_key_destroyed_whole"),
        ]

    def __str__(self) -> str:
        return self.centre


class ClientKey(WrappedKey):
    """`subject` is the client's id; empty: the centre's own values that belong to no client.

    `under` is the version of the centre's key that wraps it. A newer version supersedes an older one and never goes back.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField("対象", null=True)
    key_class = models.CharField("種類", max_length=20, choices=KeyClass.choices)
    version = models.PositiveIntegerField("版", default=1)
    under = models.PositiveIntegerField("センターの鍵の版", default=1)
    superseded_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="次の版")
    superseded_at = models.DateTimeField("次の版ができた日時", null=True)

    class Meta:
        verbose_name = "対象者の鍵"
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "subject", "key_class"],
                condition=Q(superseded_by__isnull=True),
                name="one_current_key_per_subject_and_class",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["centre", "subject", "key_class", "version"], name="client_key_version_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=HELD_OR_DESTROYED, name="client_key_held_or_destroyed"),
            models.CheckConstraint(condition=SUPERSEDED_WITH_TIME, name="client_key_superseded_with_time"),
        ]
        indexes = [models.Index(fields=["centre", "under"])]

    def __str__(self) -> str:
        return str(self.id)


class Erasure(models.Model):
    """A line of the ledger: whose keys were destroyed, and who decided so. Replayed over a restored database of keys."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    centre = models.CharField("センターのスキーマ", max_length=63)
    subject = models.UUIDField("対象", null=True)  # empty: the whole centre
    reason = models.CharField("理由", max_length=40)
    asked_by = models.CharField("求めた人", max_length=64)
    approved_by = models.CharField("認めた人", max_length=64)
    keys = ArrayField(models.UUIDField(), verbose_name="破棄した鍵")
    at = models.DateTimeField("日時")

    class Meta:
        verbose_name = "消去の台帳"
        constraints = [models.UniqueConstraint(fields=["centre", "subject"], name="erased_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"{self.centre} {self.subject}"
