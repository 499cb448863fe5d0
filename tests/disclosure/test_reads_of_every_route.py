"""Each page that shows somebody's data leaves a read line for her: exactly one."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from audit import reading
from tenants.activation import centre_active
from tests.access.addresses import address
from tests.access.matrix import TABLES, Row
from tests.worlds import Worlds, two_worlds

ABOUT_HER = {"case", "record", "plan", "referral"}
ROUTES = [
    row
    for row in TABLES["config.urls_centre"]
    if row.method == "GET" and row.of in ABOUT_HER and "200" in row.answers.values() and not row.route.startswith("accounts")
]
# only a form, with the case's number: to ask to join, to declare a relation, to see whom the case is closed to (here nobody)
NOTHING_OPENED = {"cases:join", "cases:declare", "cases:blocks"}


@pytest.fixture(scope="module")
def worlds(django_db_blocker: DjangoDbBlocker) -> Iterator[Worlds]:
    with django_db_blocker.unblock(), two_worlds() as found:
        yield found


@pytest.mark.parametrize("row", ROUTES, ids=str)
def test_a_page_about_somebody_leaves_exactly_one_line_of_reading_her(row: Row, worlds: Worlds) -> None:
    """E1: over-reporting allowed nowhere, under-reporting never. A file has a line of its own besides, with its digest."""
    who = next(who for who, word in row.answers.items() if word == "200")
    subject, browser = worlds.work.case.client_id, worlds.here.browser(who)
    before = read_lines(subject)
    assert read(browser, address(row.route, worlds.here.ids[row.of])) == 200
    fresh = [line for line in read_lines(subject) if line not in before]
    assert len(fresh) == (0 if row.route in NOTHING_OPENED else 1)


def read(browser: Client, path: str) -> int:
    return browser.get(path).status_code


def read_lines(subject: UUID) -> set[int]:
    with centre_active("test_a"):
        return set(
            reading.lines(subjects=[subject], verdict="read")
            .exclude(channel="job")
            .exclude(action__startswith="export.")
            .values_list("id", flat=True)
        )
