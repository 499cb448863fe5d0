"""What a plan says: its five statutory parts (enforcement rules, article 1), checked before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from casework.cases.steps import check_text
from casework.plans.deadlines import usual_end
from casework.plans.models import PlanAction, PlanGoal, SupportPlan
from foundation import codes
from foundation.errors import RuleViolation


@dataclass(frozen=True)
class GoalFacts:
    text: str
    target_date: date


@dataclass(frozen=True)
class ActionFacts:
    text: str
    actor: str
    timing: str = ""


class PlanParts(TypedDict, total=False):
    """What was written; a part that is left out is empty in a new plan and unchanged in a revised one."""

    wishes: str
    issues: str
    cautions: str
    goals: Sequence[GoalFacts]
    actions: Sequence[ActionFacts]
    service_uses: Sequence[str]
    is_employment_target: bool
    period_from: date | None
    period_until: date | None


OWN_FIELDS = ("wishes", "issues", "cautions", "is_employment_target", "period_from", "period_until")
MOST_ROWS = 30


def check_parts(parts: PlanParts, *, made_on: date) -> None:
    """Refuse codes, dates and lengths that cannot be; what is still missing is a matter of the agreement.

    Raises RuleViolation `unknown_code`, `repeated_code`, `goal_without_text`, `goal_before_plan`, `action_without_text`,
    `period_backwards`, `too_long`, `too_many`.
    """
    check_text(SupportPlan, wishes=parts.get("wishes"), issues=parts.get("issues"), cautions=parts.get("cautions"))
    _check_goals(parts.get("goals", ()), made_on)
    _check_actions(parts.get("actions", ()), made_on)
    period_from, period_until = parts.get("period_from"), parts.get("period_until")
    _check_service_uses(list(parts.get("service_uses", ())), made_on, period_until or usual_end(period_from or made_on))
    if period_from and period_until and period_until < period_from:
        raise RuleViolation("期間の終わりを、期間の始めより後の日にしてください。", code="period_backwards", field="period_until")


def _check_service_uses(services: list[str], made_on: date, until: date) -> None:
    """A programme must exist at some time of the plan: one that begins in April may be planned in March."""
    try:
        codes.check("service_use", services, on=made_on, field="service_uses")
    except RuleViolation:
        codes.check("service_use", services, on=until, field="service_uses")


def _check_goals(goals: Sequence[GoalFacts], made_on: date) -> None:
    if len(goals) > MOST_ROWS:
        raise RuleViolation(f"目標は{MOST_ROWS}個までにしてください。", code="too_many", field="goals")
    for goal in goals:
        if not goal.text.strip():
            raise RuleViolation("目標の文を書いてください。", code="goal_without_text", field="goals")
        check_text(PlanGoal, text=goal.text)
        if goal.target_date < made_on:
            raise RuleViolation("目標の時期を、プランの作成日より後の日にしてください。", code="goal_before_plan", field="goals")


def _check_actions(actions: Sequence[ActionFacts], made_on: date) -> None:
    if len(actions) > MOST_ROWS:
        raise RuleViolation(f"支援内容は{MOST_ROWS}個までにしてください。", code="too_many", field="actions")
    for action in actions:
        if not action.text.strip():
            raise RuleViolation("支援の内容を書いてください。", code="action_without_text", field="actions")
        check_text(PlanAction, text=action.text, timing=action.timing)
        codes.check("plan_action_actor", action.actor, on=made_on, field="actions")


def plain_goals(goals: Sequence[Any]) -> list[list[str]]:  # Any: facts or opened rows, which have the same names
    return [[goal.text, goal.target_date.isoformat()] for goal in goals]


def plain_actions(actions: Sequence[Any]) -> list[list[str]]:  # Any: as above
    return [[action.text, action.actor, action.timing or ""] for action in actions]
