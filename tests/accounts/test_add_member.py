import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Account
from tenants.activation import centre_active, headquarters_active
from tests.accounts.attempts import sign_in, signed_in
from tests.factories.people import PASSWORD


def add_member(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("add_member", *arguments, stdout=printed)
    return printed.getvalue()


def test_a_printed_password_opens_the_page_that_changes_it(logins: str, at_centre: Client) -> None:
    printed = add_member("test_a", "hana@example.jp", "--name", "港 花子", "--role", "counsellor", "--role", "clerk")

    password = re.search(r"初回のパスワード: (\S+)", printed).group(1)  # type: ignore[union-attr]  # it fails here if absent
    sign_in(at_centre, "hana@example.jp", password)
    assert at_centre.get("/accounts/").headers["Location"] == "/accounts/password/change/"
    with centre_active("test_a"):
        assert Account.objects.get(email="hana@example.jp").roles == {"counsellor", "clerk"}


def test_a_password_from_standard_input_is_not_printed(logins: str, at_centre: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))

    printed = add_member("test_a", "hana@example.jp", "--name", "港 花子", "--role", "counsellor", "--password-stdin")

    assert PASSWORD not in printed
    sign_in(at_centre, "hana@example.jp", PASSWORD)
    assert signed_in(at_centre)


def test_headquarters_gets_its_people_the_same_way(logins: str) -> None:
    add_member("headquarters", "honbu@example.jp", "--name", "本部 一郎", "--role", "analyst")

    with headquarters_active():
        assert Account.objects.get(email="honbu@example.jp").roles == {"analyst"}


@pytest.mark.parametrize(
    ("arguments", "typed", "rule"),
    [
        (["nowhere", "x@example.jp", "--role", "counsellor"], PASSWORD, "unknown_centre"),
        (["public", "x@example.jp", "--role", "counsellor"], PASSWORD, "unknown_centre"),
        (["test_a", "x@example.jp", "--role", "king"], PASSWORD, "role_not_here"),
        (["test_a", "x@example.jp", "--role", "analyst"], PASSWORD, "role_not_here"),
        (["headquarters", "x@example.jp", "--role", "counsellor"], PASSWORD, "role_not_here"),
        (["test_a", "x", "--role", "counsellor"], PASSWORD, "bad_email"),
        (["test_a", "x@example.jp", "--role", "counsellor"], "short", "weak_password"),
        (["test_a", "x@example.jp", "--role", "counsellor"], "", "weak_password"),
        (["test_b", "x@example.jp", "--role", "counsellor"], PASSWORD, "employer_needed"),
        (["test_b", "x@example.jp", "--role", "counsellor", "--employer", "知らない会社"], PASSWORD, "unknown_employer"),
    ],
)
def test_what_cannot_be_is_refused_with_its_rule(
    arguments: list[str], typed: str, rule: str, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    with pytest.raises(CommandError, match=rule) as refusal:
        add_member(*arguments, "--name", "だれか", "--password-stdin")

    assert refusal.value.returncode != 0
