"""Whatever is tried in whatever order: a step happens or is refused by code, and the database never has to say no."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from casework.cases.applications import ConsentFacts, apply_for_support, give_consent, withdraw_consent
from casework.cases.assessments import assess_case
from casework.cases.care_team import hand_over, leave_team
from casework.cases.emergency_starts import mark_reported, start_support_early
from casework.cases.models import Case, EmergencyStart, Event, Stage
from casework.cases.outcomes import record_outcome
from casework.cases.reception import correct_reception, receive_person
from casework.cases.records import record_support
from casework.cases.screening import screen_case
from casework.clients.models import Consent
from foundation.errors import RuleViolation
from tests.factories.casework import RECEIVED, TODAY, make_member

DAYS = st.integers(min_value=-2, max_value=20).map(lambda days: RECEIVED + timedelta(days=days))
RESULTS = st.sampled_from(["info_only", "referred", "continue_plan", "consent_pending", "lost_before_screening", "nonsense"])
TRAITS = st.lists(st.sampled_from(["debt", "illness", "nonsense"]), max_size=3)
KINDS = st.lists(st.sampled_from(["information_sharing", "case_study", "nonsense"]), max_size=2)


def take(act: Callable[..., Any]) -> bool:
    try:
        with transaction.atomic():
            act()
    except RuleViolation:
        return False
    return True


class Walk:
    """One case, driven by drawn steps."""

    def __init__(self, by: Account) -> None:
        self.by = by
        self.case: Case = receive_person(on=RECEIVED, by=by, today=TODAY, memo="見本")

    def step(self, name: str, draw: Any, on: date) -> bool:
        case, common = self.case, {"on": on, "by": self.by, "today": TODAY}
        acts: dict[str, Callable[[], Any]] = {
            "screen": lambda: screen_case(case, result=draw(RESULTS), **common),
            "apply": lambda: apply_for_support(case, consents=[ConsentFacts(kind) for kind in draw(KINDS)], **common),
            "consent": lambda: [give_consent(case, ConsentFacts(kind), **common) for kind in draw(KINDS)],
            "withdraw": lambda: [withdraw_consent(given, **common) for given in Consent.objects.filter(client=case.client)[:1]],
            "start": lambda: start_support_early(case, agreed_on=draw(DAYS), content="見本", **common),
            "report": lambda: [mark_reported(start, on=on, by=self.by) for start in EmergencyStart.objects.filter(case=case)[:1]],
            "assess": lambda: assess_case(
                case, sections={}, issue_traits=draw(TRAITS), summary=draw(st.sampled_from(["", "見本"])), **common
            ),
            "record": lambda: record_support(case, method="phone", text="見本", **common),
            "outcome": lambda: record_outcome(case, kind="started_work", **common),
            "correct": lambda: correct_reception(
                case, version=1, client_version=1, changes={"memo": draw(st.text(max_size=5))}, by=self.by, today=TODAY
            ),
            "hand_over": lambda: hand_over(case, self.by, by=self.by, today=TODAY),
            "leave": lambda: leave_team(case, self.by, by=self.by, today=TODAY),
            "return": self.come_back(common),
        }
        return take(acts[name])

    def come_back(self, common: dict[str, Any]) -> Callable[[], None]:
        def act() -> None:
            self.case = receive_person(previous=self.case, memo="また来た", **common)

        return act


STEPS = st.sampled_from(
    [
        "screen",
        "apply",
        "consent",
        "withdraw",
        "start",
        "report",
        "assess",
        "record",
        "outcome",
        "correct",
        "hand_over",
        "leave",
        "return",
        "screen",
        "apply",
        "assess",
    ]
)


@pytest.mark.usefixtures("centre")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_steps_succeeds_or_is_refused_by_code(data: st.DataObject) -> None:
    walk = Walk(make_member())
    for name, on in data.draw(st.lists(st.tuples(STEPS, DAYS), max_size=14)):
        before = Event.objects.count()
        happened = walk.step(name, data.draw, on)
        stage = Case.objects.get(pk=walk.case.pk).stage
        assert happened or Event.objects.count() == before
        assert walk.case.duties.filter(closed_on=None).exists() == (stage not in {Stage.ENDED, Stage.CLOSED})
