"""One's own account: the pledge of a guest, and tokens for programs."""

from typing import cast
from uuid import UUID

from allauth.account import views as sign_in
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import pledges, settings_links, tokens
from accounts.catalogue import Permission
from accounts.forms import PledgeForm, TokenForm
from accounts.gatekeeping import StaffRequest, guest_page, requires, signed_in_page, staff_page
from accounts.landing import first_page, shell_of
from accounts.models import ApiToken
from accounts.permissions import allowed
from accounts.standing import has_second_factor
from accounts.step_up import fresh_factor
from foundation import clock
from foundation.errors import RuleViolation


@guest_page
@never_cache
@require_http_methods(["GET", "POST"])
def pledge(request: StaffRequest) -> HttpResponse:
    entry = request.user.guest_entry
    if entry is None or pledges.is_signed(entry):
        return redirect(first_page(request.user))
    form = PledgeForm(request.POST if request.method == "POST" else None, initial={"version": pledges.VERSION})
    if form.is_valid():
        try:
            pledges.sign_pledge(entry, by=request.user, **form.cleaned_data)
        except RuleViolation as violation:
            form.add_error(violation.field, violation)
        else:
            return redirect(first_page(request.user))
    context = {"form": form, "articles": pledges.ARTICLES, "version": pledges.VERSION, "entry": entry, "today": clock.today()}
    return render(request, "accounts/pledge.html", context, status=422 if form.is_bound else 200)


def password_change(request: HttpRequest) -> HttpResponse:
    """The library's page. Whom her corporation signs in has no password here; the library would lead her to one that we do not have."""
    if request.user.is_authenticated and not request.user.has_usable_password():
        messages.info(request, "法人のサインインで入るので、ここにはパスワードがありません。")
        return redirect("accounts:settings")
    return cast(HttpResponse, sign_in.password_change(request))


@signed_in_page
@require_GET
def settings_page(request: StaffRequest) -> HttpResponse:
    context = {
        "may_set_lock": allowed(request.user, Permission.MANAGE_STAFF),
        "second_factor": has_second_factor(request.user),
        "may_use_api": allowed(request.user, Permission.USE_API),
        "links": settings_links.shown_to(request),
        "shell": shell_of(request.user),
    }
    return render(request, "accounts/settings.html", context)


@signed_in_page
@require_http_methods(["GET", "POST"])
@fresh_factor
@never_cache
def recovery_codes(request: StaffRequest) -> HttpResponse:
    """Codes are shown once, in the answer to the request that makes them."""
    kept = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    if kept is None:
        return redirect("mfa_index")
    codes = generate_recovery_codes(request).wrap().get_unused_codes() if request.method == "POST" else []
    left = len(codes or kept.wrap().get_unused_codes())
    return render(request, "mfa/recovery_codes/index.html", {"codes": codes, "left": left})


@staff_page
@requires(Permission.USE_API)
@never_cache
@require_http_methods(["GET", "POST"])
def token_list(request: StaffRequest) -> HttpResponse:
    return _issue_token(request) if request.method == "POST" else _token_page(request, TokenForm())


@fresh_factor
def _issue_token(request: StaffRequest) -> HttpResponse:
    """A token outlives the session in which it was made: a screen that was left makes none."""
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            secret = tokens.issue_token(label=form.cleaned_data["label"], by=request.user)[1]
        except RuleViolation as violation:
            form.add_error(violation.field, violation)
        else:
            return _token_page(request, TokenForm(), secret)
    return _token_page(request, form)


def _token_page(request: StaffRequest, form: TokenForm, secret: str = "") -> HttpResponse:
    context = {"form": form, "secret": secret, "tokens": tokens.tokens_of(request.user), "shell": shell_of(request.user)}
    return render(request, "accounts/tokens.html", context, status=422 if form.is_bound else 200)


@staff_page
@requires(Permission.USE_API)
@require_POST
def token_revoke(request: StaffRequest, token_id: UUID) -> HttpResponse:
    try:
        tokens.revoke_token(token_id, by=request.user)
    except ApiToken.DoesNotExist:
        raise Http404 from None
    messages.success(request, "トークンを無効にしました。")
    return redirect("accounts:tokens")
