"""The end of a case. It stays readable, takes after-care records, and a return is a new case."""

from datetime import date

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_all_duties
from casework.cases.events import record_event
from casework.cases.models import Case, Stage
from casework.cases.steps import begin_step, check_day, check_not_before, check_open
from casework.plans.models import UNFINISHED, EvaluationOutcome, PlanState, SupportPlan
from foundation import codes
from foundation.errors import RuleViolation

RESOLVED = "resolved"
"""The one reason that denies a need to go on (P10); every other may come over a person whose plan was to be followed by another."""


@transaction.atomic
def close_case(case: Case, *, reason: str, on: date, by: Account, today: date) -> Case:
    """Close an open case; an unfinished plan that was never decided is withdrawn with it.

    Raises PermissionDenied, WrongState `case_ended`, or RuleViolation `future`, `before_reception`, `unknown_code`,
    `emergency_start_unreported` (P9), `plan_not_evaluated`, `not_to_close`, `before_evaluation`.
    """
    case = begin_step(case, by=by)
    check_open(case)
    check_day(case, on, today=today)
    codes.check("closing_reason", reason, on=on, field="reason")
    if case.emergency_starts.filter(reported_on=None).exists():
        raise RuleViolation("会議前に始めた支援を、先に支援調整会議へ報告してください。", code="emergency_start_unreported")
    _refuse_unless_evaluated(case, reason, on)

    _withdraw_unfinished(case, on, by)
    case.stage, case.closed_on, case.closing_reason = Stage.CLOSED, on, reason
    case.save(update_fields=["stage", "closed_on", "closing_reason"])
    trail.record("case.closed", by=by, about=case, reason=reason)
    record_event(case, "case.closed", on=on, by=by, about=case, facts={"reason": reason})
    close_all_duties(case, by=by, on=on)
    return case


def _refuse_unless_evaluated(case: Case, reason: str, on: date) -> None:
    """What was decided must have been evaluated, and goals reached are not what a last evaluation said that asked for another plan."""
    if case.plans.filter(state=PlanState.DECIDED).exists():
        raise RuleViolation("支援決定されたプランを、先に評価してください。", code="plan_not_evaluated")
    last = case.plans.filter(state=PlanState.EVALUATED).select_related("evaluation").order_by("-number").first()
    if last is None:
        return
    if last.evaluation.outcome == EvaluationOutcome.REPLAN and reason == RESOLVED:
        raise RuleViolation(
            "最後の評価が「再プラン」なので、目標達成では終結できません。次のプランで支援を続けるか、ほかの理由を選んでください。",
            code="not_to_close",
            field="reason",
        )
    check_not_before(on, last.evaluation.evaluated_on, "評価日", code="before_evaluation")


def _withdraw_unfinished(case: Case, on: date, by: Account) -> None:
    """There is at most one; the municipality has not decided on it."""
    plan = SupportPlan.objects.select_for_update(of=("self",)).filter(case=case, state__in=UNFINISHED).first()
    if plan is None:
        return
    plan.state = PlanState.WITHDRAWN
    plan.save(update_fields=["state"])
    trail.record("plan.withdrawn", by=by, about=plan)
    record_event(case, "plan.withdrawn", on=on, by=by, about=plan, facts={"number": plan.number})
