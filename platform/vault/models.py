"""Wrapped keys, in the database `keys` only: one per centre, and under it one per client and class."""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class KeyClass(models.TextChoices):
    GENERAL = "general", "一般"
    WHEREABOUTS = "whereabouts", "居場所"


class WrappedKey(models.Model):
    """A destroyed key keeps its row without its bytes, so that nobody makes a second key for someone who was erased."""

    centre = models.CharField("センターのスキーマ", max_length=63)
    wrapped = models.BinaryField("包まれた鍵", null=True)
    made_at = models.DateTimeField("作成日時", auto_now_add=True)
    destroyed_at = models.DateTimeField("破棄日時", null=True)

    class Meta:
        abstract = True


HELD_OR_DESTROYED = Q(wrapped__isnull=False, destroyed_at__isnull=True) | Q(wrapped__isnull=True, destroyed_at__isnull=False)


class CentreKey(WrappedKey):
    centre = models.CharField("センターのスキーマ", max_length=63, primary_key=True)

    class Meta:
        verbose_name = "センターの鍵"
        constraints = [models.CheckConstraint(condition=HELD_OR_DESTROYED, name="centre_key_held_or_destroyed")]

    def __str__(self) -> str:
        return self.centre


class ClientKey(WrappedKey):
    """`subject` is the client's id; empty: the centre's own values that belong to no client."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.UUIDField("対象", null=True)
    key_class = models.CharField("種類", max_length=20, choices=KeyClass.choices)

    class Meta:
        verbose_name = "対象者の鍵"
        constraints = [
            models.UniqueConstraint(fields=["centre", "subject", "key_class"], name="one_key_per_subject_and_class", nulls_distinct=False),
            models.CheckConstraint(condition=HELD_OR_DESTROYED, name="client_key_held_or_destroyed"),
        ]

    def __str__(self) -> str:
        return str(self.id)
