from typing import Any

import pytest
from django.test import Client

from tests.factories.casework import TODAY, make_case, make_member
from tests.factories.plans import make_plan_at

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture
def counsellor(at_centre: Client, settings: Any) -> Any:
    settings.AS_OF = TODAY
    account = make_member()
    at_centre.force_login(account)
    return account


def page_of(at_centre: Client, case: Any) -> str:
    return str(at_centre.get(f"/cases/{case.pk}/").content.decode())


def test_an_assessed_case_leads_to_its_first_plan(at_centre: Client, counsellor: Any) -> None:
    case = make_case("assessed", by=counsellor)

    page = page_of(at_centre, case)

    assert f'href="/cases/{case.pk}/plans/new/"' in page
    assert "第1回" not in page


def test_the_newest_plan_stands_on_the_page_of_its_case(at_centre: Client, counsellor: Any) -> None:
    plan = make_plan_at("decided", by=counsellor)

    page = page_of(at_centre, plan.case)

    assert page.count(f'href="/plans/{plan.pk}/"') > 1, "on the card and on the timeline"
    assert "支援決定" in page
    assert "プラン 第1回" in page
    assert '<li data-state="now" aria-current="step">支援<' in page


@pytest.mark.parametrize("outcome", ["replan", "suspended"])
def test_an_evaluation_that_asks_for_it_leads_to_the_next_plan(at_centre: Client, counsellor: Any, outcome: str) -> None:
    plan = make_plan_at("evaluated", by=counsellor, outcome=outcome)

    assert f'href="/cases/{plan.case_id}/plans/new/"' in page_of(at_centre, plan.case)
