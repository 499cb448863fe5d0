from typing import Any

import pytest
from django.test import Client

from tests.factories.casework import TODAY, make_case, make_member

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture
def counsellor(at_centre: Client) -> Any:
    account = make_member()
    at_centre.force_login(account)
    return account


@pytest.fixture(autouse=True)
def _stopped_calendar(settings: Any) -> None:
    settings.AS_OF = TODAY


@pytest.mark.parametrize("stage", ["received", "screened", "applied", "assessed", "ended"])
def test_smoke(at_centre: Client, counsellor: Any, stage: str, django_assert_max_num_queries: Any) -> None:
    case = make_case(stage, by=counsellor)
    for page in (f"/cases/{case.pk}/", "/cases/", "/", "/cases/?view=all&sort=-due", "/cases/?view=quiet"):
        assert at_centre.get(page).status_code == 200
