"""Files of personal data that somebody asked for: which, why, of whom, and whether they were handed over. Never the file itself."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Account
from foundation import clock


class Purpose(models.TextChoices):
    CLIENT = "client", "ご本人に渡す・説明する"
    MEETING = "meeting", "支援調整会議の資料にする"
    MUNICIPALITY = "municipality", "自治体へ提出・報告する"
    HANDOVER = "handover", "担当を引き継ぐ"
    CHECK = "check", "支援の進み具合を確かめる"
    INSPECTION = "inspection", "監査・指導に答える"


class ExportState(models.TextChoices):
    WAITING = "waiting", "承認待ち"
    READY = "ready", "受け取れます"
    BEING_MADE = "being_made", "作成中"
    HANDED_OVER = "handed_over", "受け取り済み"


class Export(models.Model):
    """One file for one person, once. `details` are codes and ids; `subjects` whose data was asked for."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("種類", max_length=60)
    details = models.JSONField("条件", default=dict)
    purpose = models.CharField("目的", max_length=20, choices=Purpose)
    subjects = ArrayField(models.UUIDField(), verbose_name="対象の人")
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name="依頼した人")
    asked_at = models.DateTimeField("依頼した日時")
    expires_at = models.DateTimeField("期限")
    state = models.CharField("状態", max_length=20, choices=ExportState)
    handed_over_at = models.DateTimeField("受け取った日時", null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    class Meta:
        verbose_name = "書き出し"
        verbose_name_plural = "書き出し"
        indexes: ClassVar = [models.Index(fields=["asked_by", "-asked_at"], name="export_of_account")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ExportState.values), name="export_state_known"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="export_purpose_known"),
            models.CheckConstraint(
                condition=Q(state="handed_over", handed_over_at__isnull=False) & ~Q(sha256="")
                | ~Q(state="handed_over") & Q(handed_over_at=None, sha256=""),
                name="export_handed_over_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("exports:detail", args=[self.pk])

    @property
    def number(self) -> str:
        return number_of(self.id)

    @property
    def people(self) -> int:
        return len(self.subjects)

    @property
    def is_over(self) -> bool:
        return self.expires_at <= clock.now()


def number_of(key: uuid.UUID) -> str:
    """What stands on every page and in the trail; a letter in front, so that no digits look like a phone number."""
    return f"K{key.hex[:10].upper()}"
