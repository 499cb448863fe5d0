"""The person's own yes to the plan: without it no meeting hears of it (P4)."""

from datetime import date

from django.db import transaction
from django.db.models import Max

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Event
from casework.cases.steps import check_day, check_not_before
from casework.plans.deadlines import meeting_due
from casework.plans.models import PlanState, SupportPlan
from casework.plans.steps import begin_plan_step
from foundation.errors import RuleViolation, StaleVersion, WrongState

AGREEABLE = frozenset({PlanState.DRAFT, PlanState.TO_REVISE})
STATUTORY_PARTS = {
    "wishes": "生活に対する意向",
    "issues": "解決したい課題",
    "goals": "目標と時期",
    "actions": "支援の内容",
    "cautions": "支援にあたって気をつけること（なければ「特になし」）",
}


@transaction.atomic
def agree_plan(plan: SupportPlan, *, on: date, by: Account, today: date, version: int | None = None) -> SupportPlan:
    """Record that the person agreed to the plan as it stands; `version` is the one she was shown.

    Raises PermissionDenied, StaleVersion, WrongState `case_ended`, `wrong_state`, or RuleViolation `future`, `before_reception`,
    `before_plan`, `before_meeting`, `parts_missing`.
    """
    plan = begin_plan_step(plan, by=by)
    _refuse_unless_agreeable(plan, version)
    _refuse_impossible_day(plan, on, today)

    plan.state, plan.agreed_on = PlanState.AGREED, on
    plan.save(update_fields=["state", "agreed_on"])
    trail.record("plan.agreed", by=by, about=plan, version=plan.version)
    record_event(plan.case, "plan.agreed", on=on, by=by, about=plan, facts={"number": plan.number, "version": plan.version})
    for kind in ("plan.agreement", "plan.revision"):
        close_duty(plan.case, kind, about=plan, by=by, on=on)
    open_duty(plan.case, "plan.meeting", due_on=meeting_due(on), opened_on=on, assigned_to=plan.case.owner, about=plan)
    return plan


def missing_parts(plan: SupportPlan) -> list[str]:
    """The statutory parts that are still empty, in words; asks only whether something is there, opens nothing."""
    there = {
        "wishes": plan.wishes is not None,
        "issues": plan.issues is not None,
        "cautions": plan.cautions is not None,
        "goals": plan.goals.exists(),
        "actions": plan.actions.exists(),
    }
    return [label for name, label in STATUTORY_PARTS.items() if not there[name]]


def _refuse_unless_agreeable(plan: SupportPlan, version: int | None) -> None:
    if plan.state not in AGREEABLE:
        raise WrongState("このプランは、いま同意を記録する段階ではありません。")
    if version is not None and version != plan.version:
        raise StaleVersion("本人に見せたあとでプランが変わりました。いまの内容を本人に確かめてください。")
    if missing := missing_parts(plan):
        raise RuleViolation(f"先に書いてください：{'、'.join(missing)}。", code="parts_missing")


def _refuse_impossible_day(plan: SupportPlan, on: date, today: date) -> None:
    check_day(plan.case, on, today=today)
    check_not_before(on, plan.made_on, "プランの作成日", code="before_plan")
    asked = Event.objects.filter(case=plan.case, kind="plan.to_revise", about_id=plan.pk).aggregate(day=Max("happened_on"))["day"]
    if plan.state == PlanState.TO_REVISE and asked:
        check_not_before(on, asked, "修正を求めた会議の日", code="before_meeting")
