from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from casework.cases.models import Case
from network.collaboration.case_card import SHOWN
from network.collaboration.models import Referral
from network.collaboration.referrals import record_answer, refer_client
from tests.factories.agencies import make_agency
from tests.factories.casework import TODAY, close, make_case, make_member

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture
def case(at_centre: Client, settings: Any) -> Case:
    settings.AS_OF = TODAY
    account = make_member()
    at_centre.force_login(account)
    return make_case("applied", by=account)


def refer(case: Case, days_ago: int = 0) -> Referral:
    on = TODAY - timedelta(days=days_ago)
    facts = {"name": None, "kana": None, "reason": "相談のため（見本）", "content": None, "follow_up_on": on + timedelta(days=7)}
    return refer_client(case, agency=make_agency(), on=on, by=case.owner, today=TODAY, **facts)


def page_of(at_centre: Client, case: Case) -> str:
    return str(at_centre.get(f"/cases/{case.pk}/").content.decode())


def test_an_open_case_leads_to_a_referral_and_a_closed_one_does_not(at_centre: Client, case: Case) -> None:
    link = f'href="/cases/{case.pk}/refer/"'

    assert link in page_of(at_centre, case)
    assert "返答待ち" not in page_of(at_centre, case)
    close(case)
    assert link not in page_of(at_centre, case)


def test_a_referral_stands_on_the_page_of_its_case_until_and_after_its_answer(at_centre: Client, case: Case) -> None:
    late, fresh = refer(case, days_ago=10), refer(case)

    page = page_of(at_centre, case)
    assert fresh.agency.name in page
    assert "返答待ち" in page
    assert "返答を確かめる" in page
    record_answer(late, answer="受けました（見本）", on=TODAY, by=case.owner, today=TODAY)

    page = page_of(at_centre, case)
    assert "返答を確かめる" not in page
    assert "返答あり" in page


def test_many_referrals_leave_the_older_ones_to_the_timeline(at_centre: Client, case: Case) -> None:
    for _ in range(SHOWN + 1):
        refer(case)

    assert "ほかのつなぎは支援経過" in page_of(at_centre, case)
