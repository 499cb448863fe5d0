"""What sign-in leaves in the trail of the host where it happened, and what its owner is told of by mail.

Failures name the e-mail by a keyed digest only.
"""

import time
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as second_factor_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth_signals
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts import notices, proofs, sessions, standing
from accounts.models import Account
from audit import trail

SIGNED_IN_AT = "signed_in_at"
TOLD_OF_ADDED = {"webauthn": "passkey_added", "totp": "second_factor_changed"}  # codes come with the first factor
TOLD_OF_REMOVED = {"webauthn": "passkey_removed", "totp": "second_factor_changed"}


def record_event(action: str, account: Account, **facts: Any) -> None:  # facts are codes and ids
    with transaction.atomic():
        trail.record_event(action, by=account, about=account, channel="screen", **facts)


def record_failed_sign_in(action: str, email: str) -> None:
    trail.record_refusal(action, by=None, channel="screen", email_digest=trail.digest(email.strip().lower()))


def note_refused_passkey(account: Account, refused: ValidationError) -> None:
    """A passkey that was used and did not pass: not hers, not of this host, not verified, or a copy."""
    trail.record_refusal("second_factor.failed", by=None, about=account, channel="screen", factor="webauthn", reason=refused.code or "")


def _session_begun(sender: Any, request: HttpRequest, user: Account, **kwargs: Any) -> None:  # Django's signal
    request.session[SIGNED_IN_AT] = int(time.time())
    sessions.begin(request, user)


def _signed_out(sender: Any, request: HttpRequest, user: Account | None, **kwargs: Any) -> None:
    if user is not None:
        record_event("sign_out", user)


@transaction.atomic
def _password_changed(sender: Any, request: HttpRequest, user: Account, **kwargs: Any) -> None:
    user.password_is_temporary = False
    user.save(update_fields=["password_is_temporary"])
    record_event("password.changed", user)
    notices.tell(user, "password_changed")
    sessions.end_all(user, by=user, reason="password_changed", but=request.session.session_key)


def _factor_proved(sender: Any, request: HttpRequest, method: str, user: Account, **facts: Any) -> None:
    """A password or a factor, at sign-in or again."""
    if method == "mfa":
        proofs.note_proof(request, user, facts["type"])
        if facts["type"] != Authenticator.Type.RECOVERY_CODES:
            request.session.pop(standing.RECOVERED, None)
    elif method == "password":
        proofs.note_proof(request, user, "password")


@transaction.atomic
def _factor_used(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.used", user, factor=authenticator.type)
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        request.session[standing.RECOVERED] = True
        notices.tell(user, "recovery_code_used")


@transaction.atomic
def _factor_added(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.added", user, factor=authenticator.type)
    if authenticator.type in TOLD_OF_ADDED:
        proofs.note_proof(request, user, authenticator.type)  # she has just used it
        request.session.pop(standing.RECOVERED, None)
        notices.tell(user, TOLD_OF_ADDED[authenticator.type])
        sessions.end_all(user, by=user, reason="factor_added", but=request.session.session_key)


@transaction.atomic
def _factor_removed(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.removed", user, factor=authenticator.type)
    if authenticator.type in TOLD_OF_REMOVED:
        notices.tell(user, TOLD_OF_REMOVED[authenticator.type])
        sessions.end_all(user, by=user, reason="factor_removed", but=request.session.session_key)


@transaction.atomic
def _factor_reset(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.reset", user, factor=authenticator.type)
    notices.tell(user, "recovery_codes_made")


def _factor_failed(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    trail.record_refusal("second_factor.failed", by=user, about=user, channel="screen", factor=authenticator.type)


def listen() -> None:
    """Take part in what the libraries do; called once when the app is ready."""
    auth_signals.user_logged_in.connect(_session_begun, dispatch_uid="accounts.session_begun")
    auth_signals.user_logged_out.connect(_signed_out, dispatch_uid="accounts.signed_out")
    account_signals.password_changed.connect(_password_changed, dispatch_uid="accounts.password_changed")
    account_signals.authentication_step_completed.connect(_factor_proved, dispatch_uid="accounts.factor_proved")
    second_factor_signals.authenticator_used.connect(_factor_used, dispatch_uid="accounts.factor_used")
    second_factor_signals.authenticator_added.connect(_factor_added, dispatch_uid="accounts.factor_added")
    second_factor_signals.authenticator_removed.connect(_factor_removed, dispatch_uid="accounts.factor_removed")
    second_factor_signals.authenticator_reset.connect(_factor_reset, dispatch_uid="accounts.factor_reset")
    second_factor_signals.authentication_failed.connect(_factor_failed, dispatch_uid="accounts.factor_failed")
