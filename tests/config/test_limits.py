"""How large a request may be, how long a statement may run, and how long a pattern may think (B20, B60)."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from api.pages import NumberedPages
from audit import trail
from casework.cases.found import TOWN
from casework.clients.search import CASE_NUMBER, DIGITS
from foundation import addresses, kana, names, outbound, phones, wareki
from jobs import idempotency
from network.directory.agencies import DOMAIN
from tenants.activation import centre_active, headquarters_active, owner_active
from tenants.hosts import Host
from tenants.logins import CONNECTION_LIMIT
from tenants.opening import HOST_NAME
from tests.databases import administrator
from tests.factories.people import staff
from ui import sheets


@pytest.fixture
def browser(centre: Host, at_centre: Client) -> Client:
    at_centre.force_login(staff("counsellor"), backend="accounts.authentication.SignInBackend")
    return at_centre


def test_a_body_beyond_the_limit_is_refused_unread(browser: Client, settings: Settings) -> None:
    """B60"""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert browser.post("/cases/reception/", {"memo": "あ" * 20_000}).status_code == 413


def test_a_form_of_endless_fields_is_refused(browser: Client, settings: Settings) -> None:
    """B60"""
    assert browser.post("/cases/reception/", {f"f{n}": "" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}).status_code == 400


@pytest.mark.parametrize("page", ["0", "-1", "9" * 400, "1e9", "null", "[]", "９"])
@pytest.mark.parametrize("path", ["/cases/?page={}", "/api/v1/cases/?page={}", "/meetings/?page={}", "/api/v1/cases/?page_size={}"])
def test_no_page_is_larger_or_further_than_there_is(path: str, page: str, browser: Client) -> None:
    """B60, B42: a number that is none is a page that is none."""
    assert browser.get(path.format(page)).status_code in {200, 400, 404, 422}


def test_a_page_of_the_api_holds_fifty_whatever_is_asked(browser: Client) -> None:
    """B60"""
    assert NumberedPages.page_size == 50
    assert NumberedPages.page_size_query_param is None


def test_a_statement_of_every_login_but_the_owners_ends(logins: str, settings: Settings) -> None:
    """B20: no query of one centre keeps the server for itself."""
    for act in (lambda: centre_active("test_a"), headquarters_active):
        with act(), connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == (f"{settings.STATEMENT_SECONDS}s",)
    with owner_active(), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    connection.close_pool()
    settings.STATEMENT_SECONDS = 1
    with centre_active("test_a"), connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_sleep(5)")


def test_no_centre_takes_the_servers_last_connection(database: str) -> None:
    """B20: each centre's login has a limit of its own, and the server has room for the others beside it."""
    with administrator(database) as asked:
        limits = asked.execute("SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname IN ('c_test_a', 'c_test_b')").fetchall()
        (most,) = asked.execute("SHOW max_connections").fetchone() or ("0",)
    assert dict(limits) == {"c_test_a": CONNECTION_LIMIT, "c_test_b": CONNECTION_LIMIT}
    assert int(most) >= 2 * CONNECTION_LIMIT


LONG = 20_000
HOSTILE = {
    "digits": "9" * LONG, "dashes": "-" * LONG, "dots": "." * LONG, "blanks": " " * LONG + "x", "full-width": "９" * LONG,
    "mixed": "1-" * (LONG // 2), "letters": "a" * LONG + "!", "slashes": "R7." * (LONG // 3), "kana": "みほん　" * (LONG // 4),
    "dashed names": "a-" * (LONG // 2) + "!", "brackets": "(" * LONG, "choume": "1丁目" * (LONG // 3),
}  # fmt: skip


READERS: dict[str, Callable[[str], object]] = {
    "a day": lambda text: wareki.parse(text, today=date(2026, 5, 20)),
    "a phone": phones.check,
    "a postcode": addresses.normalise_postcode,
    "kana": kana.check,
    "a name": names.fold,
    "a case number": CASE_NUMBER.search,
    "digits": DIGITS.search,
    "a town": TOWN.match,
    "an agency's domain": DOMAIN.fullmatch,
    "a host to be opened": HOST_NAME.fullmatch,
    "a code": trail.is_code,
    "an address": lambda text: outbound.target_of(f"https://{text}/"),
    "a host": outbound.NAME.fullmatch,
    "a key": idempotency.PRINTABLE.fullmatch,
    "a cell": sheets.csv_cell,
}
"""Everything that reads what somebody typed by a pattern."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_pattern_thinks_longer_than_fifty_milliseconds(kind: str) -> None:
    """B60: 20,000 signs made to be read in many ways; the best of three, since the machine may be busy."""
    for name, read in READERS.items():
        best = 9.9
        for _ in range(3):
            began = time.perf_counter()
            with suppress(ValueError, ValidationError, outbound.OutboundRefused):
                read(HOSTILE[kind])
            best = min(best, time.perf_counter() - began)
        assert best < 0.05, (name, best)
