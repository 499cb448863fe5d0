"""What was proved in a session, and whether it still counts. Asked through accounts.step_up."""

import time

from django.conf import settings
from django.http import HttpRequest

from accounts import passkeys, standing
from accounts.models import Account

PROOF = "accounts.proof"  # in the session: whose, how, when


def note_proof(request: HttpRequest, account: Account, how: str) -> None:
    """A factor was proved just now: "webauthn", "totp", "recovery_codes", "password" or "external". Never makes a proof weaker."""
    if how != "password" or not standing.has_second_factor(account):
        request.session[PROOF] = {"of": str(account.pk), "how": how, "at": time.time()}


def is_fresh(request: HttpRequest) -> bool:
    """Whether a factor that suffices for this account was proved in this session less than settings.STEP_UP_SECONDS ago."""
    account, proof = request.user, request.session.get(PROOF)
    if not isinstance(account, Account) or not isinstance(proof, dict) or proof.get("of") != str(account.pk):
        return False
    if not 0 <= time.time() - proof["at"] < settings.STEP_UP_SECONDS:
        return False
    if standing.passkey_only(account) and passkeys.has_any(account):
        return bool(proof["how"] == "webauthn")
    return bool(proof["how"] != "password" or not standing.has_second_factor(account))
