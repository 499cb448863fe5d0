"""Asks on every request whether the session's account may still be here, and what it must do first."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from accounts.answers import NOTHING_LEFT
from accounts.evidence import SIGNED_IN_AT, record_event
from accounts.gatekeeping import to_sign_in
from accounts.identity_providers import is_recheck_due
from accounts.models import Account, AccountKind
from accounts.standing import Obstacle, obstacle
from tenants.activation import active_host

ENDED = {
    "membership_ended": "このセンターでの利用が終了しているため、サインアウトしました。心当たりがないときは、センターの管理者にお問い合わせください。",
    "identity_recheck": "法人のサインインは、1時間ごとに確かめます。もう一度、法人のアカウントでサインインしてください。",
    "session_too_old": "サインインから時間がたったため、サインアウトしました。もう一度サインインしてください。",
}
WAY_OUT = {"account_logout", "account_reauthenticate", "mfa_reauthenticate"}
DOORS: dict[Obstacle, tuple[str, ...]] = {
    Obstacle.TEMPORARY_PASSWORD: ("account_change_password",),
    Obstacle.SECOND_FACTOR: ("mfa_activate_totp",),
    Obstacle.CALL_BACK: ("accounts:call_back",),
    Obstacle.PLEDGE: ("accounts:pledge",),
}


class MembershipMiddleware:
    """Ended membership or old session: signed out, on this very request. A duty before work: its page and the way out only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if active_host().kind == "entrance":
            request.user = AnonymousUser()  # nobody signs in there, and its login cannot read sessions
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            request.user = account = get_user(request)  # the account itself: the lazy object is no model to the trail
            if isinstance(account, Account) and (reason := _reason_to_leave(request, account)):
                return _leave(request, account, reason)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not isinstance(request.user, Account):
            return None
        first = obstacle(request.user)
        match = request.resolver_match
        if first is None or (match is not None and match.view_name in {*DOORS[first], *WAY_OUT}):
            return None
        if request.path.startswith("/api/"):
            return _problem(403, "account_not_ready", "画面でサインインし、必要な手続きを済ませてください。")
        return redirect(DOORS[first][0])


def _reason_to_leave(request: HttpRequest, account: Account) -> str | None:
    if not account.may_sign_in:
        return "membership_ended"
    if is_recheck_due(request.session):
        return "identity_recheck"
    kind = AccountKind(account.kind).value if active_host().is_centre else "headquarters"
    began = request.session.get(SIGNED_IN_AT, 0)
    return "session_too_old" if time.time() - began > settings.SESSION_HOURS[kind] * 3600 else None


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


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": detail, "status": status, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})
