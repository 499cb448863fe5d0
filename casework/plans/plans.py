"""Making and revising a support plan, before a meeting has found it adequate."""

from datetime import date
from typing import Unpack

from django.db import transaction
from django.db.models import Max, Min

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case, Stage
from casework.cases.revisions import save_changes
from casework.cases.steps import begin_step, check_day, check_not_before, check_open
from casework.plans.deadlines import agreement_due, usual_end
from casework.plans.models import UNFINISHED, EvaluationOutcome, PlanAction, PlanGoal, PlanServiceUse, PlanState, SupportPlan
from casework.plans.parts import OWN_FIELDS, PlanParts, check_parts, plain_actions, plain_goals
from casework.plans.steps import begin_plan_step
from disclosure import gate
from foundation.errors import RuleViolation, StaleVersion, WrongState

REVISABLE = frozenset({PlanState.DRAFT, PlanState.TO_REVISE, PlanState.AGREED, PlanState.HELD})
LEADS_TO_A_NEXT_PLAN = frozenset({EvaluationOutcome.REPLAN, EvaluationOutcome.SUSPENDED})


@transaction.atomic
def make_plan(case: Case, *, on: date, by: Account, today: date, **parts: Unpack[PlanParts]) -> SupportPlan:
    """Write the case's next plan as a draft. A draft may still lack parts; the person's agreement may not.

    Raises PermissionDenied, WrongState `case_ended`, or RuleViolation `future`, `before_reception`, `not_applied`,
    `no_assessment`, `before_assessment`, `plan_unfinished`, `not_to_replan`, `before_evaluation` and those of `check_parts`.
    """
    case = begin_step(case, by=by)
    check_open(case)
    check_day(case, on, today=today)
    _refuse_unless_assessed(case, on)
    _refuse_unless_next(case, on)
    check_parts(parts, made_on=on)

    plan = _write_plan(case, parts, on, by)
    case.stage = Stage.PLANNING
    case.save(update_fields=["stage"])
    trail.record("plan.made", by=by, about=plan, number=plan.number)
    record_event(case, "plan.made", on=on, by=by, about=plan, facts={"number": plan.number})
    close_duty(case, "plan.make", by=by, on=on)
    open_duty(case, "plan.agreement", due_on=agreement_due(on), opened_on=on, assigned_to=case.owner, about=plan)
    return plan


def _refuse_unless_assessed(case: Case, on: date) -> None:
    if case.applied_on is None:
        raise RuleViolation("利用申込を受けてからプランを作ってください。", code="not_applied")
    first = case.assessments.aggregate(day=Min("made_on"))["day"]
    if first is None:
        raise RuleViolation("アセスメントを作ってからプランを作ってください。", code="no_assessment")
    check_not_before(on, first, "アセスメントの日", code="before_assessment")


def _refuse_unless_next(case: Case, on: date) -> None:
    """One plan at a time; a next one only after an evaluation that asks for it."""
    if case.plans.filter(state__in=UNFINISHED).exists():
        raise RuleViolation("まだ終わっていないプランがあります。そのプランを直すか、評価してください。", code="plan_unfinished")
    last = case.plans.filter(state=PlanState.EVALUATED).select_related("evaluation").order_by("-number").first()
    if last is None:
        return
    if last.evaluation.outcome not in LEADS_TO_A_NEXT_PLAN:
        raise RuleViolation("前のプランの評価は「終結」です。このケースを終結してください。", code="not_to_replan")
    check_not_before(on, last.evaluation.evaluated_on, "前のプランの評価日", code="before_evaluation")


def _write_plan(case: Case, parts: PlanParts, on: date, by: Account) -> SupportPlan:
    begins = parts.get("period_from") or on
    plan = SupportPlan.objects.create(
        case=case,
        number=(case.plans.aggregate(last=Max("number"))["last"] or 0) + 1,
        made_on=on,
        made_by=by,
        wishes=parts.get("wishes") or None,
        issues=parts.get("issues") or None,
        cautions=parts.get("cautions") or None,
        period_from=begins,
        period_until=parts.get("period_until") or usual_end(begins),
        is_employment_target=parts.get("is_employment_target", False),
    )
    _write_goals(plan, parts)
    _write_actions(plan, parts)
    _write_service_uses(plan, parts)
    return plan


def _write_goals(plan: SupportPlan, parts: PlanParts) -> None:
    goals = parts.get("goals", ())
    PlanGoal.objects.bulk_create(
        PlanGoal(plan=plan, order=order, text=goal.text, target_date=goal.target_date) for order, goal in enumerate(goals, start=1)
    )


def _write_actions(plan: SupportPlan, parts: PlanParts) -> None:
    actions = parts.get("actions", ())
    PlanAction.objects.bulk_create(
        PlanAction(plan=plan, order=order, text=action.text, actor=action.actor, timing=action.timing or None)
        for order, action in enumerate(actions, start=1)
    )


def _write_service_uses(plan: SupportPlan, parts: PlanParts) -> None:
    PlanServiceUse.objects.bulk_create(PlanServiceUse(plan=plan, service=service) for service in parts.get("service_uses", ()))


@transaction.atomic
def revise_plan(plan: SupportPlan, *, version: int, by: Account, today: date, **parts: Unpack[PlanParts]) -> SupportPlan:
    """Change what the plan says; what stood before is kept. A changed plan needs the person's agreement anew.

    Raises PermissionDenied, StaleVersion, WrongState `case_ended`, `wrong_state`, and the RuleViolations of `check_parts`.
    """
    plan = begin_plan_step(plan, by=by)
    if version != plan.version:
        raise StaleVersion
    if plan.state not in REVISABLE:
        raise WrongState("会議で適切とされたプランは直せません。評価のあと、次のプランを作ってください。")
    check_parts(parts, made_on=plan.made_on)

    if _save_parts(plan, parts, version, by):
        _take_agreement_back(plan, by, today)
        trail.record("plan.revised", by=by, about=plan, version=plan.version)
        record_event(plan.case, "plan.revised", on=today, by=by, about=plan, facts={"number": plan.number, "version": plan.version})
    return plan


def _save_parts(plan: SupportPlan, parts: PlanParts, version: int, by: Account) -> bool:
    """Write what differs with its revision; tells whether anything did."""
    rows = _changed_rows(plan, parts, by)
    own = {name: parts[name] or None for name in OWN_FIELDS if name in parts}  # type: ignore[literal-required]  # names of the TypedDict
    if "is_employment_target" in own:
        own["is_employment_target"] = bool(own["is_employment_target"])
    save_changes(plan, own, version=version, by=by, client=plan.case.client, parts=rows)
    if plan.version == version:
        return False
    for name, write in (("goals", _write_goals), ("actions", _write_actions), ("service_uses", _write_service_uses)):
        if name in rows and rows[name][0] != rows[name][1]:
            getattr(plan, name).all().delete()
            write(plan, parts)
    return True


def _changed_rows(plan: SupportPlan, parts: PlanParts, by: Account) -> dict[str, tuple[list, list]]:
    """The goals, actions and service uses that were sent, each as it stood and as it shall be."""
    rows: dict[str, tuple[list, list]] = {}
    goals, actions = list(plan.goals.all()), list(plan.actions.all())
    opened = gate.compute([*goals, *actions], rule="revision", by=by) if goals or actions else []
    if "goals" in parts:
        rows["goals"] = plain_goals(opened[: len(goals)]), plain_goals(parts["goals"])
    if "actions" in parts:
        rows["actions"] = plain_actions(opened[len(goals) :]), plain_actions(parts["actions"])
    if "service_uses" in parts:
        was = plan.service_uses.order_by("service").values_list("service", flat=True)
        rows["service_uses"] = list(was), sorted(parts["service_uses"])
    return rows


def _take_agreement_back(plan: SupportPlan, by: Account, today: date) -> None:
    if plan.agreed_on is None:
        return
    plan.agreed_on = None
    if plan.state != PlanState.TO_REVISE:
        plan.state = PlanState.DRAFT
    plan.save(update_fields=["state", "agreed_on"])
    close_duty(plan.case, "plan.meeting", about=plan, by=by, on=today)
    due_on = agreement_due(today)
    open_duty(plan.case, "plan.agreement", due_on=due_on, opened_on=today, assigned_to=plan.case.owner, about=plan)
