"""The host decides: who is known, who is not, and what is remembered."""

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from tenants import hosts
from tenants.hosts import ENTRANCE, HEADQUARTERS, Host, host_named, name_of
from tenants.middleware import HostMiddleware
from tenants.models import Centre, CentreState

seen: list[tuple[str, str, str]] = []


def view(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        seen.append((request.tenant.schema_name, request.urlconf, cursor.fetchone()[0]))  # type: ignore[attr-defined]
    return HttpResponse("ok")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    hosts.forget()
    seen.clear()


def ask(host: str) -> HttpResponse:
    response = HostMiddleware(view)(RequestFactory().get("/", headers={"host": host}))
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("test-a.testserver", ("test_a", "config.urls_centre", "c_test_a")),
        ("TEST-A.testserver:8000", ("test_a", "config.urls_centre", "c_test_a")),
        ("test-a.testserver.", ("test_a", "config.urls_centre", "c_test_a")),
        ("test-b.testserver", ("test_b", "config.urls_centre", "c_test_b")),
        ("hq.testserver:443", ("public", "config.urls_headquarters", "hq")),
        ("testserver", ("public", "config.urls_entrance", "entrance")),
    ],
)
def test_a_known_host_acts_as_its_login(entrance: Host, host: str, expected: tuple[str, str, str]) -> None:
    assert ask(host).status_code == 200
    assert seen == [expected]
    assert connection.tenant == ENTRANCE


@pytest.mark.parametrize(
    "host", ["stranger.testserver", "test_a.testserver", "test-a.testserver.evil.example", "127.0.0.1", "a b", "[::1]", ""]
)
def test_a_stranger_gets_a_bare_404(entrance: Host, host: str) -> None:
    response = ask(host)
    assert (response.status_code, response.content, seen) == (404, b"404 Not Found\n", [])


def test_a_host_is_looked_up_once_a_minute(
    entrance: Host, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_assert_num_queries(2):  # the centre and its canonical address
        first = host_named("test-a.testserver")
    with django_assert_num_queries(0):
        assert host_named("test-a.testserver:80") == first
        assert (host_named("testserver"), host_named("hq.testserver")) == (ENTRANCE, HEADQUARTERS)
    monkeypatch.setattr(hosts, "KEPT_SECONDS", 0)
    with django_assert_num_queries(2):
        host_named("test-a.testserver")


def test_a_centre_handed_over_is_not_found_any_more(logins: str) -> None:
    from tenants.activation import owner_active

    with owner_active():
        Centre.objects.filter(schema_name="test_a").update(state=CentreState.HANDED_OVER)
    assert host_named("test-a.testserver") is None
    assert host_named("test-b.testserver") is not None


def test_an_address_is_reduced_to_its_name() -> None:
    assert [name_of(address) for address in ("A.example:80", "a.example.", "[::1]:80", "")] == ["a.example", "a.example", "::1", ""]
