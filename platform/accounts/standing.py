"""What an account must do before it may do anything else, asked on every request and by the API."""

from enum import StrEnum

from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts import pledges
from accounts.models import Account


class Obstacle(StrEnum):
    ENDED = "ended"
    TEMPORARY_PASSWORD = "temporary_password"  # noqa: S105 - a name
    CALL_BACK = "call_back"
    PLEDGE = "pledge"
    SECOND_FACTOR = "second_factor"


def obstacle(account: Account) -> Obstacle | None:
    """The first thing in the way, or None: the account is in good standing today."""
    if not account.may_sign_in:
        return Obstacle.ENDED
    if account.password_is_temporary:
        return Obstacle.TEMPORARY_PASSWORD
    if (settings.REQUIRE_SECOND_FACTOR or account.must_enrol) and not has_second_factor(account):
        return Obstacle.SECOND_FACTOR
    if account.guest_entry is not None and account.guest_entry.verified_at is None:
        return Obstacle.CALL_BACK
    if account.guest_entry is not None and not pledges.is_signed(account.guest_entry):
        return Obstacle.PLEDGE
    return None


def has_second_factor(account: Account) -> bool:
    return Authenticator.objects.filter(user=account, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]).exists()
