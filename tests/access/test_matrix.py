"""Every address, every method, everybody: what the matrix says is what happens, and nothing is changed by asking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

from tests.access.addresses import address, names_in
from tests.access.matrix import TABLES, Row
from tests.worlds import Worlds, unknown

SIGN_IN = "/accounts/login/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CASES = [(urlconf, row) for urlconf, table in TABLES.items() for row in table]
OF_CENTRE = TABLES["config.urls_centre"]
WITH_IDS = [row for row in OF_CENTRE if row.of and row.of not in {"month", "series"}]

each_row = pytest.mark.parametrize(
    ("urlconf", "row"), CASES, ids=[f"{urlconf.removeprefix('config.urls_')} {row}" for urlconf, row in CASES]
)
each_row_of_centre = pytest.mark.parametrize("row", OF_CENTRE, ids=str)
each_row_with_ids = pytest.mark.parametrize("row", WITH_IDS, ids=str)


def ask(browser: Client, method: str, path: str) -> HttpResponse:
    """A GET, or a change with nothing in it."""
    if method == "GET":
        return browser.get(path)
    return browser.generic(method, path, b"", content_type="application/x-www-form-urlencoded")


def word_for(answer: HttpResponse, worlds: Worlds) -> str:
    if answer.status_code == 302:
        return "in" if answer["Location"].startswith(SIGN_IN) else "go"
    return "closed" if answer.status_code == 403 and names_who_to_ask(answer, worlds) else str(answer.status_code)


def names_who_to_ask(answer: HttpResponse, worlds: Worlds) -> bool:
    said, case = answer.content.decode(), worlds.work.case
    return case.number in said and case.owner.name in said


def as_seen(answer: HttpResponse) -> tuple[int, bytes, dict[str, str], list[str]]:
    """Everything that the asker gets."""
    return answer.status_code, answer.content, dict(answer.headers), sorted(answer.cookies)


@contextmanager
def nothing_changed(worlds: Worlds, row: Row) -> Iterator[None]:
    """A GET may only read anyway: tests/strictness.py."""
    before = worlds.rows() if row.method != "GET" else {}
    yield
    assert (worlds.rows() if row.method != "GET" else {}) == before


def not_found(worlds: Worlds, path: str) -> tuple[int, bytes, dict[str, str], list[str]]:
    """What an id that nobody has is answered with, on a page and in the API."""
    name = "api:case" if path.startswith("/api/") else "cases:detail"
    return as_seen(worlds.here.browser("team").get(address(name, {"pk": uuid4()})))


@pytest.mark.parametrize("urlconf", TABLES)
def test_every_route_has_its_rows_and_every_row_its_route(urlconf: str) -> None:
    assert {row.route for row in TABLES[urlconf]} == names_in(urlconf)
    told = [(row.route, row.method) for row in TABLES[urlconf]]
    assert len(told) == len(set(told))


@each_row
def test_everybody_gets_what_the_matrix_says_and_changes_nothing(urlconf: str, row: Row, worlds: Worlds) -> None:
    place = worlds.place_of(urlconf)
    path = address(row.route, place.ids[row.of], urlconf)
    browsers = {who: place.sign_in(who) if row.route in {"account_logout", "accounts:lock"} else place.browser(who) for who in row.answers}
    with nothing_changed(worlds, row):
        seen = {who: ask(browser, row.method, path) for who, browser in browsers.items()}
    assert {who: word_for(answer, worlds) for who, answer in seen.items()} == row.answers
    for who, answer in seen.items():
        if answer.status_code == 404 and row.route != "api:schema":  # which answers in YAML
            assert as_seen(answer) == not_found(worlds, path), who


def who_may(path: str) -> str:
    """The chief, unless the page asks for what only an administrator may: then she meets a 403 whatever the id."""
    permission = getattr(resolve(path, "config.urls_centre").func, "permission", None)
    return "chief" if permission is None or "chief_counsellor" in permission.default_roles else "admin"


@each_row_with_ids
def test_an_id_of_another_centre_and_one_that_nobody_has_are_the_same_404(row: Row, worlds: Worlds) -> None:
    path, there = address(row.route, worlds.here.ids[row.of]), address(row.route, worlds.there.ids[row.of])
    nobodys = address(row.route, unknown(worlds.here.ids[row.of]))
    who = who_may(path)
    asked = [(worlds.there, who, path), (worlds.here, who, there)]
    may_ask = [who for who, word in row.answers.items() if word not in {"in", "401", "403", "404"}]
    asked += [(worlds.here, who, nobodys) for who in may_ask]
    with nothing_changed(worlds, row):
        for place, who, url in asked:
            assert as_seen(ask(place.browser(who), row.method, url)) == not_found(worlds, path), (place.server, who)


@each_row_with_ids
def test_ids_of_other_things_hang_together_or_are_not_found(row: Row, worlds: Worlds) -> None:
    """An address of two ids: the second has to be the first one's own."""
    ids = worlds.here.ids[row.of]
    second = next((name for name in ids if name != "pk"), None)
    if second is None or "pk" not in ids:
        return
    for wrong in (worlds.there.ids[row.of][second], worlds.work.plan.pk, uuid4()):
        answer = ask(worlds.here.browser("team"), row.method, address(row.route, ids | {second: wrong}))
        assert as_seen(answer) == not_found(worlds, "/")


@each_row_of_centre
def test_a_session_of_another_host_counts_for_nothing(row: Row, worlds: Worlds) -> None:
    ids = worlds.here.ids[row.of]
    carried = [(worlds.there, "team", worlds.here), (worlds.headquarters, "analyst", worlds.here), (worlds.here, "team", worlds.there)]
    sessions = [home.browser(who).cookies["tsunagi_session"].value for home, who, _ in carried]
    with nothing_changed(worlds, row):
        for session, (home, _, elsewhere) in zip(sessions, carried, strict=True):
            browser = Client(SERVER_NAME=elsewhere.server)
            browser.cookies["tsunagi_session"] = session
            answer = ask(browser, row.method, address(row.route, ids))
            assert word_for(answer, worlds) == row.answers["anonymous"], (home.server, elsewhere.server)


@each_row_of_centre
def test_a_centres_pages_are_not_at_headquarters_nor_at_the_entrance(row: Row, worlds: Worlds) -> None:
    path = address(row.route, worlds.here.ids[row.of])
    for urlconf, who in (("config.urls_headquarters", "analyst"), ("config.urls_entrance", "anonymous")):
        if not is_there(path, urlconf):
            browser, nowhere = worlds.place_of(urlconf).browser(who), f"{'/api/v1' if path.startswith('/api/') else ''}/{uuid4()}/"
            answer = ask(browser, row.method, path)
            assert answer.status_code == 404
            assert as_seen(answer) == as_seen(ask(browser, row.method, nowhere))


def is_there(path: str, urlconf: str) -> bool:
    try:
        resolve(path, urlconf)
    except Resolver404:
        return False
    return True


@pytest.mark.parametrize("urlconf", TABLES)
def test_a_method_without_a_row_is_not_allowed(urlconf: str, worlds: Worlds) -> None:
    place = worlds.place_of(urlconf)
    before, allowed = worlds.rows(), {(row.route, row.method) for row in TABLES[urlconf]}
    found = {}
    for row in TABLES[urlconf]:
        who = next((who for who, word in row.answers.items() if word not in {"in", "401", "403", "404", "closed"}), None)
        for method in METHODS if who else ():
            if (row.route, method) not in allowed:
                answer = ask(place.browser(str(who)), method, address(row.route, place.ids[row.of], urlconf))
                found[row.route, method] = answer.status_code
    assert {route: status for route, status in found.items() if status != 405} == {}
    assert worlds.rows() == before


OUTSIDE: dict[str, Callable[[UUID], str]] = {
    "no uuid": lambda pk: "/cases/1/",
    "one letter too many": lambda pk: f"/cases/{pk}0/",
    "in capitals": lambda pk: f"/cases/{str(pk).upper()}/",
    "a walk": lambda pk: f"/cases/../cases/{pk}/",
    "a NUL": lambda pk: f"/cases/{pk}%00/",
    "no letters": lambda pk: "/cases/%FF%FE/",
    "a surrogate": lambda pk: "/cases/%ED%A0%80/",
    "quotes": lambda pk: f"/cases/{pk}'%20OR%201=1--/",
    "very long": lambda pk: f"/cases/{'a' * 20000}/",
    "month": lambda pk: "/reports/2026-13/",
    "month's quotes": lambda pk: "/reports/2026-05'--/",
    "month's digits": lambda pk: "/reports/２０２６-０５/",
    "year 0": lambda pk: "/reports/0000-01/",
    "year 9999": lambda pk: "/reports/9999-12/",
    "series": lambda pk: "/reports/2026-05/nothing/",
}


@pytest.mark.parametrize("path", OUTSIDE.values(), ids=OUTSIDE)
def test_an_address_that_is_none_is_not_found(path: Callable[[UUID], str], worlds: Worlds) -> None:
    answer = worlds.here.browser("chief").get(path(worlds.work.case.pk))
    assert answer.status_code == 404
