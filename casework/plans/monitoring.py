"""Regular checks of how the plan goes (enforcement rules, article 2)."""

from datetime import date

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.steps import check_day, check_not_before, check_text
from casework.plans.models import Monitoring, PlanState, SupportPlan
from casework.plans.steps import begin_plan_step
from foundation.errors import RuleViolation, WrongState


@transaction.atomic
def monitor_plan(plan: SupportPlan, *, content: str, next_on: date | None, on: date, by: Account, today: date) -> Monitoring:
    """Record a check and when the next one is; without a next day none is due until the evaluation.

    Raises PermissionDenied, WrongState `case_ended`, `not_decided`, or RuleViolation `future`, `before_reception`, `before_decision`,
    `no_content`, `too_long`, `next_not_later`.
    """
    plan = begin_plan_step(plan, by=by)
    _refuse(plan, content, next_on, on, today)

    monitoring = Monitoring.objects.create(plan=plan, monitored_on=on, content=content, next_on=next_on, monitored_by=by)
    plan.next_monitoring_on = next_on
    plan.save(update_fields=["next_monitoring_on"])
    trail.record("plan.monitored", by=by, about=[monitoring, plan])
    record_event(plan.case, "plan.monitored", on=on, by=by, about=plan, facts={"number": plan.number})
    close_duty(plan.case, "plan.monitoring", about=plan, by=by, on=on)
    if next_on:
        open_duty(plan.case, "plan.monitoring", due_on=next_on, opened_on=on, assigned_to=plan.case.owner, about=plan)
    return monitoring


def _refuse(plan: SupportPlan, content: str, next_on: date | None, on: date, today: date) -> None:
    if plan.state != PlanState.DECIDED or plan.decided_on is None:
        raise WrongState("支援決定・確認のあと、評価までのプランにだけ記録できます。", code="not_decided")
    check_day(plan.case, on, today=today)
    check_not_before(on, plan.decided_on, "支援決定・確認の日", code="before_decision")
    if not content.strip():
        raise RuleViolation("いまの様子を書いてください。", code="no_content", field="content")
    check_text(Monitoring, content=content)
    if next_on is not None and next_on <= on:
        raise RuleViolation("次回は、今回の実施日より後の日にしてください。", code="next_not_later", field="next_on")
