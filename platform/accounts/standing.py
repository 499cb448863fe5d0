"""What an account must do before it may do anything else, asked on every request and by the API."""

from enum import StrEnum

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from accounts import pledges
from accounts.catalogue import PASSKEY_ROLES
from accounts.models import Account

RECOVERED = "accounts.recovered"  # in the session: signed in with a recovery code, so the device for the other factor is lost
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Obstacle(StrEnum):
    ENDED = "ended"
    TEMPORARY_PASSWORD = "temporary_password"  # noqa: S105 - a name
    CALL_BACK = "call_back"
    PLEDGE = "pledge"
    SECOND_FACTOR = "second_factor"
    PASSKEY = "passkey"
    PASSKEY_PROOF = "passkey_proof"
    RECOVERY = "recovery"


def obstacle(account: Account) -> Obstacle | None:
    """The first thing in the way, or None: the account is in good standing today."""
    if not account.may_sign_in:
        return Obstacle.ENDED
    if account.password_is_temporary:
        return Obstacle.TEMPORARY_PASSWORD
    if settings.REQUIRE_SECOND_FACTOR or account.must_enrol:
        types = set(Authenticator.objects.filter(user=account, type__in=FACTORS).values_list("type", flat=True))
        if passkey_only(account) and Authenticator.Type.WEBAUTHN not in types:
            return Obstacle.PASSKEY
        if not types:
            return Obstacle.SECOND_FACTOR
    if account.guest_entry is not None and account.guest_entry.verified_at is None:
        return Obstacle.CALL_BACK
    if account.guest_entry is not None and not pledges.is_signed(account.guest_entry):
        return Obstacle.PLEDGE
    return None


def obstacle_of_session(request: HttpRequest, account: Account) -> Obstacle | None:
    """What this session lacks, though the account is in order: the passkey of a role that needs it, a new factor after recovery."""
    if passkey_only(account) and not proved_by_passkey(request, account):
        return Obstacle.PASSKEY_PROOF
    if request.session.get(RECOVERED) and has_second_factor(account):
        return Obstacle.RECOVERY
    return None


def is_confined(request: HttpRequest, account: Account) -> bool:
    """Whether she reaches a few pages only: there the way out is signing out, since every other page leads back."""
    return (obstacle(account) or obstacle_of_session(request, account)) is not None


def has_second_factor(account: Account) -> bool:
    return bool(Authenticator.objects.filter(user=account, type__in=FACTORS).exists())


def passkey_only(account: Account) -> bool:
    """Who manages people, and who sees all centres, proves herself by what cannot be told to a false page."""
    return settings.REQUIRE_SECOND_FACTOR and not PASSKEY_ROLES.isdisjoint(account.roles)


def proved_by_passkey(request: HttpRequest, account: Account) -> bool:
    return any(record.get("type") == Authenticator.Type.WEBAUTHN for record in get_authentication_records(request, account))
