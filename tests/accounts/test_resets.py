"""A second factor is reset by two people, and neither of them ever holds a secret of its owner."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts import approvals, resets
from accounts.models import Account, Approval, Notice
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tests.accounts.attempts import code, enrolled, sign_in, signed_in, trail
from tests.factories.people import PASSWORD, staff


@pytest.fixture
def admin(centre: Host) -> Account:
    return staff("centre_admin", name="管理 者", password=PASSWORD)


@pytest.fixture
def owner(centre: Host) -> Account:
    return staff(email="hana@example.jp", name="港 花子", password=PASSWORD)


@pytest.fixture
def asked(owner: Account, admin: Account) -> Approval:
    return resets.ask_reset(owner, by=admin)


def test_an_approved_reset_ends_sessions_and_confines_to_enrolment(asked: Approval, owner: Account, at_centre: Client) -> None:
    """B17: factors and sessions end, the owner is told, and with her password she reaches enrolment and nothing else."""
    seed = enrolled(owner)
    at_centre.force_login(owner, backend="accounts.authentication.SignInBackend")
    assert signed_in(at_centre)

    approvals.approve(asked, by=staff("chief_counsellor"))

    assert not signed_in(at_centre)
    assert not Authenticator.objects.filter(user=owner).exists()
    assert Notice.objects.filter(account=owner, code="second_factor_changed").exists()
    assert sign_in(at_centre, owner.email).status_code == 302
    for path in ("/", "/cases/", "/accounts/", "/manage/approvals/"):
        assert at_centre.get(path)["Location"] == "/accounts/2fa/", path
    assert at_centre.get("/api/v1/cases/").status_code == 403
    assert at_centre.get("/accounts/2fa/totp/activate/").status_code in {200, 302}
    assert code(seed) not in str([line.facts for line in trail("factors.reset")])


def test_nothing_happens_before_a_second_person_says_yes(asked: Approval, owner: Account, admin: Account) -> None:
    """B17: who asked cannot approve; neither can the owner, nor a colleague."""
    enrolled(owner)
    for decider in (admin, owner, staff(), staff("clerk")):
        with pytest.raises(PermissionDenied):
            approvals.approve(asked, by=decider)
    assert Authenticator.objects.filter(user=owner).exists()


def test_an_owner_who_may_decide_others_does_not_decide_her_own(admin: Account) -> None:
    """B17: a second administrator is not the second person for herself."""
    second = staff("centre_admin")
    with pytest.raises(PermissionDenied):
        approvals.approve(resets.ask_reset(second, by=admin), by=second)


def test_only_an_administrator_asks_and_not_for_herself(admin: Account, owner: Account) -> None:
    with pytest.raises(PermissionDenied):
        resets.ask_reset(owner, by=staff("chief_counsellor"))
    with pytest.raises(RuleViolation) as own:
        resets.ask_reset(admin, by=admin)
    assert own.value.code == "own_reset"


SECRETS = ("password", "new_password", "password1", "token", "secret", "totp", "code")


def test_no_page_of_the_administrator_takes_or_shows_a_secret(admin: Account, owner: Account, at_centre: Client) -> None:
    """B17: neither password nor seed can be typed for somebody else, and none is on her page."""
    seed, membership = enrolled(owner), owner.memberships.get()
    at_centre.force_login(admin, backend="accounts.authentication.SignInBackend")
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path in (f"/manage/members/{membership.pk}/", "/manage/members/new/"):
        page = at_centre.get(path).content.decode()
        assert "メールアドレス" in page
        assert seed not in page
        assert Account.objects.get(pk=owner.pk).password not in page
        assert not [name for name in SECRETS if f'name="{name}"' in page]
    at_centre.post(f"/manage/members/{membership.pk}/invite/", dict.fromkeys(SECRETS, "kanrisha-ga-kimeta-kotoba"))
    assert Account.objects.get(pk=owner.pk).check_password(PASSWORD)
