from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from cryptography.exceptions import InvalidTag
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts import sealed_seeds
from accounts.models import Account, Notice
from tenants.activation import centre_active
from tenants.hosts import Host
from tests.accounts.attempts import code, enrolled, sign_in, signed_in, trail
from tests.factories.people import PASSWORD, staff

Commits = Callable[..., Any]  # pytest-django's fixture


@pytest.fixture(autouse=True)
def _a_still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """No code runs out in the middle of a test."""
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: 1_800_000_015.0))


@pytest.fixture
def account(centre: Host) -> Account:
    return staff(email="hana@example.jp", password=PASSWORD)


def prove(client: Client, typed: str) -> int:
    return client.post("/accounts/2fa/authenticate/", {"code": typed}).status_code


def told(account: Account) -> list[str]:
    """The mails to her, by kind."""
    return list(Notice.objects.filter(account=account).order_by("asked_at", "id").values_list("code", flat=True))


def test_a_password_alone_opens_nothing_once_enrolled(account: Account, at_centre: Client) -> None:
    secret = enrolled(account)

    assert sign_in(at_centre, "hana@example.jp").headers["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(at_centre)
    assert at_centre.get("/accounts/tokens/").status_code == 302

    assert prove(at_centre, code(secret)) == 302
    assert signed_in(at_centre)
    assert [line.facts["factor"] for line in trail("second_factor.used")] == ["totp"]


def test_a_password_changed_between_two_steps_opens_nothing(account: Account, at_centre: Client) -> None:
    """Whoever stood before the second step with the old password has to begin again with the new one."""
    secret = enrolled(account)
    sign_in(at_centre, account.email)
    account.set_password("betsu-no-nagai-kotoba")
    account.save(update_fields=["password"])

    assert prove(at_centre, code(secret)) == 302
    assert not signed_in(at_centre)
    assert at_centre.get("/accounts/2fa/authenticate/").headers["Location"] == "/accounts/login/"
    assert not trail("sign_in")
    assert trail("sign_in.failed")

    sign_in(at_centre, account.email, "betsu-no-nagai-kotoba")
    assert prove(at_centre, code(secret, 1)) == 302
    assert signed_in(at_centre)


@pytest.mark.parametrize("retype", [lambda used: used, lambda used: f" {used} ", lambda used: f"{used[:3]} {used[3:]}"])
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_used_code_is_refused_however_it_is_typed(
    retype: Callable[[str], str], forgotten: bool, account: Account, at_centre: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = enrolled(account)
    used = code(secret, periods_from_now=-1)
    sign_in(at_centre, "hana@example.jp")
    assert prove(at_centre, used) == 302
    at_centre.post("/accounts/logout/")
    if forgotten:  # the library forgets a used code after 30 seconds, although it accepts it for longer
        cache.delete(f"allauth.mfa.totp.used?user={account.pk}&code={used}")

    sign_in(at_centre, "hana@example.jp")
    assert prove(at_centre, retype(used)) == 422

    assert not signed_in(at_centre)
    assert prove(at_centre, code(secret)) == 302


@pytest.mark.parametrize("typed", ["000000", "", "abcdef", "9" * 21, "１２３４５６", "-1"])
def test_a_wrong_code_is_refused_and_kept_as_evidence(typed: str, account: Account, at_centre: Client) -> None:
    enrolled(account)
    sign_in(at_centre, "hana@example.jp")

    assert prove(at_centre, typed) == 422

    assert not signed_in(at_centre)
    assert {line.actor for line in trail("second_factor.failed")} <= {account.pk}
    assert bool(trail("second_factor.failed")) is (0 < len(typed) <= 20)


def test_guessing_codes_is_stopped(account: Account, at_centre: Client) -> None:
    secret = enrolled(account)
    sign_in(at_centre, "hana@example.jp")
    for guess in range(5):
        prove(at_centre, f"00000{guess}")

    assert prove(at_centre, code(secret)) == 422


def test_a_recovery_code_opens_once(account: Account, at_centre: Client) -> None:
    enrolled(account)
    recovery = Authenticator.objects.get(user=account, type="recovery_codes").wrap().get_unused_codes()[0]
    sign_in(at_centre, "hana@example.jp")
    assert prove(at_centre, recovery) == 302
    assert at_centre.get("/accounts/2fa/").status_code == 200, "signed in, to register anew"
    at_centre.post("/accounts/logout/")

    sign_in(at_centre, "hana@example.jp")
    assert prove(at_centre, recovery) == 422

    assert not signed_in(at_centre)
    assert [line.facts["factor"] for line in trail("second_factor.used")] == ["recovery_codes"]
    assert told(account) == ["recovery_code_used"]


def test_enrolling_takes_the_password_again_and_a_code_of_the_new_seed(
    account: Account, at_centre: Client, django_capture_on_commit_callbacks: Commits
) -> None:
    at_centre.force_login(account)
    assert at_centre.get("/accounts/2fa/totp/activate/").headers["Location"].startswith("/accounts/reauthenticate/")
    assert at_centre.post("/accounts/reauthenticate/", {"password": "another-night-of-rain"}).status_code == 422
    assert len(trail("reauthentication.failed")) == 1
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})

    secret = at_centre.get("/accounts/2fa/totp/activate/").context["form"].secret
    assert at_centre.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert at_centre.post("/accounts/2fa/totp/activate/", {"code": code(secret)}).status_code == 302

    assert [line.facts["factor"] for line in trail("second_factor.added")] == ["totp", "recovery_codes"]
    assert told(account) == ["second_factor_changed"]
    assert secret not in str(Authenticator.objects.get(user=account, type="totp").data)


def test_recovery_codes_are_shown_to_the_request_that_makes_them_and_never_again(
    account: Account, at_centre: Client, django_capture_on_commit_callbacks: Commits
) -> None:
    secret = enrolled(account)
    at_centre.force_login(account)
    at_centre.post("/accounts/reauthenticate/", {"code": code(secret)})

    with django_capture_on_commit_callbacks(execute=True):
        shown = at_centre.post("/accounts/2fa/recovery-codes/").context["codes"]

    assert len(set(shown)) == 10
    again = at_centre.get("/accounts/2fa/recovery-codes/")
    assert not any(recovery in again.text for recovery in shown)
    assert Authenticator.objects.get(user=account, type="recovery_codes").wrap().get_unused_codes() == shown
    assert told(account) == ["recovery_codes_made"]


def test_giving_the_second_factor_up_takes_a_fresh_proof_and_leaves_a_line(
    account: Account, at_centre: Client, django_capture_on_commit_callbacks: Commits
) -> None:
    secret = enrolled(account)
    at_centre.force_login(account)
    assert at_centre.post("/accounts/2fa/totp/deactivate/").status_code == 403
    assert at_centre.get("/accounts/2fa/totp/deactivate/").headers["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=account, type="totp").exists()

    at_centre.post("/accounts/reauthenticate/", {"code": code(secret)})
    with django_capture_on_commit_callbacks(execute=True):
        at_centre.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.filter(user=account, type="totp").exists()
    assert "totp" in [line.facts["factor"] for line in trail("second_factor.removed")]
    assert told(account) == ["second_factor_changed"]


def test_a_seed_opens_at_its_own_host_and_under_its_own_secret_only(logins: str, settings: Settings) -> None:
    with centre_active("test_a"):
        sealed = sealed_seeds.seal("JBSWY3DPEHPK3PXP")
        assert sealed_seeds.unseal(sealed) == "JBSWY3DPEHPK3PXP"
    with centre_active("test_b"), pytest.raises(InvalidTag):
        sealed_seeds.unseal(sealed)

    with centre_active("test_a"):
        old, settings.SECRET_KEY = settings.SECRET_KEY, "a-new-secret-key-of-this-deployment"
        with pytest.raises(InvalidTag):
            sealed_seeds.unseal(sealed)
        settings.SECRET_KEY_FALLBACKS = [old]
        assert sealed_seeds.unseal(sealed) == "JBSWY3DPEHPK3PXP"
