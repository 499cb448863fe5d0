"""Who may read what a plan says: whoever may read the case, and who holds the meeting before which it stands."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from accounts.models import Account
from casework.cases.access import SUPERVISION, SUPPORT, reading_grounds
from casework.plans.models import Monitoring, PlanAction, PlanEvaluation, PlanGoal, SupportPlan
from disclosure import gate

PLAN, EVALUATION = "plan", "evaluation"
MEETING = "meeting"
OPENS_PLANS = frozenset({SUPPORT, SUPERVISION, MEETING})

Decide = Callable[[Account, Sequence[Any]], Mapping[UUID, gate.Access]]  # Any: objects of the model it is registered for


def register() -> None:
    gate.register(SupportPlan, groups={PLAN: ("wishes", "issues", "cautions")}, decide=by_case(PLAN, "case_id"))
    gate.register(PlanGoal, groups={PLAN: ("text",)}, decide=by_case(PLAN, "plan.case_id"))
    gate.register(PlanAction, groups={PLAN: ("text", "timing")}, decide=by_case(PLAN, "plan.case_id"))
    gate.register(Monitoring, groups={EVALUATION: ("content",)}, decide=by_case(EVALUATION, "plan.case_id"))
    gate.register(PlanEvaluation, groups={EVALUATION: ("changes", "reason")}, decide=by_case(EVALUATION, "plan.case_id"))


def by_case(group: str, path: str) -> Decide:
    """The group, for whoever has a ground to read the case at the end of `path`."""
    case_of = attrgetter(path)

    def decide(viewer: Account, objects: Sequence[Any]) -> dict[UUID, gate.Access]:
        grounds = reading_grounds(viewer, {case_of(row) for row in objects})
        purposes = {row.pk: grounds.get(case_of(row)) for row in objects}
        return {pk: gate.Access(frozenset({group}), purpose) for pk, purpose in purposes.items() if purpose in OPENS_PLANS}

    return decide
