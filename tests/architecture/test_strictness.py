"""The nets of the test harness hold."""

import socket

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from accounts.models import Account
from tenants.hosts import Host
from tests.strictness import GetThatWrites, NetworkUsed, only_reading


def write(request: HttpRequest) -> HttpResponse:
    Account.objects.create_user("a@example.jp", name="相談花子")
    return HttpResponse("ok")


def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Account.objects.count()))


urlpatterns = [path("write/", write), path("read/", read)]


@pytest.fixture
def client_here(centre: Host, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(Host, "urlconf", __name__)
    return Client(SERVER_NAME="test-a.testserver", enforce_csrf_checks=False)


def test_a_get_that_writes_fails(client_here: Client) -> None:
    assert client_here.get("/read/").content == b"0"
    with pytest.raises(GetThatWrites, match="INSERT INTO"):
        client_here.get("/write/")


@pytest.mark.parametrize(
    "statement", ["SELECT 1 FROM accounts_account FOR UPDATE", "DELETE FROM accounts_account", "NOTIFY x", "SET ROLE owner"]
)
def test_only_plain_selects_count_as_reading(statement: str, centre: Host) -> None:
    with only_reading(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        with pytest.raises(GetThatWrites):
            cursor.execute(statement)


def test_no_other_machine_is_reached() -> None:
    with pytest.raises(NetworkUsed):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(NetworkUsed):
        socket.getaddrinfo("example.jp", 80)
