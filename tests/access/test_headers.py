"""What a browser is told with every answer, whoever asked and whatever came of it (B43, B44)."""

import re
from collections.abc import Iterator

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import DjangoDbBlocker, Settings

from foundation.errors import RuleViolation, StaleVersion
from tenants.hosts import Host
from tests.access.addresses import address
from tests.access.matrix import TABLES, Row
from tests.factories.people import staff
from tests.worlds import Worlds, two_worlds
from vault.keys import keyed_digest

SOURCES = {
    "default-src": "'none'", "style-src": "'self'", "img-src": "'self' data:", "font-src": "'self'", "connect-src": "'self'",
    "form-action": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'", "object-src": "'none'",
    "require-trusted-types-for": "'script'", "trusted-types": "default",
}  # fmt: skip
SCRIPTS = re.compile(r"('nonce-[A-Za-z0-9+/=]{24}' )?'strict-dynamic'")
OF_A_FILE = "default-src 'none'; sandbox"  # what somebody brought: nothing in it may run, wherever a browser opens it
TABLE = TABLES["config.urls_centre"]


def check_headers(answer: HttpResponse) -> None:
    if answer["Content-Security-Policy"] == OF_A_FILE:
        assert answer["Content-Disposition"].startswith("attachment;")
    else:
        policy = {name: value for name, _, value in (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))}
        assert SCRIPTS.fullmatch(policy.pop("script-src")), answer["Content-Security-Policy"]
        assert policy == SOURCES
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] in {
        "same-origin",
        "strict-origin",
    }  # the latter where the address itself is a secret: the host at most
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "microphone=()" in answer["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    if not answer.request["PATH_INFO"].startswith("/static/"):
        assert answer["Cache-Control"] == "no-store"
    if "Content-Disposition" in answer.headers:  # the file's name is ours: numbers and days, no word that somebody typed
        assert re.fullmatch(
            r'(inline|attachment); filename="[A-Za-z0-9-]+\.(pdf|xlsx|csv|zip|yaml|jpg|png|docx|txt)"', answer["Content-Disposition"]
        )


@pytest.fixture(scope="module")
def worlds(django_db_blocker: DjangoDbBlocker) -> Iterator[Worlds]:
    with django_db_blocker.unblock(), two_worlds() as found:
        yield found


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_every_answer_of_every_route_carries_them(row: Row, worlds: Worlds) -> None:
    """B43, B44: pages, forms refused, redirects, papers, workbooks, JSON; for the care team, a guest and nobody."""
    at = address(row.route, worlds.here.ids[row.of] if row.of else {})
    for person in ("team", "guest", "anonymous"):
        browser = worlds.here.browser(person)
        check_headers(browser.get(at))
        check_headers(browser.post(at))


@pytest.mark.parametrize("kind", ["config.urls_headquarters", "config.urls_entrance"])
def test_the_other_hosts_carry_them_too(kind: str, worlds: Worlds, at_headquarters: Client, at_entrance: Client) -> None:
    browser = at_headquarters if "head" in kind else at_entrance
    for row in TABLES[kind]:
        if not row.of:
            check_headers(browser.get(address(row.route, {}, kind)))


class Broken(Exception):
    pass


ERRORS: dict[str, Exception] = {
    "404": Http404(), "403": PermissionDenied(), "400": BadRequest(), "409": StaleVersion(), "422": RuleViolation("いいえ", code="x"),
    "503": OperationalError(), "500": Broken(),
}  # fmt: skip


def fail(request: HttpRequest, which: str) -> HttpResponse:
    raise ERRORS[which]


urlpatterns = [path("fail/<str:which>/", fail), path("api/fail/<str:which>/", fail)]
handler400, handler403 = "config.answers.unreadable", "config.answers.forbidden"
handler404, handler500 = "config.answers.not_found", "config.answers.broken"


@pytest.fixture
def failing(centre: Host, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(Host, "urlconf", __name__)
    keyed_digest("the centre's key is there before a refusal is noted")
    return Client(SERVER_NAME="test-a.testserver", raise_request_exception=False)


@pytest.mark.parametrize("which", ERRORS)
@pytest.mark.parametrize("at", ["/fail/{}/", "/api/fail/{}/"])
def test_errors_carry_them(which: str, at: str, failing: Client) -> None:
    answer = failing.get(at.format(which))
    assert answer.status_code == int(which)
    check_headers(answer)


def test_what_no_page_answers_carries_them(centre: Host, at_centre: Client, settings: Settings) -> None:
    """An unknown host, the probes, a file, a file that is unchanged, a wrong method, a missing slash, a forged post."""
    for answer, status in (
        (Client(SERVER_NAME="stranger.example").get("/"), 404),
        (at_centre.get("/healthz"), 200),
        (at_centre.get("/readyz"), 200),
        (at_centre.get("/static/ui/app.css"), 200),
        (at_centre.get("/static/ui/no.css"), 404),
        (at_centre.delete("/accounts/login/"), 405),
        (at_centre.get("/cases"), 301),
        (Client(SERVER_NAME="test-a.testserver", enforce_csrf_checks=True).post("/accounts/login/"), 403),
    ):
        assert answer.status_code == status, answer.request["PATH_INFO"]
        check_headers(answer)
        answer.close()
    file = at_centre.get("/static/ui/app.css")
    unchanged = at_centre.get("/static/ui/app.css", headers={"If-Modified-Since": file["Last-Modified"]})
    assert unchanged.status_code == 304
    check_headers(unchanged)
    file.close()


def test_scripts_run_by_a_nonce_that_is_never_the_same(centre: Host, at_centre: Client) -> None:
    """B43"""
    pages = [at_centre.get("/accounts/login/") for _ in range(2)]
    nonces = []
    for page in pages:
        (nonce,) = re.findall(r"'nonce-([^']+)'", page["Content-Security-Policy"])
        scripts = re.findall(r"<script[^>]*>", page.content.decode())
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


def test_signing_out_leaves_nothing_in_the_browser(centre: Host, at_centre: Client) -> None:
    """B44"""
    at_centre.force_login(staff("counsellor", email="minato@example.jp", name="見本 花子"))
    assert "Clear-Site-Data" not in at_centre.get("/accounts/login/").headers
    assert at_centre.post("/accounts/logout/")["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("ended", ["elsewhere", "by the clock", "with the membership"])
def test_a_session_that_ended_leaves_no_page_in_the_browser(ended: str, centre: Host, at_centre: Client) -> None:
    """B44"""
    account = staff("counsellor", email="minato@example.jp", name="見本 花子")
    at_centre.force_login(account)
    keyed_digest("the centre's key is there before the end is noted")
    session = at_centre.session
    if ended == "elsewhere":
        session.delete()
    elif ended == "by the clock":
        session["signed_in_at"] = 0
        session.save()
    else:
        account.is_active = False
        account.save()
    answer = at_centre.get("/")
    assert answer.status_code == 302
    assert '"cache"' in answer["Clear-Site-Data"]
    assert "cookies" not in answer["Clear-Site-Data"]
