"""Passkeys of one's own, signing in with one, and proving again that it is she."""

import json
from functools import wraps
from typing import Any

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import ratelimit
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import passkeys, standing, step_up
from accounts.forms import NewPasskeyForm, PasskeyNameForm, PasskeySignInForm, SignInForm
from accounts.gatekeeping import Page, StaffRequest, signed_in_page
from accounts.landing import first_page
from foundation.errors import RuleViolation


@signed_in_page
@never_cache
@require_http_methods(["GET"])
def passkey_list(request: StaffRequest) -> HttpResponse:
    return render(request, "accounts/passkeys.html", {"passkeys": [_as_shown(each) for each in passkeys.of(request.user)]})


@signed_in_page
@require_http_methods(["GET", "POST"])
@step_up.fresh_factor
@never_cache
def passkey_add(request: StaffRequest) -> HttpResponse:
    form = NewPasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        facts = {"name": form.cleaned_data["name"], "answer": form.cleaned_data["credential"]}
        try:
            codes_made = passkeys.add(request, request.user, with_codes=not standing.passkey_only(request.user), **facts)
        except RuleViolation as violation:
            form.add_error(None, violation)
        else:
            messages.success(request, "パスキーを登録しました。")
            return redirect("mfa_view_recovery_codes" if codes_made else "accounts:passkeys")
    context = {"form": form, "options": passkeys.creation_options(request.user), "needed": standing.passkey_only(request.user)}
    return render(request, "accounts/passkey_add.html", context, status=422 if form.is_bound else 200)


def of_ones_own(view: Page) -> Page:
    """Another's passkey is one that nobody has, before anything is asked or told."""

    @wraps(view)
    def page(request: StaffRequest, passkey_id: int) -> HttpResponse:
        if not passkeys.of(request.user).filter(pk=passkey_id).exists():
            raise Http404
        return view(request, passkey_id)

    return page


@signed_in_page
@require_POST
@of_ones_own
def passkey_rename(request: StaffRequest, passkey_id: int) -> HttpResponse:
    form = PasskeyNameForm(request.POST)
    if form.is_valid():
        passkeys.rename(request.user, passkey_id, name=form.cleaned_data["name"])
        return redirect("accounts:passkeys")
    shown = [_as_shown(each, form if each.pk == passkey_id else None) for each in passkeys.of(request.user)]
    return render(request, "accounts/passkeys.html", {"passkeys": shown, "form": form}, status=422)


@signed_in_page
@require_POST
@of_ones_own
@step_up.fresh_factor
def passkey_remove(request: StaffRequest, passkey_id: int) -> HttpResponse:
    passkeys.remove(request, request.user, passkey_id)
    messages.success(request, "パスキーを削除しました。")
    return redirect("accounts:passkeys")


@never_cache
@require_http_methods(["GET", "POST"])
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """GET: a challenge, the same for everybody. POST: the device's answer. No address is asked for, so none can be tried."""
    if request.user.is_authenticated:
        return redirect(first_page(request.user))
    if request.method == "GET":
        return JsonResponse({"options": passkeys.request_options()})
    if not ratelimit.consume(request, app="allauth.mfa", action="webauthn_login"):
        return ratelimit.respond_429(request)
    form = PasskeySignInForm(request.POST)
    if not form.is_valid():
        context = {"form": SignInForm(request=request), "passkey_form": form, "redirect_field_name": "next", "redirect_field_value": ""}
        return render(request, "account/login.html", context, status=422)
    used = form.cleaned_data["credential"]
    login = Login(user=used.user, redirect_url=get_next_redirect_url(request, "next"))
    return perform_passwordless_login(request, used, login)


@signed_in_page
@never_cache
@require_http_methods(["GET", "POST"])
def prove(request: StaffRequest) -> HttpResponse:
    """The proof that `fresh_factor` leads to, and back to where she came from."""
    refused = None
    target = get_next_redirect_url(request, "next") or ""
    if request.method == "POST":
        refused = step_up.attempt(request, request.user, request.POST)
        if refused is None:
            return HttpResponseRedirect(target or first_page(request.user))  # an address, never the name of a page
    settings_page = reverse("accounts:settings")
    back = settings_page if target.startswith(settings_page) else first_page(request.user)
    facts = {"next": target, "back": back, "confined": standing.is_confined(request, request.user)}
    context = step_up.proof_context(request, request.user, refused, to=target) | facts
    return render(request, "account/reauthenticate.html", context, status=422 if refused else 200)


class SecondFactorPage(AuthenticateView):
    """The library's second step, offering what this account has and its role allows."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        offered = step_up.ways(self.stage.login.user)
        options = context["js_data"]["request_options"]
        context["passkey_options"] = json.dumps(options, default=dict) if "credential" in offered else ""
        context["refused"] = [] if "code" in offered else [error for errors in context["form"].errors.values() for error in errors]
        context["form"] = context["form"] if "code" in offered else None
        return context


class FactorsPage(IndexView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        facts = {
            "recovered": bool(self.request.session.get(standing.RECOVERED)),
            "passkey_only": standing.passkey_only(account),
            "confined": standing.is_confined(self.request, account),
        }
        return super().get_context_data(**kwargs) | facts


def _as_shown(passkey: Authenticator, form: PasskeyNameForm | None = None) -> dict[str, Any]:
    name = passkey.data["name"]
    return {
        "id": passkey.pk,
        "name": name,
        "created_at": passkey.created_at,
        "last_used_at": passkey.last_used_at,
        "form": form or PasskeyNameForm(initial={"name": name}, auto_id=f"id_{passkey.pk}_%s"),
        "open": form is not None,
    }
