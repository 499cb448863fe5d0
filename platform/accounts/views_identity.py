"""Signing in with the corporation's own provider, linking to it once, and its settings in 管理."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import identity_providers, openid_connect
from accounts.catalogue import Permission
from accounts.evidence import record_event
from accounts.forms_people import ProviderForm
from accounts.gatekeeping import StaffRequest, member_page, requires, to_sign_in
from accounts.landing import first_page
from accounts.models import IdentityProvider, Membership
from accounts.openid_connect import NotProved, Proof
from accounts.step_up import fresh_factor
from accounts.views_invitation import private
from accounts.views_members import of_membership, page, posted, refused, take
from audit import trail
from foundation.errors import RuleViolation
from tenants.activation import active_host

SIGN_IN, LINK = "sign_in", "link"
AWAY = "法人のサインインに、いまつながりません。しばらく待ってから、もう一度お試しください。"


def back() -> str:
    """Where the provider sends the browser back to: the host's own canonical address, whatever the request said."""
    return f"{active_host().url.rstrip('/')}{reverse('accounts:identity_back', urlconf=active_host().urlconf)}"


@never_cache
@require_GET
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To the provider, with a state of this browser's session. Leads nowhere else, so a link from outside does no harm."""
    if not request.user.is_authenticated and identity_providers.find(pk) is None:
        return to_sign_in(request, and_back=False)
    return _leave_for(request, _provider(pk), purpose=SIGN_IN, next=_safe(request, request.GET.get("next", "")))


@member_page
@never_cache
@require_GET
def link(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Once, by herself, with a fresh factor: the provider's answer then belongs to this account."""
    provider = _provider(pk)

    @fresh_factor
    def go(request: HttpRequest) -> HttpResponse:
        return _leave_for(request, provider, purpose=LINK, account=str(request.user.pk))

    return go(request)


@never_cache
@require_http_methods(["GET", "POST"])
def identity_back(request: HttpRequest) -> HttpResponse:
    """The provider's answer. The GET changes nothing: its page sends itself on as a POST of our own, which is proved or refused."""
    if request.method == "GET":
        told = {name: request.GET.get(name, "")[:2000] for name in ("state", "code", "iss")}
        return private(render(request, "accounts/identity_back.html", {"told": told}))
    if not consume(request, action="identity"):
        return private(render(request, "429.html", status=429))
    told = {name: request.POST.get(name, "") for name in ("state", "code", "iss")}
    try:
        proof = openid_connect.way_back(request.session, state=told["state"], code=told["code"], issuer=told["iss"], back=back())
        return private(_link(request, proof) if proof.purpose == LINK else _sign_in(request, proof))
    except NotProved as refusal:
        trail.record_refusal("identity.refused", by=None, channel="screen", reason=refusal.code)
        return private(HttpResponse(render_to_string("accounts/identity_refused.html"), status=422))


def _sign_in(request: HttpRequest, proof: Proof) -> HttpResponse:
    """A second factor proved there, in words this host counts, lets her in; otherwise ours follows, as after a password."""
    account = identity_providers.account_of(proof)
    if request.user.is_authenticated:
        logout(request)  # hers must begin anew: Django would drop what is noted below together with the other's session
    account.backend = "accounts.authentication.SignInBackend"  # Django's login asks for it
    identity_providers.note_check(request.session)
    record_authentication(request, account, "identity_provider", provider=str(proof.provider.pk))
    if not proof.strong:
        return perform_login(request, account, email_verification="none", redirect_url=proof.next or None)
    record_event("identity.strong", account, provider=proof.provider.pk)
    adapter, facts = get_adapter(), {"email_verification": "none", "signal_kwargs": None, "email": None, "signup": False}
    facts["redirect_url"] = proof.next or first_page(account)
    adapter.pre_login(request, account, **facts)  # what somebody else began in this browser is not hers
    adapter.login(request, account)
    return adapter.post_login(request, account, **facts)


def _link(request: HttpRequest, proof: Proof) -> HttpResponse:
    """Whoever began it has to be who is here now."""
    if not request.user.is_authenticated or str(request.user.pk) != proof.account:
        raise NotProved("other_account")
    try:
        identity_providers.link_account(request.user, proof)
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return redirect("accounts:settings")
    messages.success(request, "法人のサインインにつながりました。もう一度、法人のサインインで入ってください。")
    return redirect("account_login")


def _leave_for(request: HttpRequest, provider: IdentityProvider, *, purpose: str, next: str = "", account: str = "") -> HttpResponse:  # noqa: A002
    try:
        there = openid_connect.way_there(provider, request.session, back=back(), purpose=purpose, next=next, account=account)
    except NotProved as refusal:
        trail.record_refusal("identity.refused", by=None, channel="screen", reason=refusal.code)
        messages.error(request, AWAY)
        return redirect("account_login")
    if purpose == LINK:  # the form of a proof may lead here, and a form ends at no other host (form-action): she goes on by a link
        return private(render(request, "accounts/identity_leave.html", {"provider": provider, "there": there}))
    return private(redirect(there))


def _provider(pk: UUID) -> IdentityProvider:
    provider = identity_providers.find(pk)
    if provider is None:
        raise Http404
    return provider


def _safe(request: HttpRequest, address: str) -> str:
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}) else ""


@member_page
@requires(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@fresh_factor
def provider_list(request: StaffRequest) -> HttpResponse:
    form = ProviderForm(posted(request))
    if form.is_valid():
        try:
            identity_providers.configure_provider(by=request.user, **form.facts)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "法人のサインインを設定しました。職員は「自分の設定」から、一度だけつなぎます。")
            return redirect("people:providers")
    context = {
        "form": form,
        "providers": identity_providers.providers(),
        "administrators": identity_providers.local_administrators(),
        "needed": identity_providers.EMERGENCY_ADMINISTRATORS,
        "back": back(),
    }
    return page(request, "providers", context, status=refused(form))


@member_page
@requires(Permission.MANAGE_STAFF)
@require_POST
def provider_end(request: StaffRequest, pk: UUID) -> HttpResponse:
    provider = _provider(pk)

    @fresh_factor
    def end(request: StaffRequest) -> HttpResponse:
        identity_providers.end_provider(provider, by=request.user)
        messages.success(request, "法人のサインインを終えました。")
        return redirect("people:providers")

    return end(request)


@member_page
@requires(Permission.MANAGE_STAFF)
@require_POST
@of_membership
@fresh_factor
def member_unlink(request: StaffRequest, membership: Membership) -> HttpResponse:
    try:
        identity_providers.unlink_account(membership.account, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, "法人のサインインから外しました。招待すると、本人がパスワードを決められます。")
    return redirect("people:member", pk=membership.pk)
