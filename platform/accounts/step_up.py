"""A fresh proof that it is she who sits there: what may do great harm asks for a factor used within the last five minutes.

A proof belongs to one session, and is of the strongest kind its account has: a passkey or a code where she has one, the password
only where she has nothing else. Signing in with a second factor is a proof. Where there is no factor of ours at all (somebody
who comes through her corporation's identity provider), nothing is fresh until that provider has asked her again: whoever builds
that way registers it here and calls `note_proof`.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from accounts import passkeys, sessions, standing
from accounts.forms import PasskeyAgainForm, PasswordAgainForm, SecondFactorAgainForm
from accounts.models import Account
from accounts.proofs import is_fresh, note_proof

IN_PLACE = "step_up-"  # before the names of the proof's fields where they travel with another form
FIELDS = ("credential", "code", "password")
NOT_KEPT = {"csrfmiddlewaretoken", *(IN_PLACE + name for name in FIELDS)}
Page = Callable[..., HttpResponse]

__all__ = ["StepUpNeeded", "external_ways", "fresh_factor", "is_fresh", "note_proof"]


class StepUpNeeded(Exception):
    """The last proof is older than five minutes. Nothing has changed; answered 403 with code `step_up_needed`."""


class ExternalWay(NamedTuple):
    """Another's proof: `url(account, next)` leads there, or is empty where this account has no such way."""

    label: str
    url: Callable[[Account, str], str]


external_ways: list[ExternalWay] = []


def ways(account: Account) -> list[str]:
    """By which of FIELDS she can prove herself."""
    types = set(Authenticator.objects.filter(user=account).values_list("type", flat=True))
    if Authenticator.Type.WEBAUTHN in types and standing.passkey_only(account):
        return ["credential"]
    found = [way for way, needed in (("credential", {"webauthn"}), ("code", {"totp", "recovery_codes"})) if needed & types]
    if not types & {"webauthn", "totp"} and account.has_usable_password():
        return ["password"]
    return found


def attempt(request: HttpRequest, account: Account, typed: Mapping[str, Any], prefix: str = "") -> Form | None:
    """Prove herself with what was typed. None: proved, the session is unlocked and has a new id. Else the form that was refused."""
    way = next((name for name in FIELDS if typed.get(prefix + name) and name in ways(account)), None)
    form = _form_for(way, account, {way: typed[prefix + way]} if way else {})
    if not ratelimit.consume(request, app="allauth.account", action="reauthenticate", user=account):
        form.add_error(None, "試行の回数が多すぎます。しばらく待ってから、もう一度お試しください。")
    if way is None:
        form.add_error(None, "ご本人であることを確かめてください。")
    if not form.is_valid():
        return form
    if way == "password":
        reauthenticate_by_password(request)
    else:
        form.save()  # type: ignore[attr-defined]  # of the library's forms
    sessions.renew(request)
    return None


def carries_proof(request: HttpRequest) -> bool:
    return any(request.POST.get(IN_PLACE + name) for name in FIELDS)


def prove_in_place(request: HttpRequest, account: Account) -> HttpResponse | None:
    """A form that came too late is given back with a question: nothing that was typed is lost, nothing of it is kept here.

    What was posted stands in the answer's hidden fields and comes again with the proof. None: proved, the form may go on.
    """
    refused = attempt(request, account, request.POST, IN_PLACE) if carries_proof(request) else None
    if carries_proof(request) and refused is None:
        return None
    posted = [(name, value) for name in request.POST if name not in NOT_KEPT for value in request.POST.getlist(name)]
    context = proof_context(request, account, refused, prefix=IN_PLACE) | {
        "posted": posted,
        "had_files": bool(request.FILES),
        "locked": sessions.is_locked(request, account),
    }
    response = render(request, "accounts/proof_in_place.html", context, status=403)
    response["Cache-Control"] = "no-store"
    return response


def proof_context(request: HttpRequest, account: Account, refused: Form | None, *, prefix: str = "", to: str = "") -> dict[str, Any]:
    """What the card that asks for a proof needs to know."""
    offered = ways(account)
    external = [(way.label, way.url(account, to)) for way in external_ways]
    return {
        "ways": offered,
        "proof": refused or _form_for(None, account, None),
        "fields": {name: _form_for(name, account, None)[name] for name in offered if name != "credential"},
        "prefix": prefix,
        "passkey_options": passkeys.request_options(account) if "credential" in offered else "",
        "external_ways": [(label, url) for label, url in external if url],
    }


def fresh_factor(view: Page) -> Page:
    """Inside a page decorator: a stale GET leads to the proof and back; a stale form is given back with the question in place.

    For the API a stale change raises StepUpNeeded.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_fresh(request):
            if request.method in {"GET", "HEAD"}:
                return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
            if request.path.startswith("/api/") or not isinstance(request.user, Account):
                raise StepUpNeeded
            if (question := prove_in_place(request, request.user)) is not None:
                return question
        return view(request, *args, **kwargs)

    page.fresh_factor = True  # type: ignore[attr-defined]  # read by the access matrix test
    return page


def _form_for(way: str | None, account: Account, typed: Mapping[str, Any] | None) -> Form:
    forms: dict[str | None, Callable[..., Form]] = {
        "credential": PasskeyAgainForm,
        "code": SecondFactorAgainForm,
        "password": PasswordAgainForm,
    }
    return forms[way](user=account, data=typed) if way in forms else Form(data=typed)
