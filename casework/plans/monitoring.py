"""Regular checks of how the plan goes (enforcement rules, article 2)."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from foundation.errors import RuleViolation, WrongState

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.plans.locking import lock_plan
from casework.plans.models import Monitoring, PlanState, SupportPlan
from casework.plans.permissions import can_plan

LONGEST_CONTENT = 8000


@transaction.atomic
def monitor_plan(plan: SupportPlan, *, content: str, next_on: date | None, on: date, by: Account, today: date) -> Monitoring:
    """Record a check and when the next one is; without a next day none is due until the evaluation.

    Raises PermissionDenied, WrongState `case_ended`, `not_decided`, or RuleViolation `future`, `before_decision`, `no_content`,
    `too_long`, `next_not_later`.
    """
    plan = lock_plan(plan)
    if not can_plan(by, plan.case):
        raise PermissionDenied
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
    if not plan.case.is_open:
        raise WrongState("このケースは終わっています。", code="case_ended")
    if plan.state != PlanState.DECIDED or plan.decided_on is None:
        raise WrongState("支援決定・確認のあと、評価までのプランにだけ記録できます。", code="not_decided")
    if on > today:
        raise RuleViolation("実施日を今日までの日にしてください。", code="future", field="on")
    if on < plan.decided_on:
        raise RuleViolation("実施日を支援決定・確認の日より後にしてください。", code="before_decision", field="on")
    if not content.strip():
        raise RuleViolation("いまの様子を書いてください。", code="no_content", field="content")
    if len(content) > LONGEST_CONTENT:
        raise RuleViolation(f"{LONGEST_CONTENT}字までにしてください。", code="too_long", field="content")
    if next_on is not None and next_on <= on:
        raise RuleViolation("次回は、今回の実施日より後の日にしてください。", code="next_not_later", field="next_on")
