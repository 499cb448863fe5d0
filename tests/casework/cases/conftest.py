from typing import Any

import pytest
from django.test import Client

from tests.factories.casework import TODAY, make_member


@pytest.fixture
def counsellor(at_centre: Client) -> Any:
    """Who looks at the pages, signed in."""
    account = make_member()
    at_centre.force_login(account)
    return account


@pytest.fixture
def stopped_calendar(settings: Any) -> None:
    settings.AS_OF = TODAY
