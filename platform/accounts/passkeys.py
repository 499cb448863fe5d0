"""Passkeys: made, named, used and removed. django-allauth keeps them; how an answer is checked is ours.

Stricter than the library: the origin is this host's own address to the letter (the relying party's rule would take sub-domains),
whoever answers must have been verified by PIN or finger, a challenge counts once, and a counter that does not grow is a copy.
"""

import json
from typing import Any

from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.internal import auth as library
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import AuthenticationResponse, AuthenticatorData, PublicKeyCredentialRpEntity, RegistrationResponse

from accounts.models import Account
from audit import trail
from foundation.errors import RuleViolation
from tenants.activation import active_host
from tenants.hosts import name_of

MOST = 10
LONGEST_NAME = 40
Answer = dict[str, Any]  # what navigator.credentials returned, as JSON


class CopiedPasskey(ValidationError):
    """The counter did not grow: two devices hold the same key."""


def of(account: Account) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN).order_by("created_at", "pk")


def has_any(account: Account) -> bool:
    return bool(of(account).exists())


def relying_party() -> dict[str, str]:
    """The host as the centre knows it, not as the request names it."""
    return {"id": name_of(active_host().url.partition("//")[2].rstrip("/")), "name": f"つなぎ帖 {active_host().name}"}


def creation_options(account: Account) -> str:
    """For navigator.credentials.create: resident and verified, none of those she has already."""
    return json.dumps(library.begin_registration(account, passwordless=True), default=dict)


def request_options(account: Account | None = None) -> str:
    """For navigator.credentials.get; without an account the same for everybody."""
    return json.dumps(library.begin_authentication(account), default=dict)


def check_new(answer: Answer) -> AuthenticatorData:
    """Raises ValidationError for whatever is not a verified new key of this host, made for this session's challenge."""
    state = _challenge()
    try:
        return _server().register_complete(state, RegistrationResponse.from_dict(answer))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValidationError("パスキーを登録できませんでした。もう一度お試しください。", code="passkey_refused") from None


@transaction.atomic
def add(request: HttpRequest, account: Account, *, name: str, answer: Answer, with_codes: bool) -> bool:
    """Keep a new passkey that `check_new` has passed. Whether recovery codes were made with it, to be shown next.

    Raises RuleViolation `too_many_passkeys`.
    """
    Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if of(account).count() >= MOST:
        raise RuleViolation(f"パスキーは{MOST}個までです。使わないものを削除してください。", code="too_many_passkeys")
    added = library.WebAuthn.add(account, name.strip()[:LONGEST_NAME] or f"パスキー{of(account).count() + 1}", answer).instance
    _tell(signals.authenticator_added, request, account, added)
    if not with_codes or Authenticator.objects.filter(user=account, type=Authenticator.Type.RECOVERY_CODES).exists():
        return False
    _tell(signals.authenticator_added, request, account, RecoveryCodes.activate(account).instance)
    return True


@transaction.atomic
def rename(account: Account, passkey_id: int, *, name: str) -> None:
    """Only one's own: Authenticator.DoesNotExist for any other. Raises RuleViolation `no_name`."""
    passkey = of(account).select_for_update(of=("self",)).get(pk=passkey_id)
    if not name.strip():
        raise RuleViolation("名前を入力してください。", code="no_name", field="name")
    passkey.data["name"] = name.strip()[:LONGEST_NAME]
    passkey.save(update_fields=["data"])
    trail.record("passkey.renamed", by=account, about=account, passkey=passkey_id)


@transaction.atomic
def remove(request: HttpRequest, account: Account, passkey_id: int) -> None:
    """Only one's own. Raises RuleViolation `last_factor` where she has to keep one, and no other is left."""
    Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    passkey = of(account).get(pk=passkey_id)
    if not get_adapter().can_delete_authenticator(passkey):
        raise RuleViolation("最後の1つは削除できません。先に新しいパスキーを登録してください。", code="last_factor")
    passkey.delete()
    _tell(signals.authenticator_removed, request, account, passkey)
    if not Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        Authenticator.objects.filter(user=account).delete()  # codes that stand for nothing


def whose(answer: Answer) -> Account:
    """Who a passkey says it belongs to, if she may sign in here; to be proved by `check_use`. Raises ValidationError."""
    try:
        account: Account = library.extract_user_from_response(answer)
        if account.may_sign_in:
            return account
    except (ValidationError, AttributeError):
        pass
    library.clear_state()
    raise _refused()


def check_use(account: Account, answer: Answer) -> Authenticator:
    """The passkey that answered this session's challenge. Raises ValidationError, CopiedPasskey."""
    state = _challenge()
    try:
        parsed = AuthenticationResponse.from_dict(answer)
        used = _server().authenticate_complete(state, library.get_credentials(account), parsed)
        counter = parsed.response.authenticator_data.counter
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _refused() from None
    with transaction.atomic():
        for passkey in of(account).select_for_update(of=("self",)):
            kept = passkey.wrap().authenticator_data
            if kept.credential_data.credential_id == used.credential_id:
                _count(passkey, max(kept.counter, passkey.data.get("sign_count", 0)), counter)
                return passkey
    raise _refused()


def _count(passkey: Authenticator, before: int, now: int) -> None:
    """Keys that live in several places at once do not count and say 0; one that counts never goes back."""
    if (before or now) and now <= before:
        raise CopiedPasskey(
            "このパスキーは、複製されたおそれがあるため使えません。センターの管理者に連絡してください。", code="passkey_copied"
        )
    passkey.data["sign_count"] = now
    passkey.last_used_at = timezone.now()
    passkey.save(update_fields=["data", "last_used_at"])


def _challenge() -> dict[str, Any]:
    """The one that is open in this session, used up by being looked at."""
    state = library.get_state()
    library.clear_state()
    if not state:
        raise _refused()
    return state


def _server() -> Fido2Server:
    own = active_host().url.rstrip("/")
    return Fido2Server(PublicKeyCredentialRpEntity(**relying_party()), verify_origin=lambda origin: origin == own)


def _refused() -> ValidationError:
    return ValidationError("パスキーを確かめられませんでした。もう一度お試しください。", code="passkey_refused")


def _tell(signal: Any, request: HttpRequest, account: Account, authenticator: Authenticator) -> None:  # Any: a signal of the library
    signal.send(sender=Authenticator, request=request, user=account, authenticator=authenticator)
