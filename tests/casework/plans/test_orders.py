"""Steps in any order: each is done or refused by name, and whatever came before, the case makes sense."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Case, Duty
from casework.meetings.agenda import waiting_for
from casework.meetings.decisions import decide_plan, report_emergency_start
from casework.plans.agreements import agree_plan
from casework.plans.closing import close_case
from casework.plans.decisions import record_decision
from casework.plans.evaluations import evaluate_plan
from casework.plans.models import UNFINISHED, SupportPlan
from casework.plans.monitoring import monitor_plan
from casework.plans.plans import make_plan, revise_plan
from foundation.errors import RuleViolation
from tests.factories.casework import TODAY, make_case
from tests.factories.plans import PARTS, make_meeting

words = count()


class Walk:
    """One case and what may be tried on its latest plan, all on the same day."""

    def __init__(self) -> None:
        self.case: Case = make_case("assessed")
        self.by: Account = self.case.owner

    @property
    def plan(self) -> SupportPlan:
        found = self.case.plans.order_by("-number").first()
        if found is None:
            raise RuleViolation("プランはまだありません。", code="no_plan")
        return SupportPlan.objects.select_related("case").get(pk=found.pk)

    def make(self) -> None:
        make_plan(self.case, on=TODAY, by=self.by, today=TODAY, **PARTS)

    def revise(self) -> None:
        plan = self.plan
        revise_plan(plan, version=plan.version, wishes=f"望み{next(words)}（見本）", by=self.by, today=TODAY)

    def agree(self) -> None:
        agree_plan(self.plan, on=TODAY, by=self.by, today=TODAY)

    def approve(self) -> None:
        self._say("approved")

    def ask_for_revision(self) -> None:
        self._say("to_revise")

    def put_off(self) -> None:
        self._say("held")

    def _say(self, decision: str) -> None:
        decide_plan(make_meeting(by=self.by), self.plan, decision=decision, reason="理由（見本）", minutes="", by=self.by, today=TODAY)

    def decide(self) -> None:
        record_decision(self.plan, decision_kind="decision", on=TODAY, by=self.by, today=TODAY)

    def monitor(self) -> None:
        monitor_plan(self.plan, content="様子（見本）", next_on=TODAY + timedelta(days=30), on=TODAY, by=self.by, today=TODAY)

    def end(self) -> None:
        self._evaluate("closed")

    def replan(self) -> None:
        self._evaluate("replan")

    def suspend(self) -> None:
        self._evaluate("suspended")

    def _evaluate(self, outcome: str) -> None:
        results = ["achieved", "partly"]
        evaluate_plan(
            self.plan, outcome=outcome, goal_results=results, changes=[], reason="理由（見本）", on=TODAY, by=self.by, today=TODAY
        )

    def start_early(self) -> None:
        start_support_early(self.case, agreed_on=TODAY, content="食料（見本）", on=TODAY, by=self.by, today=TODAY)

    def report(self) -> None:
        start = self.case.emergency_starts.order_by("id").first()
        if start is None:
            raise RuleViolation("始めた支援はありません。", code="no_start")
        report_emergency_start(make_meeting(by=self.by), start, by=self.by, today=TODAY)

    def close(self) -> None:
        close_case(self.case, reason="resolved", on=TODAY, by=self.by, today=TODAY)


STEPS = [name for name, step in vars(Walk).items() if callable(step) and not name.startswith("_")]


def check(walk: Walk) -> None:
    case = Case.objects.get(pk=walk.case.pk)
    plans = list(case.plans.order_by("number"))
    open_duties = set(Duty.objects.filter(case=case, closed_on=None).values_list("kind", flat=True))
    unreported = case.emergency_starts.filter(reported_on=None).exists()
    unfinished = [plan for plan in plans if plan.state in UNFINISHED]

    assert [plan.number for plan in plans] == list(range(1, len(plans) + 1))
    assert len(unfinished) <= 1
    assert unfinished in ([], plans[-1:]), "the unfinished plan is the last one"
    assert all(plan.evaluation.outcome != "closed" for plan in plans[:-1]), "nothing follows an evaluation that says 終結"
    assert ("emergency_start.report" in open_duties) == unreported
    if case.stage == "closed":
        assert (open_duties, unreported, unfinished) == (set(), False, [])
        return
    state = plans[-1].state if plans else ""
    due = {
        "draft": "plan.agreement",
        "agreed": "plan.meeting",
        "held": "plan.meeting",
        "approved": "plan.decision",
        "decided": "plan.evaluation",
    }
    if state in due:
        assert due[state] in open_duties
    assert (case.stage == "supporting") <= (state in ("decided", "evaluated"))
    on_agenda = {line.plan for line in waiting_for(make_meeting(by=walk.by)) if line.kind == "plan"}
    assert on_agenda == {plan for plan in plans if plan.state in ("agreed", "held")}


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=8, max_size=30))
@pytest.mark.usefixtures("centre")
def test_any_order_of_steps_leaves_the_case_in_order(steps):
    with transaction.atomic():
        walk = Walk()
        for name in steps:
            step: Callable[[], None] = getattr(walk, name)
            with suppress(RuleViolation), transaction.atomic():
                step()
            check(walk)
        transaction.set_rollback(True)


LONG_WAY = [
    "make",
    "agree",
    "put_off",
    "ask_for_revision",
    "revise",
    "agree",
    "approve",
    "decide",
    "monitor",
    "replan",
    "make",
    "agree",
    "approve",
    "decide",
]


@pytest.mark.usefixtures("centre")
def test_the_long_way_round_is_open():
    walk = Walk()
    for name in [*LONG_WAY, "suspend", "make", "agree", "approve", "decide", "end", "close"]:
        getattr(walk, name)()
        check(walk)

    assert Case.objects.get(pk=walk.case.pk).stage == "closed"
    assert walk.case.plans.count() == 3
