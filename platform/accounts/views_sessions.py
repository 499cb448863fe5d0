"""Where one is signed in, the lock of the screen, and the question which device makes room for a new one."""

from uuid import UUID

from allauth.account.internal.decorators import login_stage_required
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import notices, sessions, step_up
from accounts.catalogue import Permission
from accounts.forms import LockForm
from accounts.gatekeeping import StaffRequest, requires, signed_in_page, staff_page
from accounts.landing import first_page, shell_of
from accounts.stages import DeviceStage


@signed_in_page
@never_cache
@require_GET
def session_list(request: StaffRequest) -> HttpResponse:
    listed = [(session, session.session_key == request.session.session_key) for session in sessions.live(request.user)]
    return render(request, "accounts/sessions.html", {"sessions": listed, "shell": shell_of(request.user)})


@signed_in_page
@require_POST
def session_end(request: StaffRequest) -> HttpResponse:
    """One of one's own, or all but this one. It is over before the answer comes; nothing needs to be proved to lock others out."""
    mine = sessions.live(request.user).exclude(session_key=request.session.session_key)
    handle = request.POST.get("session", "")
    chosen = [session.handle for session in mine if handle in {"all", str(session.handle)}]
    if sessions.end(request.user, chosen, by=request.user, reason="ended_by_owner"):
        notices.tell(request.user, "sessions_ended")
        messages.success(request, "その端末のサインインを終了しました。")
    return redirect("accounts:sessions")


@signed_in_page
@require_POST
def lock(request: StaffRequest) -> HttpResponse:
    """The screen has locked itself; from now on the session opens nothing until its owner has proved herself."""
    sessions.lock(request)
    return HttpResponse(status=204)


@signed_in_page
@require_POST
def awake(request: StaffRequest) -> HttpResponse:
    """Somebody types or moves; the middleware has noted it, unless the screen is locked."""
    return HttpResponse(status=403 if sessions.is_locked(request, request.user) else 204)


@signed_in_page
@never_cache
@require_http_methods(["GET", "POST"])
def unlock(request: StaffRequest) -> HttpResponse:
    """As a page of its own, or as the card in a locked screen (X-Lock), which is answered 204 once it may show what it hid."""
    in_place = "X-Lock" in request.headers
    target = get_next_redirect_url(request, "next") or ""
    refused = step_up.attempt(request, request.user, request.POST) if request.method == "POST" else None
    if not sessions.is_locked(request, request.user):
        if in_place:
            return HttpResponse(status=204, headers={"X-Account": str(request.user.pk), "X-CSRF": get_token(request)})
        return HttpResponseRedirect(target or first_page(request.user))  # an address, never the name of a page
    context = step_up.proof_context(request, request.user, refused, to=target) | {"next": target}
    template = "accounts/unlock_card.html" if in_place else "accounts/unlock.html"
    return render(request, template, context, status=422 if refused else 200)


@require_http_methods(["GET", "POST"])
@login_stage_required(stage=DeviceStage.key, redirect_urlname="account_login")
def which_device(request: HttpRequest) -> HttpResponse:
    """She has proved who she is, and is signed in on two devices already."""
    stage = request._login_stage  # type: ignore[attr-defined]  # set by the library's decorator
    account = stage.login.user
    others = list(sessions.others(request, account))
    chosen: list[UUID] = [session.handle for session in others if str(session.handle) == request.POST.get("session")]
    if request.method == "POST" and chosen:
        sessions.end(account, chosen, by=account, reason="ended_by_owner")
        notices.tell(account, "sessions_ended")
    if len(others) - len(chosen) < sessions.MOST_DEVICES:
        return stage.exit()
    refused = request.method == "POST"
    return render(request, "accounts/which_device.html", {"sessions": others, "refused": refused}, status=422 if refused else 200)


@staff_page
@requires(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def lock_rule(request: StaffRequest) -> HttpResponse:
    form = LockForm(request.POST if request.method == "POST" else None, initial={"lock_minutes": sessions.lock_minutes()})
    if form.is_valid():
        sessions.set_lock_minutes(form.cleaned_data["lock_minutes"], by=request.user)
        messages.success(request, "画面をロックするまでの時間を変えました。")
        return redirect("accounts:settings")
    return render(request, "accounts/lock_rule.html", {"form": form}, status=422 if form.is_bound else 200)
