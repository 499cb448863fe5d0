"""B57: whatever somebody sends, the web's log and the trail keep one row for it, whole."""

import io
import json
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from audit.models import AuditLine
from disclosure.gaps import find_gaps
from tests.audit.trails import Trail
from tests.factories.casework import make_case, make_member
from tests.factories.people import PASSWORD, staff

PAYLOADS = (
    'x\r\n{"event": "request", "logger": "tsunagi.request", "status": 200}',
    "x\n2026-01-01 admin signed in",
    "\x1b[2J\x1b[31mERASED\x07",
    "\x9b31mC1\x85next\u2028line\u2029para\u202etxt",
    '"}, {"actor": "somebody else',
    "%0d%0aSet-Cookie: a=b %s %(name)s {0}",
    "${jndi:ldap://x}'; DROP TABLE audit_auditline; --",
)
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]")


def headers(payload: str) -> dict[str, Any]:
    """As a server hands them on: it refuses line ends in a header, everything else passes."""
    text = payload.replace("\r", "").replace("\n", "").encode().decode("latin-1")
    names = (
        "HTTP_USER_AGENT",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_REFERER",
        "HTTP_ACCEPT_LANGUAGE",
        "HTTP_HX_CURRENT_URL",
        "HTTP_IDEMPOTENCY_KEY",
    )
    return dict.fromkeys(names, text) | {"HTTP_AUTHORIZATION": f"Token {text}"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_one_row_for_each_request_whatever_it_says(centre: object, at_centre: Client, log: io.StringIO, payload: str) -> None:
    """B57"""
    member = staff(email="mihon@example.jp", password=PASSWORD)
    asked = [
        ("POST", "/accounts/login/", {"login": payload, "password": payload}),
        ("POST", "/accounts/login/", {"login": "mihon@example.jp", "password": payload}),
        ("GET", "/", {"next": payload, "q": payload}),
        ("GET", f"/{payload}/", {}),
        ("GET", f"/cases/{payload}/", {payload: payload}),
        ("GET", "/api/v1/cases/", {"search": payload, "ordering": payload}),
    ]
    for method, path, data in asked:
        (at_centre.get if method == "GET" else at_centre.post)(path, data, **headers(payload))
    at_centre.force_login(member, backend="accounts.authentication.SignInBackend")
    for path in ("/clients/search/", "/cases/"):
        at_centre.get(path, {"q": payload, "name": payload}, **headers(payload))
    rows = log.getvalue().split("\n")[:-1]
    requests = [line for line in map(json.loads, rows) if line["logger"] == "tsunagi.request" and line["event"] == "request"]
    assert len(requests) == len(asked) + 2
    assert STEERING.search(log.getvalue()) is None
    for line in AuditLine.objects.all():
        said = json.dumps([str(getattr(line, field.attname)) for field in AuditLine._meta.concrete_fields], ensure_ascii=False)
        assert STEERING.search(said) is None
        assert payload not in said
        assert line.circumstances.get("agent") in {"other/other", None}


# -- the web's log against the trail


def test_an_answer_whose_line_was_taken_away_is_named(
    trail_of_centre: Trail, log: io.StringIO, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    """A gap is forged: the line of one of three answers is deleted by the superuser."""
    from tenants.activation import centre_active

    own = trail_of_centre
    with centre_active("test_a"):
        member = make_member()
        case = make_case(by=member)
        browser = Client(SERVER_NAME="test-a.testserver")
        browser.force_login(member, backend="accounts.authentication.SignInBackend")
    for path in (f"/cases/{case.pk}/", "/cases/", f"/cases/{case.pk}/"):
        assert browser.get(path).status_code == 200
    with centre_active("test_a"):
        assert find_gaps(log.getvalue().splitlines(), "test_a") == ([], 3)
        requests = [line for line in map(json.loads, log.getvalue().splitlines()) if line.get("opened")]
    file = tmp_path / "web.log"
    file.write_text("not json\n[1]\n" + log.getvalue(), encoding="utf-8")
    with pytest.raises(CommandError, match="読めません: その場所にありません"):
        call_command("audit_gaps", "test_a", "--log", f"{file}.gz")
    call_command("audit_gaps", "test_a", "--log", str(file))
    assert "証跡のないもの 0 件" in capsys.readouterr().out
    own.tamper(f"DELETE FROM audit_auditline WHERE request_id = '{requests[1]['request_id']}'")
    with pytest.raises(SystemExit) as ended:
        call_command("audit_gaps", "test_a", "--log", str(file))
    told = capsys.readouterr().out
    assert ended.value.code == 1
    assert "3 件を照合しました。証跡のないもの 1 件" in told
    assert requests[1]["request_id"] in told
    assert "GET cases/ 200" in told
