"""A plan with all that belongs to it, opened for a person in one go."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import Http404

from accounts.models import Account
from audit import trail
from casework.cases.access import find_case
from casework.cases.models import Case
from casework.plans.models import PlanState, SupportPlan
from disclosure import gate
from disclosure.opened import Opened

Many = Sequence[Model]


def find_plan(account: Account, pk: UUID, *, to_look: bool = False) -> SupportPlan:
    """The plan, with its case, client and owner, if the account may read the case.

    Raises Http404, PurposeNeeded and CaseClosedToYou as `find_case`; a refusal has its line in the trail.
    """
    plan = SupportPlan.objects.filter(pk=pk).first()
    if plan is None:
        trail.record_refusal("plan.refused", by=account, about=None, target=str(pk))
        raise Http404
    plan.case = find_case(account, plan.case_id, to_look=to_look)
    return plan


def open_together(viewer: Account, channel: str, **things: "Model | Many | None") -> dict[str, Any]:
    """Everything a page shows by one reveal: one object becomes one Opened, several a list, None stays None."""
    flat = [row for thing in things.values() for row in _as_list(thing)]
    opened = iter(gate.reveal(flat, viewer=viewer, channel=channel))
    return {name: _like(thing, opened) for name, thing in things.items()}


def open_plan(plan: SupportPlan, viewer: Account, channel: str) -> dict[str, Any]:
    """client, plan, goals, actions, monitorings and evaluation of a plan, opened, and its service uses."""
    opened = open_together(
        viewer,
        channel,
        client=plan.case.client,
        plan=plan,
        goals=list(plan.goals.all()),
        actions=list(plan.actions.all()),
        monitorings=_of_this(plan, list(plan.monitorings.select_related("monitored_by"))),
        evaluation=getattr(plan, "evaluation", None),
    )
    return opened | {"service_uses": list(plan.service_uses.values_list("service", flat=True))}


def open_sources(case: Case, viewer: Account, plan: SupportPlan | None = None) -> dict[str, Any]:
    """What a plan is made from: what the person said, the assessment, what became of the plan before; and the plan itself."""
    last = case.assessments.order_by("-number").first()
    previous = case.plans.filter(state=PlanState.EVALUATED).select_related("evaluation").order_by("-number").first()
    opened = open_together(
        viewer,
        "screen",
        client=case.client,
        case=case,
        assessment=last,
        previous=previous,
        previous_goals=list(previous.goals.all()) if previous else [],
        previous_evaluation=previous.evaluation if previous else None,
        plan=plan,
        goals=list(plan.goals.all()) if plan else [],
        actions=list(plan.actions.all()) if plan else [],
    )
    told = (opened["assessment"].sections or {}).get("complaint", {}) if last else {}
    return opened | {"told": {name: told.get(name, "") for name in ("wishes", "words", "strengths")}}


def _of_this(plan: SupportPlan, rows: list[Any]) -> list[Any]:  # Any: rows with a `plan`
    for row in rows:
        row.plan = plan
    return rows


def _as_list(thing: "Model | Many | None") -> list[Model]:
    if thing is None:
        return []
    return [thing] if isinstance(thing, Model) else list(thing)


def _like(thing: "Model | Many | None", opened: Any) -> "Opened | list[Opened] | None":  # Any: an iterator
    if thing is None:
        return None
    return next(opened) if isinstance(thing, Model) else [next(opened) for _ in thing]
