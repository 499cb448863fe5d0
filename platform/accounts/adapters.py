"""How django-allauth's sign-in is held to our rules: evidence first, throttled per host, secrets sealed at rest."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts import sealed_seeds
from accounts.evidence import record_event, record_failed_sign_in
from accounts.landing import first_page
from accounts.models import Account
from audit import trail
from tenants.activation import active_host


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

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return first_page(cast(Account, request.user))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            record_failed_sign_in("sign_in.throttled", credentials.get("email", ""))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        record_failed_sign_in("sign_in.failed", credentials.get("email", ""))

    def login(self, request: HttpRequest, user: Account) -> None:
        """Nobody is let in without a line in the trail."""
        with transaction.atomic():
            record_event("sign_in", user)
            super().login(request, user)

    def reauthenticate(self, user: Account, password: str) -> bool:
        proved = super().reauthenticate(user, password)
        if not proved:
            trail.record_refusal("reauthentication.failed", by=user, about=user, channel="screen")
        return proved

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return first_page(cast(Account, request.user))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By host as the centre knows it: the Host header may carry any port."""
        return f"{active_host().schema_name}:{credentials.get('email', '').lower()}"


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "コードが違います。認証アプリに今表示されている6桁の数字を入力してください。",
        "cannot_delete_authenticator": "この環境では二段階認証が必須のため、解除できません。",
        "rate_limited": "試行の回数が多すぎます。しばらく待ってから、もう一度お試しください。",
    }

    def get_totp_issuer(self) -> str:
        return f"つなぎ帖 {active_host().name}"

    def encrypt(self, text: str) -> str:
        return sealed_seeds.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealed_seeds.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not settings.REQUIRE_SECOND_FACTOR
