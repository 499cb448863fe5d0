"""Asks on every request whether the session's account may still be here and as what, whether its screen is locked, and what it must do first."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts import sessions
from accounts.answers import NOTHING_LEFT
from accounts.evidence import SIGNED_IN_AT, record_event
from accounts.gatekeeping import to_sign_in
from accounts.identity_providers import is_recheck_due
from accounts.models import Account
from accounts.standing import Obstacle, obstacle, obstacle_of_session
from accounts.step_up import prove_in_place
from tenants.activation import active_host

ENDED = {
    "membership_ended": "このセンターでの利用が終了しているため、サインアウトしました。心当たりがないときは、センターの管理者にお問い合わせください。",
    "identity_recheck": "法人のサインインは、1時間ごとに確かめます。もう一度、法人のアカウントでサインインしてください。",
    "session_too_old": "サインインから時間がたったため、サインアウトしました。もう一度サインインしてください。",
}
WAY_OUT = {"account_logout", "account_reauthenticate", "accounts:lock", "accounts:unlock", "accounts:awake"}
PASSKEY_PAGES = ("accounts:passkey_add", "accounts:passkeys")
DOORS: dict[Obstacle, tuple[str, ...]] = {  # the first is where she is led
    Obstacle.TEMPORARY_PASSWORD: ("account_change_password",),
    Obstacle.SECOND_FACTOR: ("mfa_index", "mfa_activate_totp", *PASSKEY_PAGES),
    Obstacle.PASSKEY: PASSKEY_PAGES,
    Obstacle.PASSKEY_PROOF: ("account_reauthenticate",),
    Obstacle.RECOVERY: ("mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "accounts:passkey_remove", *PASSKEY_PAGES),
    Obstacle.CALL_BACK: ("accounts:call_back",),
    Obstacle.PLEDGE: ("accounts:pledge",),
}


class MembershipMiddleware:
    """Ended membership or old session: signed out, on this very request. Locked: the proof only. A duty before work: its pages only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if active_host().kind == "entrance":
            request.user = AnonymousUser()  # nobody signs in there, and its login cannot read sessions
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            request.user = account = get_user(request)  # the account itself: the lazy object is no model to the trail
            if isinstance(account, Account):
                if reason := _reason_to_leave(request, account):
                    return _leave(request, account, reason)
                sessions.renew_for_roles(request, account)
        response = self.get_response(request)
        sessions.give_cookie(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not isinstance(request.user, Account):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if sessions.is_locked(request, request.user):
            if name not in WAY_OUT and (answer := _locked(request, request.user)) is not None:
                return answer
        elif name != "accounts:lock":
            sessions.touch(request)
        first = obstacle(request.user) or obstacle_of_session(request, request.user)
        if first is None or name in {*DOORS[first], *WAY_OUT}:
            return None
        if request.path.startswith("/api/"):
            return _problem(403, "account_not_ready", "画面でサインインし、必要な手続きを済ませてください。")
        return redirect(DOORS[first][0])


def _reason_to_leave(request: HttpRequest, account: Account) -> str | None:
    if not account.may_sign_in:
        return "membership_ended"
    if is_recheck_due(request.session):
        return "identity_recheck"
    began = request.session.get(SIGNED_IN_AT, 0)
    return "session_too_old" if time.time() - began > sessions.absolute_limit(account).total_seconds() else None


def _leave(request: HttpRequest, account: Account, reason: str) -> HttpResponse:
    record_event("session.ended", account, reason=reason)
    request.session.flush()
    request.user = AnonymousUser()
    if request.path.startswith("/api/"):
        return _problem(401, reason, ENDED[reason])
    messages.warning(request, ENDED[reason])
    way = to_sign_in(request, and_back=reason in {"session_too_old", "identity_recheck"})
    if reason == "membership_ended":
        way["Clear-Site-Data"] = NOTHING_LEFT
    return way


def _locked(request: HttpRequest, account: Account) -> HttpResponse | None:
    """A page leads to the proof and back; a form is given back with the question; a fragment is told to lock the screen it is in."""
    if request.path.startswith("/api/"):
        return _problem(403, "session_locked", "画面がロックされています。画面でロックを解除してください。")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"HX-Trigger": "tsunagi:lock"})
    if request.method in {"GET", "HEAD"}:
        return redirect(f"{reverse('accounts:unlock')}?{urlencode({'next': request.get_full_path()})}")
    return prove_in_place(request, account)


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": detail, "status": status, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})
