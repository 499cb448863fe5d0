"""The circumstances of a line: codes and digests that can be compared, and never an address, a key or a name."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.circumstances import agent_family, network_of
from audit import trail
from audit.models import AuditLine
from config.settings import base
from tests.environment import ROOT
from tests.factories.people import PASSWORD, staff
from vault.keys import KeyGone
from vault.refusals import KeyServiceAway

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


def signed_in(browser: Client, **headers: Any) -> None:
    staff(email="mihon@example.jp", password=PASSWORD)
    browser.post("/accounts/login/", {"login": "mihon@example.jp", "password": PASSWORD}, **headers)


def newest() -> dict[str, Any]:
    line = AuditLine.objects.latest("id")
    return dict(line.circumstances)


def test_a_line_says_from_where_and_how_well_proved(centre: object, at_centre: Client) -> None:
    signed_in(at_centre, HTTP_USER_AGENT=CHROME, REMOTE_ADDR="203.0.113.77")
    at_centre.get("/accounts/", HTTP_USER_AGENT=CHROME)
    at_centre.post("/accounts/logout/", HTTP_USER_AGENT=CHROME, REMOTE_ADDR="203.0.113.9")
    said = newest()
    assert (said["agent"], said["version"], said["strength"]) == ("chrome/windows", base.VERSION, "password")
    assert 0 <= said["age"] < 60
    assert said["network"] == trail.digest("network|203.0.113.0/24")[:32]
    assert len(said["session"]) == 32


def test_nothing_in_it_can_be_read(centre: object, at_centre: Client) -> None:
    signed_in(at_centre, REMOTE_ADDR="203.0.113.77")
    key = at_centre.session.session_key
    with connection.cursor() as cursor:
        cursor.execute("SELECT json_agg(l)::text FROM audit_auditline l")
        text = cursor.fetchone()[0]
    assert "203.0.113" not in text
    assert key not in text
    assert "mihon" not in text
    assert json.loads(text)


def test_a_line_outside_a_request_has_none(centre: object) -> None:
    trail.record_event("job.done", by=None)
    assert newest() == {}


@pytest.mark.parametrize("why", [KeyGone, KeyServiceAway])
def test_without_the_hosts_key_a_line_is_written_all_the_same(
    centre: object, at_centre: Client, monkeypatch: pytest.MonkeyPatch, why: type[Exception]
) -> None:
    """Nobody is kept from signing out, and no refusal goes without its line, because a key service is away."""

    def gone(term: str) -> str:
        raise why("test_a")

    monkeypatch.setattr("accounts.circumstances.trail.digest", gone)
    at_centre.force_login(staff(), backend="accounts.authentication.SignInBackend")
    assert at_centre.get("/manage/").status_code == 403
    assert AuditLine.objects.latest("id").action == "page.forbidden"
    assert at_centre.post("/accounts/logout/").status_code == 302
    assert newest()["network"] == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::7", "2001:db8:1::/48"), ("", ""), ("not an address\r\n", "")],
)
def test_the_network_is_that_of_the_house(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "family"),
    [(CHROME, "chrome/windows"), (CHROME + " Edg/130.0", "edge/windows"), ("curl/8", "other/other"), ("\x1b[2J", "other/other")],
)
def test_an_agent_is_one_of_a_few_families(agent: str, family: str) -> None:
    assert agent_family(agent) == family


def test_the_version_is_the_projects() -> None:
    assert f'version = "{base.VERSION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
