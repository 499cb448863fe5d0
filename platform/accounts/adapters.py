"""How django-allauth's sign-in is held to our rules: evidence first, throttled per host, secrets sealed at rest."""

import hmac
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import passkeys, proofs, sealed_seeds, sessions, standing
from accounts.evidence import record_event, record_failed_sign_in
from accounts.landing import first_page
from accounts.models import Account
from audit import trail
from tenants.activation import active_host

BEGUN_WITH = "accounts.begun_with"  # in the session, from the first step of a sign-in to its last


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "メールアドレスかパスワードが違います。",
        "too_many_login_attempts": "サインインの失敗が続いたため、しばらく受け付けません。5分ほど待ってから、もう一度お試しください。",
        "enter_current_password": "現在のパスワードが違います。",
        "incorrect_password": "パスワードが違います。",
        "rate_limited": "試行の回数が多すぎます。しばらく待ってから、もう一度お試しください。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Account) -> HttpResponse:
        return redirect("account_login")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return first_page(cast(Account, request.user))

    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), "accounts.stages.DeviceStage"]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Three allowances: of the address at this host, of the connection (in the settings) and of the host.

        A browser its owner has used before has an allowance of its own, which no stranger can use up.
        """
        try:
            super().pre_authenticate(request, **credentials)
            self._host_usage = None if self._known(request, **credentials) else self._consume_of_host(request)
        except ValidationError:
            record_failed_sign_in("sign_in.throttled", credentials.get("email", ""))
            raise

    def _consume_of_host(self, request: HttpRequest) -> Any:  # Any: the library's
        usage = ratelimit.consume(request, app="allauth.account", action="login_failed_at_host", key=active_host().login)
        if not usage:
            self._rollback_login_failed_rl_usage()
            raise self.validation_error("too_many_login_attempts")
        return usage

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:  # Any: the library's
        account = super().authenticate(request, **credentials)
        if account and self._host_usage:
            self._host_usage.rollback()
        return account

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        record_failed_sign_in("sign_in.failed", credentials.get("email", ""))

    def pre_login(self, request: HttpRequest, user: Account, **facts: Any) -> HttpResponse | None:
        """Until the last step of the sign-in is done, it is remembered which password it began with."""
        request.session[BEGUN_WITH] = user.get_session_auth_hash()
        return cast("HttpResponse | None", super().pre_login(request, user, **facts))

    def login(self, request: HttpRequest, user: Account) -> None:
        """Nobody is let in without a line in the trail, nor by a password that was changed or taken away between two steps."""
        now = user.get_session_auth_hash()
        if not hmac.compare_digest(request.session.pop(BEGUN_WITH, now), now):
            record_failed_sign_in("sign_in.failed", user.email)
            clear_login(request)
            raise ImmediateHttpResponse(redirect("account_login"))
        with transaction.atomic():
            record_event("sign_in", user)
            sessions.make_room(request, user)
            super().login(request, user)

    def reauthenticate(self, user: Account, password: str) -> bool:
        proved = super().reauthenticate(user, password)
        if not proved:
            trail.record_refusal("reauthentication.failed", by=user, about=user, channel="screen")
        return proved

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not proofs.is_fresh(self.request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return first_page(cast(Account, request.user))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By host as the centre knows it: the Host header may carry any port."""
        mark = sessions.device_mark(request) if self._known(request, **credentials) else ""
        return f"{active_host().schema_name}:{credentials.get('email', '').lower()}:{mark}"

    def _known(self, request: HttpRequest, **credentials: Any) -> bool:
        if not hasattr(self, "_device_is_known"):
            self._device_is_known = sessions.is_known_device(request, credentials.get("email", ""))
        return self._device_is_known


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "コードが違います。認証アプリに今表示されている6桁の数字を入力してください。",
        "cannot_delete_authenticator": "この環境では二段階認証が必須のため、解除できません。",
        "rate_limited": "試行の回数が多すぎます。しばらく待ってから、もう一度お試しください。",
    }

    def get_totp_issuer(self) -> str:
        return f"つなぎ帖 {active_host().name}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return passkeys.relying_party()

    def encrypt(self, text: str) -> str:
        return sealed_seeds.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealed_seeds.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where a second factor is required one has to be left; but a lost one may go, to be replaced before anything else."""
        if not settings.REQUIRE_SECOND_FACTOR or context.request.session.get(standing.RECOVERED):
            return True
        left = Authenticator.objects.filter(user=authenticator.user, type__in=standing.FACTORS).exclude(pk=authenticator.pk)
        if standing.passkey_only(cast(Account, authenticator.user)) and authenticator.type == Authenticator.Type.WEBAUTHN:
            left = left.filter(type=Authenticator.Type.WEBAUTHN)
        return bool(left.exists())
