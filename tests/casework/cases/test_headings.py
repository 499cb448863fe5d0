from datetime import timedelta

import pytest

from casework.cases.applications import ConsentFacts, give_consent, withdraw_consent
from casework.cases.headings import badges_of, stages_of
from casework.cases.models import Case, Stage
from tests.factories.casework import TODAY, make_case, phone, refreshed

pytestmark = pytest.mark.usefixtures("centre")


def labels(case: Case) -> list[str]:
    return [badge.label for badge in badges_of(refreshed(case), today=TODAY)]


@pytest.mark.parametrize(
    ("stage", "states"),
    [
        (Stage.RECEIVED, "now ahead ahead ahead ahead ahead"),
        (Stage.APPLIED, "done now ahead ahead ahead ahead"),
        (Stage.PLANNING, "done done now ahead ahead ahead"),
        (Stage.DELIBERATED, "done done done now ahead ahead"),
        (Stage.SUPPORTING, "done done done done now ahead"),
        (Stage.CLOSED, "done done done done done done"),
        (Stage.ENDED, "done ahead ahead ahead ahead ahead"),
    ],
)
def test_a_stage_says_what_is_done_where_it_stands_and_what_lies_ahead(stage: Stage, states: str) -> None:
    assert " ".join(step.state for step in stages_of(Case(stage=stage))) == states


def test_every_stage_has_its_place() -> None:
    for stage in Stage:
        assert len(stages_of(Case(stage=stage))) == 6


def test_ways_that_are_not_safe_come_first() -> None:
    case = make_case(contact_ways=[phone("09000000001", safe="no"), phone("0668888888", safe="with_care")])

    assert labels(case)[:1] == ["携帯電話には連絡しない"]


def test_a_way_that_is_no_longer_used_warns_of_nothing() -> None:
    case = make_case(contact_ways=[phone("09000000001", safe="no")])
    case.client.contact_ways.update(ended_on=TODAY)

    assert labels(case) == ["同意はまだ"]


def test_consent_is_told_as_it_stands_today() -> None:
    case = make_case("applied")
    assert labels(case) == ["情報共有の同意あり"]

    (consent,) = case.client.consents.all()
    withdraw_consent(consent, on=TODAY, by=case.owner, today=TODAY)
    assert labels(case) == ["同意の撤回あり"]

    give_consent(case, ConsentFacts("case_study"), on=TODAY, by=case.owner, today=TODAY)
    assert labels(case) == ["同意は一部（情報共有は未）"]
    assert [badge.label for badge in badges_of(refreshed(case), today=TODAY - timedelta(days=1))] == ["情報共有の同意あり"]
