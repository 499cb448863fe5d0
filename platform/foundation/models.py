"""Dated reference data of all centres: code lists and parameters. The law and its forms change by date, so do these."""

import uuid

from django.db import models
from django.db.models import F, Q


class CodeList(models.Model):
    """A list to choose from, such as the 16 concerns. `verified` says that it was checked against the form in force."""

    name = models.CharField(max_length=60, primary_key=True)
    label = models.CharField("名前", max_length=100)
    source = models.CharField("出どころ", max_length=400)
    verified = models.BooleanField("確認済み", default=False)

    class Meta:
        verbose_name = "コード表"

    def __str__(self) -> str:
        return self.label


class Code(models.Model):
    """One choice with its wording from a day to a day; a new wording is a new row, so that old papers keep the old one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list = models.ForeignKey(CodeList, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField("コード", max_length=60)
    label = models.CharField("文言", max_length=200)
    short_label = models.CharField("短い文言", max_length=40, blank=True)
    order = models.PositiveSmallIntegerField("順番")
    valid_from = models.DateField("この日から")
    valid_to = models.DateField("この日まで", null=True, blank=True)
    stat_code = models.CharField("統計システムの番号", max_length=20, blank=True)
    is_sensitive = models.BooleanField("要配慮", default=False)
    group = models.CharField("区分", max_length=60, blank=True)

    class Meta:
        verbose_name = "コード"
        constraints = [
            models.UniqueConstraint(fields=["list", "code", "valid_from"], name="code_once_from_a_day"),
            models.UniqueConstraint(fields=["list", "code"], condition=Q(valid_to__isnull=True), name="code_once_without_end"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="code_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.label


class Parameter(models.Model):
    """A value that rules and reports read for a day: counting rules, intervals, thresholds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("名前", max_length=80)
    valid_from = models.DateField("この日から")
    value = models.JSONField("値")
    note = models.CharField("説明", max_length=400)
    verified = models.BooleanField("確認済み", default=False)

    class Meta:
        verbose_name = "設定値"
        constraints = [models.UniqueConstraint(fields=["name", "valid_from"], name="parameter_once_from_a_day")]

    def __str__(self) -> str:
        return self.name
