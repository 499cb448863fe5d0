"""The page on which an invited person chooses her password, and the one on which a guest waits for our call."""

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import invitations
from accounts.forms_people import InvitationForm
from accounts.gatekeeping import StaffRequest, guest_page
from accounts.invitations import InvitationRefused
from accounts.landing import first_page
from accounts.standing import Obstacle, obstacle
from foundation.errors import RuleViolation


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Fetching it uses nothing up and shows nothing: the code is in the fragment, which stays in the browser."""
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not consume(request, action="invitation"):
        return private(render(request, "429.html", status=429))
    if form.is_valid():
        told = form.cleaned_data
        try:
            invitations.accept(token=told["token"], email=told["email"], password=told["password"])
        except InvitationRefused as refusal:
            return private(no_good(refusal))
        except RuleViolation as violation:
            form.add_error(violation.field, violation)
        else:
            messages.success(request, "パスワードを決めました。メールアドレスとパスワードでサインインしてください。")
            return private(redirect("account_login"))
    return private(render(request, "accounts/invitation.html", {"form": form}, status=422 if form.is_bound else 200))


def no_good(refusal: InvitationRefused) -> HttpResponse:
    """Without the request: the same bytes whoever asks and whatever is wrong."""
    return HttpResponse(render_to_string("accounts/invitation_no_good.html", {"message": refusal.message}), status=422)


def private(response: HttpResponse) -> HttpResponse:
    """Only the host goes along to the next page, never this address. (With no-referrer a browser hides the origin of our own POST, too.)"""
    response["Referrer-Policy"] = "strict-origin"
    return response


@guest_page
@never_cache
@require_safe
def call_back(request: StaffRequest) -> HttpResponse:
    """Where a guest waits until we have rung her agency."""
    if obstacle(request.user) != Obstacle.CALL_BACK:
        return redirect(first_page(request.user))
    return render(request, "accounts/call_back.html", {"entry": request.user.guest_entry})
