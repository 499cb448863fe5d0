"""What sign-in leaves in the trail of the host where it happened. Failures name the e-mail by a keyed digest only."""

import time
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as second_factor_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth_signals
from django.db import transaction
from django.http import HttpRequest

from accounts.models import Account
from audit import trail

SIGNED_IN_AT = "signed_in_at"


def record_event(action: str, account: Account, **facts: Any) -> None:  # facts are codes and ids
    with transaction.atomic():
        trail.record_event(action, by=account, about=account, channel="screen", **facts)


def record_failed_sign_in(action: str, email: str) -> None:
    trail.record_refusal(action, by=None, channel="screen", email_digest=trail.digest(email.strip().lower()))


def _session_begun(sender: Any, request: HttpRequest, user: Account, **kwargs: Any) -> None:  # Django's signal
    request.session[SIGNED_IN_AT] = int(time.time())


def _signed_out(sender: Any, request: HttpRequest, user: Account | None, **kwargs: Any) -> None:
    if user is not None:
        record_event("sign_out", user)


def _password_changed(sender: Any, request: HttpRequest, user: Account, **kwargs: Any) -> None:
    user.password_is_temporary = False
    user.save(update_fields=["password_is_temporary"])
    record_event("password.changed", user)


def _factor_used(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.used", user, factor=authenticator.type)


def _factor_added(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.added", user, factor=authenticator.type)


def _factor_removed(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.removed", user, factor=authenticator.type)


def _factor_reset(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    record_event("second_factor.reset", user, factor=authenticator.type)


def _factor_failed(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    trail.record_refusal("second_factor.failed", by=user, about=user, channel="screen", factor=authenticator.type)


def listen() -> None:
    """Take part in what the libraries do; called once when the app is ready."""
    auth_signals.user_logged_in.connect(_session_begun, dispatch_uid="accounts.session_begun")
    auth_signals.user_logged_out.connect(_signed_out, dispatch_uid="accounts.signed_out")
    account_signals.password_changed.connect(_password_changed, dispatch_uid="accounts.password_changed")
    second_factor_signals.authenticator_used.connect(_factor_used, dispatch_uid="accounts.factor_used")
    second_factor_signals.authenticator_added.connect(_factor_added, dispatch_uid="accounts.factor_added")
    second_factor_signals.authenticator_removed.connect(_factor_removed, dispatch_uid="accounts.factor_removed")
    second_factor_signals.authenticator_reset.connect(_factor_reset, dispatch_uid="accounts.factor_reset")
    second_factor_signals.authentication_failed.connect(_factor_failed, dispatch_uid="accounts.factor_failed")
