from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from knox.crypto import hash_token
from pytest_django import Settings

from accounts import tokens
from accounts.catalogue import Role
from accounts.models import Account, ApiToken
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tests.accounts.attempts import sign_in, trail
from tests.factories.people import PASSWORD, staff


@pytest.fixture
def account(centre: Host, at_centre: Client) -> Account:
    """Signed in a moment ago."""
    account = staff(password=PASSWORD)
    sign_in(at_centre, account.email)
    return account


def test_a_token_is_shown_once_and_kept_as_a_digest(account: Account, at_centre: Client) -> None:
    answer = at_centre.post("/accounts/tokens/", {"label": "集計表"})

    secret = answer.context["secret"]
    assert secret in answer.text
    assert secret not in at_centre.get("/accounts/tokens/").text
    kept = ApiToken.objects.get(user=account)
    assert kept.digest == hash_token(secret)
    assert kept.expiry is not None
    assert secret not in str(ApiToken.objects.values())
    (line,) = trail("token.issued")
    assert line.facts == {"token": str(kept.id)}


def test_a_screen_that_was_left_makes_no_token(account: Account, at_centre: Client, settings: Settings) -> None:
    """B49: it would open her cases for half a year, after her session has ended and her password has changed."""
    settings.STEP_UP_SECONDS = 0

    assert at_centre.get("/accounts/tokens/").status_code == 200
    assert at_centre.post("/accounts/tokens/", {"label": "集計表"}).status_code == 403

    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_owner_alone(account: Account, at_centre: Client) -> None:
    own, _ = tokens.issue_token(label="集計表", by=account)
    foreign, _ = tokens.issue_token(label="他人の", by=staff())

    assert at_centre.post(f"/accounts/tokens/{foreign.id}/revoke/").status_code == 404
    assert at_centre.post(f"/accounts/tokens/{uuid4()}/revoke/").status_code == 404
    assert at_centre.get(f"/accounts/tokens/{own.id}/revoke/").status_code == 405
    assert at_centre.post(f"/accounts/tokens/{own.id}/revoke/").status_code == 302

    assert list(ApiToken.objects.all()) == [foreign]
    assert [line.facts["token"] for line in trail("token.revoked")] == [str(own.id)]


@pytest.mark.parametrize("label", ["", "   ", "x" * 61])
def test_a_token_needs_a_use(label: str, account: Account, at_centre: Client) -> None:
    assert at_centre.post("/accounts/tokens/", {"label": label}).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_sixth_token_is_refused(account: Account, at_centre: Client) -> None:
    for count in range(5):
        tokens.issue_token(label=str(count), by=account)

    with pytest.raises(RuleViolation) as refusal:
        tokens.issue_token(label="6", by=account)

    assert refusal.value.code == "too_many_tokens"
    assert at_centre.post("/accounts/tokens/", {"label": "6"}).status_code == 422


def test_tokens_are_for_roles_that_may_use_the_api(centre: Host, at_centre: Client) -> None:
    administrator = staff(Role.CENTRE_ADMIN)
    at_centre.force_login(administrator)

    assert at_centre.get("/accounts/tokens/").status_code == 403
    with pytest.raises(PermissionDenied):
        tokens.issue_token(label="集計表", by=administrator)
