from collections.abc import Iterator

import pytest
from django.db import connection

from foundation import codes, parameters


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Reference data changed in one test is not what the next one remembers."""
    codes.forget()
    parameters.forget()
    yield
    codes.forget()
    parameters.forget()


@pytest.fixture
def owner(headquarters: object) -> None:
    """Reference data is written by the owner's login alone."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
