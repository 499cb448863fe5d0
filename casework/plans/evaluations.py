"""The plan's end: what became of each goal, what has changed, and whether support ends, goes on or pauses (P10)."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Stage
from casework.cases.steps import check_day, check_not_before, check_text
from casework.plans.deadlines import follow_up_due
from casework.plans.models import EvaluationOutcome, PlanEvaluation, PlanState, SupportPlan
from casework.plans.steps import begin_plan_step
from foundation import codes
from foundation.errors import RuleViolation, WrongState

FOLLOWS = {EvaluationOutcome.CLOSED: "case.closing", EvaluationOutcome.REPLAN: "plan.make"}


@transaction.atomic
def evaluate_plan(
    plan: SupportPlan,
    *,
    outcome: str,
    goal_results: Sequence[str],
    changes: Sequence[str],
    reason: str,
    on: date,
    by: Account,
    today: date,
) -> PlanEvaluation:
    """Evaluate a decided plan: one result for each goal, in their order.

    終結 leaves the case waiting for its closing, 再プラン for its next plan, 中断 rests it.
    Raises PermissionDenied, WrongState `case_ended`, `not_decided`, or RuleViolation `future`, `before_reception`, `before_decision`,
    `unknown_code`, `repeated_code`, `goal_results`, `reason_required`, `too_long`.
    """
    plan = begin_plan_step(plan, by=by)
    _refuse_unless_decided(plan, on, today)
    _refuse_answers(plan, outcome, goal_results, changes, reason, on)

    _write_results(plan, goal_results)
    evaluation = PlanEvaluation.objects.create(
        plan=plan, evaluated_on=on, outcome=outcome, changes=list(changes), reason=reason or None, evaluated_by=by
    )
    plan.state, plan.evaluated_on, plan.next_monitoring_on = PlanState.EVALUATED, on, None
    plan.save(update_fields=["state", "evaluated_on", "next_monitoring_on"])
    trail.record("plan.evaluated", by=by, about=[evaluation, plan], outcome=outcome)
    record_event(plan.case, "plan.evaluated", on=on, by=by, about=plan, facts={"number": plan.number, "outcome": outcome})
    _turn_to_what_follows(plan, EvaluationOutcome(outcome), on, by)
    return evaluation


def _refuse_unless_decided(plan: SupportPlan, on: date, today: date) -> None:
    if plan.state != PlanState.DECIDED or plan.decided_on is None:
        raise WrongState("支援決定・確認のあと、まだ評価していないプランだけを評価できます。", code="not_decided")
    check_day(plan.case, on, today=today)
    check_not_before(on, plan.decided_on, "支援決定・確認の日", code="before_decision")


def _refuse_answers(plan: SupportPlan, outcome: str, goal_results: Sequence[str], changes: Sequence[str], reason: str, on: date) -> None:
    codes.check("plan_evaluation_outcome", outcome, on=on, field="outcome")
    for result in goal_results:
        codes.check("goal_result", result, on=on, field="goal_results")
    codes.check("observed_change", list(changes), on=on, field="changes")
    goals = plan.goals.count()
    if len(goal_results) != goals:
        raise RuleViolation(f"{goals}つの目標のそれぞれに、達成状況を選んでください。", code="goal_results", field="goal_results")
    if outcome == EvaluationOutcome.SUSPENDED and not reason.strip():
        raise RuleViolation("中断する理由を書いてください。", code="reason_required", field="reason")
    check_text(PlanEvaluation, reason=reason)


def _write_results(plan: SupportPlan, goal_results: Sequence[str]) -> None:
    for goal, result in zip(plan.goals.order_by("order"), goal_results, strict=True):
        goal.result = result
        goal.save(update_fields=["result"])


def _turn_to_what_follows(plan: SupportPlan, outcome: EvaluationOutcome, on: date, by: Account) -> None:
    case = plan.case
    for kind in ("plan.monitoring", "plan.evaluation"):
        close_duty(case, kind, about=plan, by=by, on=on)
    if outcome == EvaluationOutcome.SUSPENDED:
        case.stage = Stage.SUSPENDED
        case.save(update_fields=["stage"])
        return
    open_duty(case, FOLLOWS[outcome], due_on=follow_up_due(on), opened_on=on, assigned_to=case.owner)
