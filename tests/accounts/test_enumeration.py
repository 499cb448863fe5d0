"""Who has an account here cannot be found out by asking, and guessing is stopped where it happens and nowhere else."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Account
from tenants.hosts import Host
from tests.accounts.attempts import sign_in, signed_in, trail
from tests.factories.people import PASSWORD, staff

WRONG = "another-night-of-rain"
CHANGING = re.compile(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": "|nonce=")[^"]+')


def browser(address: str = "127.0.0.1") -> Client:
    return Client(SERVER_NAME="test-a.testserver", REMOTE_ADDR=address)


def replay(leaked: list[tuple[str, str]]) -> list[str]:
    """Each pair tried once, from as many addresses as there are pairs; those that opened."""
    opened = []
    for number, (email, password) in enumerate(leaked):
        client = browser(f"198.51.{number // 250}.{number % 250 + 1}")
        if sign_in(client, email, password).status_code == 302:
            opened.append(email)
    return opened


def bytes_of(answer) -> tuple[int, bytes, list[str]]:
    return answer.status_code, CHANGING.sub(b"", answer.content), sorted(answer.headers)


def known(state: str) -> None:
    """hana@example.jp has an account in this state, or none."""
    if state == "unknown":
        return
    account = staff(email="hana@example.jp", password=None if state == "no password" else PASSWORD)
    if state == "left":
        account.memberships.all().delete()
    if state == "disabled":
        Account.objects.filter(pk=account.pk).update(is_active=False)


STATES = ("unknown", "here", "left", "disabled", "no password")


def seen_for(states: tuple[str, ...], ask: Callable[[], object]) -> list[object]:
    seen = []
    for state in states:
        Account.objects.filter(email="hana@example.jp").exists() and Account.objects.filter(email="hana@example.jp").update(
            email=f"{len(seen)}@example.jp"
        )
        known(state)
        seen.append(ask())
    return seen


def test_a_wrong_password_is_the_same_bytes_whether_or_not_there_is_an_account(centre: Host) -> None:
    """B39: known, unknown, left and disabled addresses get one answer."""
    first, *others = seen_for(STATES, lambda: bytes_of(sign_in(browser(), "hana@example.jp", WRONG)))

    assert first[0] == 422
    assert all(other == first for other in others)


def test_it_is_the_same_work_too(centre: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """B39: one hash of the password and the same questions to the database, whatever the address."""
    hashed: list[int] = []
    encode = Argon2PasswordHasher.encode
    verify = Argon2PasswordHasher.verify
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda self, *args: (hashed.append(1), encode(self, *args))[1])
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda self, *args: (hashed.append(1), verify(self, *args))[1])

    def work() -> tuple[int, int]:
        client = browser()
        client.get("/accounts/login/")
        hashed.clear()
        with CaptureQueriesContext(connection) as queries:
            sign_in(client, "hana@example.jp", WRONG)
        return len(hashed), len([query for query in queries if "SELECT" in query["sql"]])

    seen = seen_for(("unknown", "here", "left", "disabled"), work)

    assert {hashes for hashes, _ in seen} == {1}
    assert len({questions for _, questions in seen}) == 1


def test_a_stopped_address_is_the_same_bytes_too(centre: Host) -> None:
    """B39"""

    def stopped() -> object:
        from django.core.cache import cache

        cache.clear()
        client = browser()
        return [bytes_of(sign_in(client, "hana@example.jp", WRONG)) for _ in range(6)][-1]

    first, *others = seen_for(STATES[:3], stopped)

    assert all(other == first for other in others)


def test_a_passkeys_challenge_is_the_same_for_everybody_and_asks_for_no_address(centre: Host) -> None:
    """B39: passkey options name no credential and no account."""
    staff(email="hana@example.jp", password=PASSWORD)
    options = browser().get("/accounts/passkeys/sign-in/?email=hana@example.jp").json()["options"]

    assert "allowCredentials" not in options or '"allowCredentials": []' in options
    assert re.sub(r'"challenge": "[^"]+"', "", options) == re.sub(
        r'"challenge": "[^"]+"', "", browser().get("/accounts/passkeys/sign-in/").json()["options"]
    )


def test_there_is_no_reset_by_mail_to_ask(centre: Host) -> None:
    """B39: a lost password is a matter for the centre's administrator."""
    for path in ("password/reset/", "password/reset/key/x-y/", "signup/", "email/"):
        assert browser().get(f"/accounts/{path}").status_code == 404
        assert browser().post(f"/accounts/{path}", {"email": "hana@example.jp"}).status_code == 404


class TestThrottles:
    """B39: each allowance trips by itself, and stops nobody it is not about (`test_login_throttle_is_not_global`)."""

    @pytest.fixture(autouse=True)
    def _two(self, centre: Host) -> None:
        staff(email="hana@example.jp", password=PASSWORD)
        staff(email="taro@example.jp", password=PASSWORD)

    def stopped(self, client: Client, email: str) -> bool:
        sign_in(client, email)
        return not signed_in(client)

    def test_of_one_address(self) -> None:
        for count in range(5):
            sign_in(browser(f"192.0.2.{count}"), "hana@example.jp", WRONG)

        assert self.stopped(browser("192.0.2.9"), "hana@example.jp")
        assert not self.stopped(browser("192.0.2.9"), "taro@example.jp")

    def test_of_one_connection(self, settings: Settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip", "login_failed": "1000/m/key"}
        for count in range(3):
            sign_in(browser("192.0.2.1"), f"nobody{count}@example.jp", WRONG)

        assert self.stopped(browser("192.0.2.1"), "hana@example.jp")
        assert not self.stopped(browser("192.0.2.2"), "hana@example.jp")

    def test_of_one_host(self, settings: Settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_at_host": "4/300s/key"}
        for count in range(4):
            sign_in(browser(f"192.0.2.{count}"), f"nobody{count}@example.jp", WRONG)

        answer = sign_in(browser("192.0.2.9"), "hana@example.jp")

        assert answer.status_code == 422
        assert "5分ほど待って" in answer.text

    def test_of_a_list_of_leaked_pairs_no_more_are_tried_than_the_host_allows(self, settings: Settings) -> None:
        """B39: each pair once and from an address of its own, so that the host's allowance alone holds; the right ones stand among them.

        The long form: soak_stuffing.py.
        """
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_at_host": "5/300s/key"}
        leaked = [(f"nobody{number}@example.jp", WRONG) for number in range(12)]
        leaked[2], leaked[9] = ("hana@example.jp", PASSWORD), ("taro@example.jp", PASSWORD)

        opened = replay(leaked)

        assert opened == ["hana@example.jp"]
        assert len(trail("sign_in.failed")) <= 5

    def test_a_success_gives_its_own_attempt_back(self, settings: Settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_at_host": "2/300s/key"}
        for _ in range(3):
            client = browser()
            assert not self.stopped(client, "taro@example.jp")
            client.post("/accounts/logout/")

    def test_a_stranger_cannot_keep_anybody_from_the_browser_she_knows(self, settings: Settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_at_host": "8/300s/key"}
        hers = browser("192.0.2.50")
        sign_in(hers, "hana@example.jp")
        hers.post("/accounts/logout/")
        for count in range(9):
            sign_in(browser(f"192.0.2.{count}"), "hana@example.jp", WRONG)

        assert self.stopped(browser("192.0.2.51"), "hana@example.jp")
        assert not self.stopped(hers, "hana@example.jp")

    def test_and_her_own_browser_guesses_no_more_than_another(self) -> None:
        hers = browser()
        sign_in(hers, "hana@example.jp")
        hers.post("/accounts/logout/")
        for _ in range(5):
            sign_in(hers, "hana@example.jp", WRONG)

        assert self.stopped(hers, "hana@example.jp")
