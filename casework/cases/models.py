"""The case file: one client, one period of support, and everything that happened in it."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from guardian.models import UserObjectPermissionBase

from casework.cases import models_access  # noqa: F401  # rows of this app, too many for one file
from casework.cases.querysets import CaseQuerySet
from casework.clients.models import Client, RelatedPerson
from vault.fields import SealedField, SealedModel


class Stage(models.TextChoices):
    """How far the work has come; it may go back (a re-plan leads from 支援 to プラン)."""

    RECEIVED = "received", "受付"
    SCREENED = "screened", "継続"
    APPLIED = "applied", "利用申込"
    ASSESSED = "assessed", "アセスメント"
    PLANNING = "planning", "プラン策定"
    DELIBERATED = "deliberated", "支援調整会議"
    SUPPORTING = "supporting", "支援中"
    SUSPENDED = "suspended", "中断"
    CLOSED = "closed", "終結"
    ENDED = "ended", "受付で終了"

    @classmethod
    def open(cls) -> frozenset["Stage"]:
        return frozenset(cls) - {cls.CLOSED, cls.ENDED}


class CaseCounter(models.Model):
    """The last case number given in a fiscal year; locked while the next one is given."""

    fiscal_year = models.PositiveSmallIntegerField("年度", primary_key=True)
    last = models.PositiveIntegerField("最後の番号")

    class Meta:
        verbose_name = "ケース番号"

    def __str__(self) -> str:
        return f"{self.fiscal_year}: {self.last}"


class Case(SealedModel):
    """Number and fiscal year come from the day of reception; a return after closing is a new case linked to the old one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fiscal_year = models.PositiveSmallIntegerField("年度")
    sequence = models.PositiveIntegerField("番号")
    number = models.CharField("ケース番号", max_length=16, unique=True)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="cases")
    previous = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="next")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_cases")
    stage = models.CharField("段階", max_length=20, choices=Stage.choices, default=Stage.RECEIVED)

    received_on = models.DateField("受付日")
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    route = models.CharField("相談経路", max_length=40, blank=True)
    urgency = models.CharField("緊急度", max_length=40, blank=True)
    caller = models.ForeignKey(RelatedPerson, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    memo = SealedField("聞いたまま", of=str, subject="client_id", max_length=20000, null=True, blank=True)
    concerns = SealedField("困りごと", of=list, subject="client_id", null=True, blank=True)
    main_concern = SealedField("おもな困りごと", of=str, subject="client_id", max_length=40, null=True, blank=True)

    applied_on = models.DateField("利用申込日", null=True, blank=True)
    closed_on = models.DateField("終結日", null=True, blank=True)
    closing_reason = models.CharField("終結理由", max_length=40, blank=True)
    last_contact_on = models.DateField("最後に関わった日", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaseQuerySet.as_manager()  # type: ignore[misc]  # the base has a plainer one

    class Meta:
        verbose_name = "ケース"
        permissions = [("work_on_case", "ケースを支援する")]
        indexes = [
            models.Index(fields=["-received_on", "-sequence"]),
            models.Index(fields=["owner", "stage"]),
            models.Index(fields=["stage", "last_contact_on"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "sequence"], name="case_number_once_a_year"),
            models.CheckConstraint(
                condition=(Q(stage="closed") & Q(closed_on__isnull=False) & ~Q(closing_reason=""))
                | (~Q(stage="closed") & Q(closed_on__isnull=True) & Q(closing_reason="")),
                name="case_closed_with_day_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["received", "screened", "ended", "closed"]) | Q(applied_on__isnull=False),
                name="case_supported_after_application",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("received_on")), name="case_closed_after_reception"
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.stage in Stage.open()

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("cases:detail", args=[self.pk])


class CaseUserObjectPermission(UserObjectPermissionBase):
    """The care team: whoever holds `work_on_case` here works on the case (django-guardian, direct foreign key)."""

    content_object = models.ForeignKey(Case, on_delete=models.CASCADE)


class Screening(SealedModel):
    """The decision after reception: support here, hand over, or end (five results)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="screenings")
    result = models.CharField("スクリーニング結果", max_length=40)
    screened_on = models.DateField("判断した日")
    note = SealedField("メモ", of=str, subject="case.client_id", max_length=4000, null=True, blank=True)
    screened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "スクリーニング"
        indexes = [models.Index(fields=["screened_on", "result"])]


class EmergencyStart(SealedModel):
    """Support begun before the meeting: with the person's recorded agreement, open until a meeting has heard of it (plan 6(1))."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="emergency_starts")
    started_on = models.DateField("開始日")
    agreed_on = models.DateField("本人が同意した日")
    content = SealedField("支援の内容", of=str, subject="case.client_id", max_length=4000)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_on = models.DateField("会議に報告した日", null=True, blank=True)

    class Meta:
        verbose_name = "会議前の支援開始"
        indexes = [models.Index(fields=["started_on"], condition=Q(reported_on__isnull=True), name="emergency_start_unreported")]
        constraints = [
            models.CheckConstraint(condition=Q(agreed_on__lte=F("started_on")), name="emergency_start_agreed_before"),
            models.CheckConstraint(
                condition=Q(reported_on__isnull=True) | Q(reported_on__gte=F("started_on")), name="emergency_start_reported_after"
            ),
        ]


class Assessment(SealedModel):
    """A version of the インテーク・アセスメントシート; the highest number is the current one, none is ever changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    number = models.PositiveSmallIntegerField("版")
    made_on = models.DateField("作成日")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sections = SealedField("聞き取り", of=dict, subject="case.client_id")
    issue_traits = SealedField("課題と特性", of=list, subject="case.client_id")
    summary = SealedField("課題のまとめ", of=str, subject="case.client_id", max_length=20000, null=True, blank=True)
    direction = SealedField("支援の方向性", of=str, subject="case.client_id", max_length=20000, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "アセスメント"
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="assessment_version_once")]


class SupportRecord(SealedModel):
    """支援経過記録: what was done, by which method, how long. Also after closing (after-care)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="records")
    happened_on = models.DateField("日付")
    started_at = models.TimeField("開始時刻", null=True, blank=True)
    minutes = models.PositiveSmallIntegerField("所要時間（分）", null=True, blank=True)
    method = models.CharField("方法", max_length=40)
    counterpart = SealedField("相手", of=str, subject="case.client_id", max_length=200, null=True, blank=True)
    text = SealedField("内容", of=str, subject="case.client_id", max_length=20000)
    next_step = SealedField("次にすること", of=str, subject="case.client_id", max_length=2000, null=True, blank=True)
    is_after_care = models.BooleanField("終結後の見守り", default=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "支援経過記録"
        indexes = [models.Index(fields=["case", "-happened_on"]), models.Index(fields=["happened_on", "method"])]


class EmploymentOutcome(SealedModel):
    """Started work or earns more (就労者・増収者), with its day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="employment_outcomes")
    kind = models.CharField("種類", max_length=40)
    happened_on = models.DateField("日付")
    note = SealedField("メモ", of=str, subject="case.client_id", max_length=2000, null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "就労・増収"
        indexes = [models.Index(fields=["happened_on", "kind"])]


class Event(models.Model):
    """Everything that happened, one row each, written by the domain function that caused it: the timeline is one query."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=60)
    happened_on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    about_label = models.CharField(max_length=60, blank=True)
    about_id = models.UUIDField(null=True, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name = "できごと"
        indexes = [models.Index(fields=["case", "-happened_on", "-at"]), models.Index(fields=["kind", "happened_on"])]

    def __str__(self) -> str:
        return self.kind


class Duty(models.Model):
    """Everything that is due, one row each, opened and closed by domain functions: 今日 and the red clocks are one query."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="duties")
    kind = models.CharField(max_length=60)
    due_on = models.DateField("期限")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="duties")
    about_label = models.CharField(max_length=60, blank=True)
    about_id = models.UUIDField(null=True, blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "期限"
        indexes = [
            models.Index(fields=["assigned_to", "due_on"], condition=Q(closed_on__isnull=True), name="duty_open_by_person"),
            models.Index(fields=["case", "due_on"], condition=Q(closed_on__isnull=True), name="duty_open_by_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about_id"], condition=Q(closed_on__isnull=True, about_id__isnull=False), name="duty_open_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by__isnull=True) | Q(closed_on__isnull=False, closed_by__isnull=False),
                name="duty_closed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    def is_overdue(self, today: date) -> bool:
        return self.closed_on is None and self.due_on < today


class Revision(SealedModel):
    """What a record said before a change: the version it had, the fields that changed (sealed), who, when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    object_label = models.CharField(max_length=60)
    object_id = models.UUIDField()
    version = models.PositiveIntegerField()
    changed = SealedField("変更前", of=dict, subject="client_id or centre")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "履歴"
        constraints = [models.UniqueConstraint(fields=["object_label", "object_id", "version"], name="revision_version_once")]
