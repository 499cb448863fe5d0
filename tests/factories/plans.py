"""Plans and meetings at every stage, made through the domain functions: one day a step after the assessment."""

from datetime import date, timedelta
from typing import Any

from accounts.models import Account
from casework.cases.models import Case
from casework.meetings.decisions import decide_plan
from casework.meetings.meetings import call_meeting
from casework.meetings.models import SupportCoordinationMeeting
from casework.plans.agreements import agree_plan
from casework.plans.decisions import record_decision
from casework.plans.evaluations import evaluate_plan
from casework.plans.models import SupportPlan
from casework.plans.parts import ActionFacts, GoalFacts
from casework.plans.plans import make_plan
from tests.factories.casework import TODAY, make_case, make_member

PLANNED = date(2026, 5, 15)
STATES = ("draft", "agreed", "deliberated", "decided", "evaluated")

PARTS: dict[str, Any] = {  # Any: as the parts of a plan are
    "wishes": "子どもと落ち着いて暮らしたい（見本）",
    "issues": "家賃の滞納と求職（見本）",
    "cautions": "夜の電話は避ける（見本）",
    "goals": [GoalFacts("家賃を分けて払う（見本）", date(2026, 9, 30)), GoalFacts("仕事を見つける（見本）", date(2026, 12, 28))],
    "actions": [ActionFacts("面談（見本）", "counsellor", "月2回"), ActionFacts("求職活動（見本）", "client")],
    "service_uses": ["rent_subsidy", "employment_support"],
    "is_employment_target": True,
}


def make_draft(case: Case | None = None, *, by: Account | None = None, on: date = PLANNED, **parts: Any) -> SupportPlan:
    """A complete draft. Any: other parts than the usual ones."""
    by = by or (case.owner if case else make_member("counsellor"))
    return make_plan(case or make_case("assessed", by=by), on=on, by=by, today=TODAY, **{**PARTS, **parts})


def make_plan_at(state: str = "draft", *, by: Account | None = None, case: Case | None = None, **evaluation: Any) -> SupportPlan:
    """A plan that has come as far as `state` (draft, agreed, approved, to_revise, held, decided, evaluated)."""
    by = by or (case.owner if case else make_member("counsellor"))
    plan = make_draft(case, by=by)
    if state == "draft":
        return refreshed(plan)
    agree_plan(plan, on=PLANNED + timedelta(days=1), by=by, today=TODAY)
    if state == "agreed":
        return refreshed(plan)
    decision = state if state in ("to_revise", "held") else "approved"
    say(plan, decision, by=by)
    if state in ("to_revise", "held", "approved"):
        return refreshed(plan)
    record_decision(plan, decision_kind="decision", on=PLANNED + timedelta(days=4), by=by, today=TODAY)
    if state == "evaluated":
        evaluate(plan, by=by, **evaluation)
    return refreshed(plan)


def say(plan: SupportPlan, decision: str, *, by: Account, on: date = PLANNED + timedelta(days=3)) -> SupportCoordinationMeeting:
    """A meeting on that day, still open, that has said this to the plan."""
    meeting = make_meeting(by=by, on=on)
    decide_plan(
        meeting,
        plan,
        decision=decision,
        reason="" if decision == "approved" else "確かめることがある（見本）",
        minutes="",
        by=by,
        today=TODAY,
    )
    return meeting


def evaluate(plan: SupportPlan, *, by: Account, outcome: str = "closed", on: date = PLANNED + timedelta(days=5), **facts: Any) -> None:
    """Any: facts of `evaluate_plan`."""
    told = {
        "goal_results": ["achieved", "partly"],
        "changes": ["relief"],
        "reason": "連絡がとれない（見本）" if outcome == "suspended" else "",
    }
    evaluate_plan(refreshed(plan), outcome=outcome, on=on, by=by, today=TODAY, **{**told, **facts})


def make_meeting(*, by: Account, on: date = TODAY, kind: str = "regular", attendees: tuple[str, ...] = ()) -> SupportCoordinationMeeting:
    return call_meeting(held_on=on, kind=kind, starts_at=None, place="相談室", attendees=attendees, by=by, today=TODAY)


def refreshed(plan: SupportPlan) -> SupportPlan:
    return SupportPlan.objects.select_related("case__client", "case__owner").get(pk=plan.pk)
