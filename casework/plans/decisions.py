"""The municipality's 支援決定 or 確認 after the meeting (P11)."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Stage
from casework.cases.steps import check_day, check_not_before
from casework.plans.deadlines import evaluation_due, usual_monitoring
from casework.plans.models import PlanState, SupportPlan
from casework.plans.permissions import can_record_decision
from casework.plans.steps import begin_plan_step
from foundation import codes
from foundation.errors import WrongState


@transaction.atomic
def record_decision(plan: SupportPlan, *, decision_kind: str, on: date, by: Account, today: date) -> SupportPlan:
    """Write down what the municipality decided or confirmed; support by the plan begins, monitoring and evaluation fall due.

    Raises PermissionDenied, WrongState `case_ended`, `not_approved`, or RuleViolation `future`, `before_reception`,
    `before_meeting`, `unknown_code`.
    """
    plan = begin_plan_step(plan, by=by)
    if not can_record_decision(by, plan.case):
        raise PermissionDenied
    if plan.state != PlanState.APPROVED or plan.approved_on is None:
        raise WrongState("支援調整会議で「適切」とされたプランにだけ記録できます。", code="not_approved")
    check_day(plan.case, on, today=today)
    check_not_before(on, plan.approved_on, "会議の日", code="before_meeting")
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


def _open_what_follows(plan: SupportPlan, on: date, by: Account) -> None:
    close_duty(plan.case, "plan.decision", about=plan, by=by, on=on)
    for kind, due_on in (("plan.monitoring", usual_monitoring(on)), ("plan.evaluation", evaluation_due(plan, on))):
        open_duty(plan.case, kind, due_on=due_on, opened_on=on, assigned_to=plan.case.owner, about=plan)
