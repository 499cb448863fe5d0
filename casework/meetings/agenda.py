"""What waits for a meeting: a question to the states, stored nowhere until the meeting has said something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account
from casework.cases.models import Case, Duty, EmergencyStart, Stage
from casework.meetings.models import AgendaItem, ItemDecision, ItemKind, SupportCoordinationMeeting
from casework.plans.deliberations import WAITING
from casework.plans.models import PlanState, SupportPlan
from disclosure.protection import seen_by


@dataclass(frozen=True)
class Waiting:
    """One line of an agenda that nobody has decided on yet."""

    kind: ItemKind
    case: Case
    since: date
    plan: SupportPlan | None = None
    start: EmergencyStart | None = None

    @property
    def thing(self) -> SupportPlan | EmergencyStart:
        found = self.start or self.plan
        assert found is not None
        return found


def waiting_plans(day: date) -> QuerySet[SupportPlan]:
    """Plans the person had agreed to by that day and no meeting has found adequate yet; held ones come again."""
    return SupportPlan.objects.filter(state__in=WAITING, agreed_on__lte=day, case__stage__in=Stage.open()).order_by("agreed_on", "id")


def waiting_evaluations(day: date) -> QuerySet[SupportPlan]:
    """Decided plans whose evaluation is due by that day and which no meeting has settled since it was due to be looked at."""
    due = Duty.objects.filter(kind="plan.evaluation", about_id=OuterRef("pk"), closed_on=None, due_on__lte=day)
    settled = AgendaItem.objects.filter(kind=ItemKind.EVALUATION, plan=OuterRef("pk"), decision=ItemDecision.APPROVED)
    return SupportPlan.objects.filter(Exists(due), ~Exists(settled), state=PlanState.DECIDED).order_by("period_until", "id")


def waiting_starts(day: date) -> QuerySet[EmergencyStart]:
    """Support begun before a meeting by that day, of which no meeting has heard (business plan 6(1))."""
    return EmergencyStart.objects.filter(reported_on=None, started_on__lte=day).order_by("started_on", "id")


def waiting_for(meeting: SupportCoordinationMeeting, viewer: Account | None = None) -> list[Waiting]:
    """What the meeting has still to hear: reports first, then plans, then evaluations; three queries. With a viewer, of people
    who exist for her.

    What it has already decided on is not among it, even where it put a plan off.
    """
    seen = seen_by(viewer, "case__client") if viewer else Q()
    with_case = ("case__client", "case__owner")
    heard = AgendaItem.objects.filter(meeting=meeting)
    plans = waiting_plans(meeting.held_on).exclude(pk__in=heard.filter(kind=ItemKind.PLAN).values("plan_id"))
    evaluations = waiting_evaluations(meeting.held_on).exclude(pk__in=heard.filter(kind=ItemKind.EVALUATION).values("plan_id"))
    return [
        *(
            Waiting(ItemKind.EMERGENCY_START, row.case, row.started_on, start=row)
            for row in waiting_starts(meeting.held_on).filter(seen).select_related(*with_case)
        ),
        *(Waiting(ItemKind.PLAN, row.case, _day(row.agreed_on), plan=row) for row in plans.filter(seen).select_related(*with_case)),
        *(
            Waiting(ItemKind.EVALUATION, row.case, _day(row.period_until or row.decided_on), plan=row)
            for row in evaluations.filter(seen).select_related(*with_case)
        ),
    ]


def decided_by(meeting: SupportCoordinationMeeting, viewer: Account) -> Sequence[AgendaItem]:
    return (
        meeting.items.filter(seen_by(viewer, "case__client"))
        .select_related("case__client", "case__owner", "plan", "emergency_start", "recorded_by")
        .order_by("created_at", "id")
    )


def _day(day: date | None) -> date:
    assert day is not None  # agreed and decided plans have their day: plan_agreed_with_day, plan_decided_with_day_and_kind
    return day
