"""What a browser does at the sign-in pages, and what the trail keeps of it."""

from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.http import HttpResponse
from django.test import Client

from accounts.models import Account
from audit.models import AuditLine
from tests.factories.people import PASSWORD

PERIOD = 30


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: Any) -> HttpResponse:  # any request header
    return client.post("/accounts/login/", {"login": email, "password": password}, **extra)


def signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def trail(*actions: str) -> list[AuditLine]:
    return list(AuditLine.objects.filter(action__in=actions).order_by("id"))


def enrolled(account: Account) -> str:
    """The seed of the second factor the account has from now on."""
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    RecoveryCodes.activate(account)
    return secret


def code(secret: str, periods_from_now: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(totp.time.time()) // PERIOD + periods_from_now))
