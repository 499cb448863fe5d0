"""支援調整会議 (SupportCoordinationMeeting): what was put to it, what it decided, and why."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from casework.cases.models import Case, EmergencyStart
from casework.plans.models import SupportPlan
from vault.fields import SealedField, SealedModel


class MeetingKind(models.TextChoices):
    REGULAR = "regular", "定例"
    AD_HOC = "ad_hoc", "随時"


class MeetingState(models.TextChoices):
    PLANNED = "planned", "予定"
    HELD = "held", "開催済み"


class SupportCoordinationMeeting(SealedModel):
    """General remarks are sealed under the centre's key; what concerns a client stands on her agenda item."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("種類", max_length=20, choices=MeetingKind.choices, default=MeetingKind.REGULAR)
    held_on = models.DateField("開催日")
    starts_at = models.TimeField("開始時刻", null=True, blank=True)
    place = models.CharField("場所", max_length=100, blank=True)
    state = models.CharField("状態", max_length=20, choices=MeetingState.choices, default=MeetingState.PLANNED)
    attendees: ArrayField = ArrayField(models.CharField(max_length=40), default=list, verbose_name="出席機関")
    attendee_names = SealedField("出席者", of=str, subject="centre", max_length=2000, null=True, blank=True)
    remarks = SealedField("全体の議事", of=str, subject="centre", max_length=20000, null=True, blank=True)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "支援調整会議"
        indexes = [models.Index(fields=["-held_on"]), models.Index(fields=["state", "held_on"])]
        constraints = [
            models.CheckConstraint(condition=~Q(state="held") | Q(attendees__len__gt=0), name="meeting_held_with_attendees"),
        ]


class ItemKind(models.TextChoices):
    PLAN = "plan", "プラン"
    EVALUATION = "evaluation", "評価"
    EMERGENCY_START = "emergency_start", "会議前の開始の報告"


class ItemDecision(models.TextChoices):
    APPROVED = "approved", "適切"
    TO_REVISE = "to_revise", "修正"
    HELD = "held", "保留"
    REPORTED = "reported", "報告済み"


class AgendaItem(SealedModel):
    """A decided item. What still waits is not stored: the agenda of a planned meeting is a query over states."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(SupportCoordinationMeeting, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="agenda_items")
    kind = models.CharField("区分", max_length=20, choices=ItemKind.choices)
    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items")
    emergency_start = models.ForeignKey(EmergencyStart, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items")
    decision = models.CharField("決定", max_length=20, choices=ItemDecision.choices)
    reason = SealedField("理由", of=str, subject="case.client_id", max_length=4000, null=True, blank=True)
    minutes = SealedField("議事", of=str, subject="case.client_id", max_length=8000, null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "議題"
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="emergency_start", emergency_start__isnull=False, plan__isnull=True, decision="reported")
                | (Q(kind__in=["plan", "evaluation"], emergency_start__isnull=True, plan__isnull=False) & ~Q(decision="reported")),
                name="item_about_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(decision__in=["to_revise", "held"]) | Q(reason__isnull=False), name="item_reason_when_not_approved"
            ),
            models.UniqueConstraint(fields=["meeting", "plan", "kind"], name="item_once_a_meeting"),
            models.UniqueConstraint(fields=["meeting", "emergency_start"], name="emergency_item_once_a_meeting"),
        ]
