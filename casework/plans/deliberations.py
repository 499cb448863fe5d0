"""What a meeting's decision does to a plan. Called by the meeting, which holds the reasons and the minutes."""

from datetime import date

from accounts.models import Account
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Stage
from casework.plans.deadlines import decision_due, meeting_due, revision_due
from casework.plans.models import PlanState, SupportPlan
from foundation.errors import RuleViolation, WrongState

WAITING = frozenset({PlanState.AGREED, PlanState.HELD})
DELIBERATED = frozenset({PlanState.APPROVED, PlanState.TO_REVISE, PlanState.HELD})
DUE_NEXT = {
    PlanState.APPROVED: ("plan.decision", decision_due),
    PlanState.TO_REVISE: ("plan.revision", revision_due),
    PlanState.HELD: ("plan.meeting", meeting_due),
}


def deliberate_plan(plan: SupportPlan, *, decision: PlanState, instead_of: str, on: date, by: Account) -> SupportPlan:
    """Take over 適切, 修正 or 保留. `plan` is locked by the caller; `instead_of` is what the same meeting said before ("" if nothing).

    Raises WrongState `not_waiting` when the plan does not wait for a meeting and has not stayed as this meeting left it,
    RuleViolation `before_agreement` when the person had not yet agreed on that day.
    """
    if plan.state not in WAITING and (not instead_of or plan.state != instead_of):
        raise WrongState("このプランは会議を待っていません。もう先へ進んでいるか、本人の同意がまだです。", code="not_waiting")
    if plan.agreed_on is None:
        raise WrongState("このプランは直されました。本人がもう一度同意してから会議にかけてください。", code="not_waiting")
    if plan.agreed_on > on:
        raise RuleViolation("会議の日には、まだ本人が同意していません。", code="before_agreement")

    plan.state = decision
    plan.approved_on = on if decision == PlanState.APPROVED else None
    plan.save(update_fields=["state", "approved_on"])
    plan.case.stage = Stage.DELIBERATED if decision == PlanState.APPROVED else Stage.PLANNING
    plan.case.save(update_fields=["stage"])
    record_event(plan.case, f"plan.{decision}", on=on, by=by, about=plan, facts={"number": plan.number})
    _turn_duties(plan, decision, on, by)
    return plan


def _turn_duties(plan: SupportPlan, decision: PlanState, on: date, by: Account) -> None:
    """A held plan goes on waiting for a meeting; otherwise what comes next is due."""
    for kind in ("plan.meeting", "plan.decision", "plan.revision"):
        close_duty(plan.case, kind, about=plan, by=by, on=on)
    kind, due = DUE_NEXT[decision]
    open_duty(plan.case, kind, due_on=due(on), opened_on=on, assigned_to=plan.case.owner, about=plan)
