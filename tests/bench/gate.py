"""A case page as it is against the same page without evidence, gate and decryption: the price of the door.

Without them: the same address, session, queries of the case, view and template; only `gate.reveal` is another, which asks
nobody, writes no line and hands out clear values that were opened before. Keys: at hand (a page turned within the minute), and
none at hand (the first page after it, which fetches and unwraps them).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import models
from django.test import Client as Browser

from audit.models import AuditLine
from casework.cases.models import Case
from casework.cases.reception import receive_person
from casework.cases.records import record_support
from casework.clients.people import CallerFacts, ContactFacts, PersonFacts
from disclosure import gate
from disclosure.opened import Opened
from foundation import clock
from tenants.activation import centre_active
from tests.bench.ratios import Ratio, compare
from tests.factories.casework import make_member
from vault import keys

SCHEMA, HOST = "test_a", "test-a.testserver"
RECORDS, PAGES, LIMIT = 30, 5, 1.7


def measure() -> Iterator[Ratio]:
    with centre_active(SCHEMA):
        counsellor = make_member()
        case = make_full_case(counsellor)
    browser = Browser(SERVER_NAME=HOST)
    with centre_active(SCHEMA):
        browser.force_login(counsellor, backend="accounts.authentication.SignInBackend")
    clear = clear_values(case, counsellor)
    page = pages_of(browser, case)

    def open_page() -> None:
        with clear_instead(clear):
            page()

    def page_with_cold_keys() -> None:
        for _ in range(PAGES):
            keys.forget()
            page(1)

    assert lines_left_by(page) == PAGES
    assert lines_left_by(open_page) == 0
    yield compare(f"ケースの画面×{PAGES}: 監査・ゲート・復号あり / なし（鍵は開いている）", page, open_page, rounds=15, limit=LIMIT)
    yield compare(f"ケースの画面×{PAGES}: 監査・ゲート・復号あり / なし（鍵を取りに行く）", page_with_cold_keys, open_page, rounds=15)


def lines_left_by(visits: Callable[[], None]) -> int:
    with centre_active(SCHEMA):
        before = AuditLine.objects.filter(action="record.read").count()
    visits()
    with centre_active(SCHEMA):
        return AuditLine.objects.filter(action="record.read").count() - before


def make_full_case(by: Any) -> Case:
    today = clock.today()
    case = receive_person(
        on=today - timedelta(days=RECORDS), by=by, today=today,
        person=PersonFacts("見本 花子", "みほん はなこ", None, "female"),
        memo="家賃を2か月ためている（見本）。" * 10,
        concerns=["rent_loan_payment"],
        contact_ways=[ContactFacts("mobile", "090-0000-0000", "yes", "夜"), ContactFacts("address", "A市見本町1番地")],
        caller=CallerFacts("child", "見本 一郎", "090-0000-0001"),
    )  # fmt: skip
    for number in range(RECORDS):
        on = today - timedelta(days=RECORDS - number)
        record_support(case, method="interview", text=f"{number}回目の面談で話したこと（見本）。" * 20, on=on, by=by, today=today)
    return case


def pages_of(browser: Browser, case: Case) -> Callable[..., None]:
    def visit(times: int = PAGES) -> None:
        for _ in range(times):
            answer = browser.get(f"/cases/{case.pk}/")
            assert answer.status_code == 200
            assert "29回目の面談で話したこと" in answer.content.decode()

    return visit


Values = dict[tuple[type[models.Model], Any], dict[str, Any]]


def clear_values(case: Case, viewer: Any) -> Values:
    """Everything of the case as the gate opens it, once."""
    with centre_active(SCHEMA):
        things = [case, case.client, *case.client.contact_ways.all(), *case.client.related_people.all(), *case.records.all()]
        opened = gate.reveal(things, viewer=viewer, channel="screen")
        return {(type(thing), thing.pk): dict(one._values) for thing, one in zip(things, opened, strict=True)}


@contextmanager
def clear_instead(values: Values) -> Iterator[None]:
    def hand_out(objects: Iterable[models.Model], *, fields: Collection[str] | None = None, **said: Any) -> list[Opened]:
        return [Opened(thing, values[type(thing), thing.pk]) for thing in objects]

    real = gate.reveal
    gate.reveal = hand_out  # type: ignore[assignment]  # for the length of a page
    try:
        yield
    finally:
        gate.reveal = real
