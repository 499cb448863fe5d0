"""The municipality's 支援決定 or 確認 after the meeting (P11)."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from foundation import clock, codes, parameters
from foundation.errors import RuleViolation, WrongState

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Stage
from casework.plans.locking import lock_plan
from casework.plans.models import PlanState, SupportPlan
from casework.plans.permissions import can_record_decision
from casework.plans.plans import usual_end


@transaction.atomic
def record_decision(plan: SupportPlan, *, decision_kind: str, on: date, by: Account, today: date) -> SupportPlan:
    """Write down what the municipality decided or confirmed; support by the plan begins, monitoring and evaluation fall due.

    Raises PermissionDenied, WrongState `case_ended`, `not_approved`, or RuleViolation `future`, `before_meeting`, `unknown_code`.
    """
    plan = lock_plan(plan)
    if not can_record_decision(by, plan.case):
        raise PermissionDenied
    if not plan.case.is_open:
        raise WrongState("このケースは終わっています。", code="case_ended")
    if plan.state != PlanState.APPROVED or plan.approved_on is None:
        raise WrongState("支援調整会議で「適切」とされたプランにだけ記録できます。", code="not_approved")
    if on > today:
        raise RuleViolation("支援決定・確認の日を今日までの日にしてください。", code="future", field="on")
    if on < plan.approved_on:
        raise RuleViolation("支援決定・確認の日を会議の日より後にしてください。", code="before_meeting", field="on")
    codes.check("decision_kind", decision_kind, on=on, field="decision_kind")

    plan.state, plan.decision_kind, plan.decided_on = PlanState.DECIDED, decision_kind, on
    plan.next_monitoring_on = usual_monitoring(on)
    plan.save(update_fields=["state", "decision_kind", "decided_on", "next_monitoring_on"])
    plan.case.stage = Stage.SUPPORTING
    plan.case.save(update_fields=["stage"])
    trail.record("plan.decided", by=by, about=plan, decision_kind=decision_kind)
    record_event(plan.case, "plan.decided", on=on, by=by, about=plan, facts={"number": plan.number, "decision_kind": decision_kind})
    _open_what_follows(plan, on, by)
    return plan


def usual_monitoring(after: date) -> date:
    """The day of the next monitoring at the usual interval (parameter `monitoring.interval_months`)."""
    return clock.add_months(after, parameters.get("monitoring.interval_months", on=after))


def _open_what_follows(plan: SupportPlan, on: date, by: Account) -> None:
    close_duty(plan.case, "plan.decision", about=plan, by=by, on=on)
    assert plan.next_monitoring_on is not None
    open_duty(plan.case, "plan.monitoring", due_on=plan.next_monitoring_on, opened_on=on, assigned_to=plan.case.owner, about=plan)
    ends = max(plan.period_until or usual_end(on), on)
    open_duty(plan.case, "plan.evaluation", due_on=ends, opened_on=on, assigned_to=plan.case.owner, about=plan)
