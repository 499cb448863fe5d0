"""Rubbish in every field of every form and in every query string: refused clearly, nothing changed, nothing typed lost.

Each POST runs in a transaction that is taken back, so that every one of them meets the same centre.
"""

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.paginator import Page
from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from django.test import Client

from accounts import step_up
from tenants import hosts
from tenants.activation import centre_active
from tests.access.addresses import address
from tests.access.matrix import TABLES, Row
from tests.factories.casework import close, make_case
from tests.factories.plans import make_plan_at
from tests.pages.filling import Field, Forms, PageForm, filled
from tests.worlds import COUNT, HOSTS, Ids, Worlds, where

TABLE = TABLES["config.urls_centre"]
# forms that stand on nobody's page of this world: a chief's purpose is asked outside her team, a stopped share waits for its owner's word
ELSEWHERE = {"cases:openings", "collaboration:share_decide"}
BEHIND_A_PROOF = {"collaboration:share"}  # 403 in the matrix, where nobody has proved anything
SENT = [
    row
    for row in TABLE
    if row.method == "POST" and (row.answers["team"] == "422" or row.route in BEHIND_A_PROOF) and row.route not in ELSEWHERE
]
# takes more than words: a file, a token from a mail, a provider's answer, an owner who handed over, a protection to end, an address of the
# agency's, people who are told with surname and name; what they take stands in the tests of their own apps
MORE_THAN_WORDS = {
    "accounts:invitation",
    "attachments:list",
    "accounts:identity_back",
    "cases:declare",
    "protection:end",
    "oversight:declaration",
    "people:guest_new",
}
FILLED = [row for row in SENT if not row.route.startswith("account_") and row.route not in MORE_THAN_WORDS]
READ = [row for row in TABLE if row.method == "GET" and "200" in row.answers.values()]
HUGE = "あ" * 34_000  # 100 kB
TAKEN = {200, 302}
FORM = "application/x-www-form-urlencoded"
Said = Mapping[str, Sequence[str | bytes]]

RUBBISH: dict[str, Callable[[Worlds], str | bytes]] = {
    "nothing": lambda worlds: "",
    "spaces": lambda worlds: " \u3000\n ",
    "NUL": lambda worlds: "a\x00b",
    "half a letter": lambda worlds: b"\xed\xa0\x80\xff",
    "control characters": lambda worlds: "\x0b\x1b[2J\u202e\ufeff",
    "a word": lambda worlds: "なんでも",
    "markup": lambda worlds: "\"'><script>alert(1)</script>{{ 1 }}",
    "a long number": lambda worlds: "9" * 5_000,
    "below nothing": lambda worlds: "-1",
    "no number": lambda worlds: "NaN",
    "a day that is none": lambda worlds: "R7.2.30",
    "the year nought": lambda worlds: "0000-00-00",
    "the year 99999": lambda worlds: "99999-01-01",
    "full-width": lambda worlds: "９９９９－９９－９９",
    "an id of nobody": lambda worlds: str(uuid4()),
    "an id of another centre": lambda worlds: str(worlds.there.ids["case"]["pk"]),
}
BY_KIND = {
    "text": "huge",
    "textarea": "huge",
    "date": "the year 99999",
    "number": "a long number",
    "hidden": "an id of another centre",
    "phone": "a long number",
}
MOST_FIELDS = 14


class Target(NamedTuple):
    """A form, the address it goes to and the page on which it stands."""

    path: str
    form: PageForm


@pytest.fixture(scope="module", autouse=True)
def _proved() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_up, "is_fresh", lambda request: True)
        yield


@pytest.fixture(scope="module")
def ids(worlds: Worlds) -> dict[str, Ids]:
    """For each step something that is ready for it."""
    team = worlds.here.people["team"]
    with centre_active("test_a"):
        decided, approved, agreed = make_plan_at("decided", by=team), make_plan_at("approved", by=team), make_plan_at("agreed", by=team)
        ready = {
            "cases:screen": make_case("received", by=team).pk,
            "cases:apply": make_case("screened", by=team).pk,
            "cases:assess": make_case("applied", by=team).pk,
            "cases:emergency": make_case("applied", by=team).pk,
            "plans:make": make_case("assessed", by=team).pk,
            "plans:close": make_plan_at("evaluated", by=team).case_id,
            "plans:decide": approved.pk,
            "plans:monitor": decided.pk,
            "plans:evaluate": decided.pk,
            "ended": close(make_case("assessed", by=team)).pk,
        }
    assert agreed
    return {route: {"pk": pk} for route, pk in ready.items()}


def ids_of(row: Row, worlds: Worlds, ids: dict[str, Ids]) -> Ids:
    return ids.get(row.route) or worlds.here.ids[row.of]


@pytest.fixture(scope="module")
def targets(worlds: Worlds, ids: dict[str, Ids]) -> dict[str, Target]:
    """The form of every address that takes one, found on the pages themselves."""
    found: dict[str, PageForm] = {}
    for row in READ:
        if row.answers["team"] == "200" and not row.route.endswith(":pdf"):
            for at in ({*ids} & {row.route}, set()):
                path = address(row.route, ids[at.pop()] if at else worlds.here.ids[row.of])
                page = worlds.here.browser("team").get(path)
                if page["Content-Type"].startswith("text/html"):
                    found = {form.action: form for form in Forms(page.content.decode(), path).found} | found
    paths = {row.route: address(row.route, ids_of(row, worlds, ids)) for row in SENT}
    return {route: Target(path, found[path]) for route, path in paths.items() if path in found}


@contextmanager
def undone() -> Iterator[None]:
    """As the unit tests' own transaction: a page may look behind it, and what it did is taken back."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # Django's own mark
    hosts.forget()
    hosts.host_named(HOSTS["test_a"])  # known for the next minute: a host is not looked up inside a transaction
    with centre_active("test_a"), block:
        yield
        transaction.set_rollback(True)


def state() -> list[tuple[str, int, int]]:
    """How many rows the centre's tables have and which was changed last, but for sessions and evidence of looking."""
    with connection.cursor() as cursor:
        cursor.execute("""SELECT relname FROM pg_class WHERE relnamespace = 'test_a'::regnamespace AND relkind = 'r'
            AND relname NOT IN ('django_session', 'accounts_session') AND has_table_privilege(oid, 'SELECT') ORDER BY 1""")
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(COUNT.format("test_a", table, where(table)) for table in tables))
        return list(cursor.fetchall())


def send(browser: Client, path: str, posted: Said) -> HttpResponse:
    return browser.generic("POST", path, urlencode(posted, doseq=True).encode(), content_type=FORM)


def lost(form: PageForm, posted: Said, answer: HttpResponse) -> list[str]:
    """The fields whose words are no longer on the page; what is no text in any encoding need not be."""
    page = html.unescape(answer.content.decode())
    written = {name: posted[name] for name, each in form.fields.items() if name in posted and (each.is_typed or each.kind == "date")}
    texts = {name: str(values[0]) for name, values in written.items() if values and isinstance(values[0], str) and "\x00" not in values[0]}
    return [name for name, text in texts.items() if text.strip() and text.strip() not in page]


@pytest.fixture(scope="module")
def stands(worlds: Worlds, targets: dict[str, Target]) -> list[tuple[str, int, int]]:
    """The centre before anything is sent: everything is taken back, so it is the same before each."""
    with centre_active("test_a"):
        return state()


class Sent(NamedTuple):
    status: int
    changed: bool
    lost: list[str]
    words: str


def try_out(target: Target, posted: Said, worlds: Worlds, stands: list[tuple[str, int, int]]) -> Sent:
    with undone():
        answer = send(worlds.here.browser("team"), target.path, posted)
        changed = answer.status_code not in TAKEN and state() != stands
        kept = lost(target.form, posted, answer) if answer.status_code in {409, 422} else []
    return Sent(answer.status_code, changed, kept, answer.content.decode())


def check(target: Target, posted: Said, worlds: Worlds, stands: list[tuple[str, int, int]]) -> int:
    """Taken, or refused with nothing changed and every word still there."""
    sent = try_out(target, posted, worlds, stands)
    assert sent.status in TAKEN or 400 <= sent.status < 500
    assert not sent.changed
    assert sent.lost == []
    return sent.status


@pytest.mark.parametrize("row", FILLED, ids=str)
def test_a_form_that_is_filled_in_is_taken(
    row: Row, worlds: Worlds, targets: dict[str, Target], stands: list[tuple[str, int, int]]
) -> None:
    """So that what is refused below is refused for its rubbish."""
    target = targets[row.route]
    assert check(target, {**filled(target.form)}, worlds, stands) in TAKEN


@pytest.mark.parametrize("row", SENT, ids=str)
def test_rubbish_in_all_fields_at_once_is_refused_or_harmless(
    row: Row, worlds: Worlds, targets: dict[str, Target], stands: list[tuple[str, int, int]]
) -> None:
    target = targets[row.route]
    good = filled(target.form)
    for rubbish in RUBBISH.values():
        value = rubbish(worlds)
        check(target, {name: good[name] if "_FORMS" in name else [value] for name in good}, worlds, stands)


@pytest.mark.parametrize("row", [row for row in SENT if not row.route.startswith("account_")], ids=str)
def test_rubbish_in_one_field_loses_nothing_of_the_others(
    row: Row, worlds: Worlds, targets: dict[str, Target], stands: list[tuple[str, int, int]]
) -> None:
    """Of a long form some fields of each kind."""
    target = targets[row.route]
    good = filled(target.form)
    names = [name for name in good if "_FORMS" not in name]
    for name in names[:: len(names) // MOST_FIELDS + 1]:
        kind = BY_KIND.get(target.form.fields[name].kind, "a word")
        check(target, good | {name: [HUGE if kind == "huge" else RUBBISH[kind](worlds)]}, worlds, stands)


@pytest.mark.parametrize("route", ["plans:make", "plans:edit"])
@pytest.mark.parametrize("rows", ["x", "-1", "999999999", ""])
def test_a_number_of_rows_that_is_none_is_refused(
    route: str, rows: str, worlds: Worlds, targets: dict[str, Target], stands: list[tuple[str, int, int]]
) -> None:
    target = targets[route]
    sent = try_out(target, {**filled(target.form), "goals-TOTAL_FORMS": [rows], "actions-TOTAL_FORMS": [rows]}, worlds, stands)
    assert (sent.status, sent.changed) == (422, False)


@pytest.mark.parametrize("key", ["a\x00b", "鍵", "k" * 5_000, "a b", "\n"])
def test_a_key_that_is_none_is_refused(key: str, worlds: Worlds, targets: dict[str, Target], stands: list[tuple[str, int, int]]) -> None:
    target = targets["cases:outcome"]
    sent = try_out(target, {**filled(target.form), "idempotency_key": [key]}, worlds, stands)
    assert (sent.status, sent.changed) == (422, False)


VERSIONED = {"cases:edit", "cases:record_edit", "plans:edit", "plans:agree", "meetings:hold"}


def test_every_form_that_carries_a_version_is_known(targets: dict[str, Target]) -> None:
    carrying = {route for route, target in targets.items() if target.form.fields.get("version", Field("", "")).values not in ([], [""])}
    assert carrying == VERSIONED


@pytest.mark.parametrize("route", sorted(VERSIONED))
@pytest.mark.parametrize("version", ["0", "7"])
def test_what_was_written_over_another_version_is_shown_and_not_saved(
    route: str, version: str, worlds: Worlds, targets: dict[str, Target], stands: list[tuple[str, int, int]]
) -> None:
    target = targets[route]
    sent = try_out(target, {**filled(target.form), "version": [version]}, worlds, stands)
    assert (sent.status, sent.changed, sent.lost) == (409, False, [])


OVER = sorted({"cases:screen", "cases:apply", "cases:assess", "cases:emergency", "plans:make", "plans:close", "collaboration:refer"})


@pytest.mark.parametrize("route", OVER)
def test_a_step_of_a_case_that_has_ended_is_refused(
    route: str, worlds: Worlds, ids: dict[str, Ids], targets: dict[str, Target], stands: list[tuple[str, int, int]]
) -> None:
    over = Target(address(route, ids["ended"]), targets[route].form)
    sent = try_out(over, {**filled(over.form)}, worlds, stands)
    assert (sent.status, sent.changed, sent.lost) == (409, False, [])


OF_OTHERS = {  # a field that takes an id, and whose id is sent in it; `previous` comes with a caller that was found
    ("cases:reception", "previous"): "case",
    ("cases:team", "account"): "account",
    ("meetings:decide", "thing"): "plan",
    ("collaboration:share", "guest"): "account",
}


@pytest.mark.parametrize(("route", "name"), OF_OTHERS)
def test_an_id_of_another_centre_in_a_field_is_unknown(
    route: str, name: str, worlds: Worlds, targets: dict[str, Target], stands: list[tuple[str, int, int]]
) -> None:
    what = OF_OTHERS[route, name]
    foreign = worlds.there.people["team"].pk if what == "account" else worlds.there.ids[what]["pk"]
    target = targets[route]
    sent = try_out(target, {**filled(target.form), name: [str(foreign)]}, worlds, stands)
    assert sent.status in {404, 422}
    assert not sent.changed


IN_QUERY = {
    "nothing": "",
    "a word": "x",
    "below nothing": "-1",
    "nought": "0",
    "a long number": "99999999999999999999",
    "a long number below nothing": "-99999999999999999999",
    "NUL": "%00",
    "half a letter": "%ED%A0%80",
    "full-width": "２",
    "a power": "1e9",
    "NaN": "NaN",
    "markup": "'%22%3E%3Cscript%3E",
    "a day that is none": "2026-13-45",
    "all fields": "__all__",
    "SQL": "'%20OR%201=1--",
    "very long": "%E3%81%82" * 3_000,
}
OF_PAGES = [row for row in READ if not row.route.endswith((":pdf", ":workbook"))]


def ask(worlds: Worlds, row: Row, query: str) -> HttpResponse:
    who = next(who for who, word in row.answers.items() if word == "200")
    return worlds.here.browser(who).get(f"{address(row.route, worlds.here.ids[row.of])}?{query}")


@pytest.fixture(scope="module")
def read_by(worlds: Worlds) -> list[tuple[Row, list[str]]]:
    """The parameters that each page looks for, filters, orders and pages of the API too: noted while it is answered."""
    looked_for: set[str] = set()
    found = []
    with pytest.MonkeyPatch.context() as noting:
        for way in ("get", "getlist", "__getitem__", "__contains__"):
            noting.setattr(QueryDict, way, noted(getattr(QueryDict, way), looked_for))
        for row in OF_PAGES:
            looked_for.clear()
            ask(worlds, row, "page=1")
            found.append((row, sorted(looked_for)))
    return [(row, names) for row, names in found if names]


def noted(way: Callable[..., Any], names: set[str]) -> Callable[..., Any]:  # Any: QueryDict's own ways
    def look(self: QueryDict, name: Any, *rest: Any) -> Any:
        names.add(str(name))
        return way(self, name, *rest)

    return look


def test_the_parameters_of_lists_are_known(read_by: list[tuple[Row, list[str]]]) -> None:
    """Or the sweeps below would ask for nothing."""
    names = {row.route: set(names) for row, names in read_by}
    assert {"page", "sort", "view", "stage", "owner"} <= names["cases:list"]
    assert {"page", "stage", "received_from", "received_until"} <= names["api:cases"]
    assert {"actor", "case", "verdict", "channel", "since", "until"} <= names["oversight:trail"]


@pytest.mark.parametrize("value", IN_QUERY.values(), ids=IN_QUERY)
def test_rubbish_in_a_query_string_breaks_no_page(value: str, worlds: Worlds, read_by: list[tuple[Row, list[str]]]) -> None:
    """B42: in every parameter of every page at once, and as a list of two."""
    found = {}
    for row, names in read_by:
        answer = ask(worlds, row, "&".join(f"{name}={value}&{name}={value}&{name}%5B%5D={value}" for name in names))
        found[row.route] = answer.status_code
        assert b"'\"><script>" not in answer.content or answer["Content-Type"] == "application/problem+json"
    assert {route: status for route, status in found.items() if status != 200 and not 400 <= status < 500} == {}
    answer = worlds.headquarters.browser("analyst").get(f"/?year={value}&indicator={value}&page={value}")
    assert answer.status_code == 200


def outcome(worlds: Worlds, row: Row, query: str) -> tuple[int, int | None]:
    """Status and number of rows. What looking itself adds to the trail is taken back."""
    with undone():
        answer = ask(worlds, row, query)
    if answer["Content-Type"] == "application/json":
        return answer.status_code, len(answer.json().get("results", ()))
    page = answer.context["page"] if answer.context and "page" in answer.context else None
    return answer.status_code, page.paginator.count if isinstance(page, Page) else None


def test_sql_in_a_filter_finds_no_more_than_any_other_word(worlds: Worlds, read_by: list[tuple[Row, list[str]]]) -> None:
    """B42: one parameter at a time, so that none hides behind another that was refused."""
    for row, names in read_by:
        for name in names:
            word = outcome(worlds, row, f"{name}=zzz")
            for condition in ("zzz'%20OR%201=1--", "zzz%22)%20OR%201=1--%20"):
                assert outcome(worlds, row, f"{name}={condition}") == word, (row.route, name)
