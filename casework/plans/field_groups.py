"""Who may read what a plan says: whoever may read the case, and who holds the meeting before which it stands."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Model

from accounts.models import Account
from casework.cases.access import BREAK_GLASS, MEETING, SUPERVISION, SUPPORT, reading_grounds
from casework.plans.models import Monitoring, PlanAction, PlanEvaluation, PlanGoal, SupportPlan
from disclosure import registrations
from disclosure.registrations import Access

PLAN, EVALUATION = "plan", "evaluation"
OPENS_PLANS = frozenset({SUPPORT, SUPERVISION, MEETING, BREAK_GLASS})

_case_of: dict[type[Model], Callable[[Any], UUID]] = {}  # Any: an object of that model


def register() -> None:
    register_by_case(SupportPlan, {PLAN: ("wishes", "issues", "cautions")}, "case_id")
    register_by_case(PlanGoal, {PLAN: ("text",)}, "plan.case_id")
    register_by_case(PlanAction, {PLAN: ("text", "timing")}, "plan.case_id")
    register_by_case(Monitoring, {EVALUATION: ("content",)}, "plan.case_id")
    register_by_case(PlanEvaluation, {EVALUATION: ("changes", "reason")}, "plan.case_id")


def register_by_case(model: type[Model], groups: Mapping[str, Sequence[str]], path: str, grounds: frozenset[str] = OPENS_PLANS) -> None:
    """All groups, for whoever has one of these grounds to read the case at the end of `path`."""
    _case_of[model] = attrgetter(path)
    registrations.register(model, groups=groups, decide=decide, grounds=dict.fromkeys(grounds, frozenset(groups)))


def decide(viewer: Account, objects: Sequence[Any]) -> dict[UUID, Access]:
    """Any: objects of the models registered here, asked about together."""
    cases = {row.pk: _case_of[type(row)](row) for row in objects}
    found = reading_grounds(viewer, cases.values())
    purposes = {row.pk: (type(row), found[cases[row.pk]]) for row in objects if cases[row.pk] in found}
    answers = {pk: registrations.on_ground(model, purpose, reason=purpose.reason) for pk, (model, purpose) in purposes.items()}
    return {pk: access for pk, access in answers.items() if access}
