"""What is dear is counted per account, per address and per centre (B20, B60)."""

import time
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis.exceptions import RedisError

from accounts import throttles
from accounts.models import Account
from accounts.tokens import issue_token
from tenants.activation import centre_active
from tenants.hosts import Host
from tests.factories.people import staff

Search = Callable[..., int]


@pytest.fixture(autouse=True)
def _a_quiet_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window ends in the middle of a test."""
    began = int(time.time()) // 3600 * 3600
    monkeypatch.setattr(throttles.time, "time", lambda: began + 1.0)


def limit(settings: Settings, scope: str, **limits: int) -> None:
    settings.THROTTLES = settings.THROTTLES | {scope: {whose: (limits.get(whose, 1000), 60) for whose in ("account", "address", "centre")}}


def sign_in(account: Account, **more: str) -> Client:
    browser = Client(SERVER_NAME="test-a.testserver", **more)
    browser.force_login(account, backend="accounts.authentication.SignInBackend")
    return browser


def search(browser: Client) -> int:
    return browser.post("/clients/search/", {"q": "見本"}).status_code


def test_the_second_too_many_is_told_when_to_come_back(centre: Host, settings: Settings) -> None:
    """B20: 429 in Japanese with Retry-After, for the account alone."""
    limit(settings, "search", account=2)
    mine, other = sign_in(staff("counsellor")), sign_in(staff("counsellor"))
    assert [search(mine) for _ in range(3)] == [200, 200, 429]
    answer = mine.post("/clients/search/", {"q": "見本"})
    assert answer["Retry-After"] == "60"
    assert "少しお待ちください" in answer.content.decode()
    assert search(other) == 200
    assert mine.get("/cases/").status_code == 200


def test_an_address_is_counted_whoever_sits_there(centre: Host, settings: Settings) -> None:
    """B20"""
    limit(settings, "search", address=2)
    here = [sign_in(staff("counsellor"), REMOTE_ADDR="192.0.2.7") for _ in range(3)]
    assert [search(browser) for browser in here] == [200, 200, 429]
    assert search(sign_in(staff("counsellor"), REMOTE_ADDR="192.0.2.8")) == 200


def test_an_address_somebody_invents_is_not_believed(centre: Host, settings: Settings) -> None:
    """B41: X-Forwarded-For counts only as far as the proxies that are trusted; in demo and tests none is."""
    limit(settings, "search", address=1)
    browser = sign_in(staff("counsellor"), REMOTE_ADDR="192.0.2.7")
    asked = [browser.post("/clients/search/", {"q": "見本"}, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(3)]
    assert asked == [200, 429, 429]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1


def test_one_centre_is_held_back_and_the_other_is_not(centre: Host, settings: Settings, other_centre: Callable[[], object]) -> None:
    """B20: a noisy neighbour meets its own centre's limit; the other centre's count is its own."""
    limit(settings, "search", centre=2)
    assert [search(sign_in(staff("counsellor"), REMOTE_ADDR=f"192.0.2.{n}")) for n in range(3)] == [200, 200, 429]
    with centre_active("test_b"):
        neighbour = staff("counsellor")
        browser = Client(SERVER_NAME="test-b.testserver")
        browser.force_login(neighbour, backend="accounts.authentication.SignInBackend")
    assert search(browser) == 200


def test_the_api_counts_too(centre: Host, settings: Settings) -> None:
    """B20"""
    limit(settings, "api", account=2)
    _, secret = issue_token(label="集計（見本）", by=staff("counsellor"))
    program = Client(SERVER_NAME="test-a.testserver", HTTP_AUTHORIZATION=f"Token {secret}")
    answers = [program.get("/api/v1/cases/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert answers[-1]["Retry-After"] == "60"


def test_without_the_cache_work_goes_on(centre: Host, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(settings, "search", account=0)

    def away(*_: object, **__: object) -> None:
        raise RedisError

    browser = sign_in(staff("counsellor"))
    monkeypatch.setattr(cache, "add", away)
    assert search(browser) == 200


EXPENSIVE = {
    "plans:pdf": "paper", "meetings:pdf": "paper", "reporting:month": "report", "reporting:workbook": "report", "reporting:records": "report",
    "exports:ask": "export", "oversight:who_read_paper": "paper",
}  # fmt: skip


def test_every_expensive_page_is_counted() -> None:
    """B20: what makes a paper, a report or a file."""
    from importlib import import_module

    from disclosure.outputs import output_of
    from tests.disclosure.test_every_route import views

    found = {}
    for _route, view in views(import_module("config.urls_centre").urlpatterns):
        entry = output_of(view)
        if entry is not None and (
            entry.channel in {"pdf", "xlsx"} or entry.code in {"reporting.month", "reporting.records", "exports.ask"}
        ):
            found[entry.code.replace(".", ":")] = getattr(view, "throttled", None)
    assert found.pop("exports:file") is None  # asking was counted, and it is handed over once
    assert found == EXPENSIVE
