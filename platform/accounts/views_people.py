"""管理 → guests, invitations and approvals."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import approvals, guests, invitations, partners
from accounts.catalogue import Permission
from accounts.forms_people import GuestForm, UntilForm
from accounts.gatekeeping import StaffRequest, member_page, requires, staff_page
from accounts.models import Approval, ApprovalState, GuestEntry, Invitation
from accounts.step_up import fresh_factor
from accounts.views_members import PAGE, page, posted, refused, take
from foundation import clock
from foundation.errors import RuleViolation

Page = Callable[..., HttpResponse]


def guests_page(view: Page) -> Page:
    """For a centre's staff who may let partner agencies' people in."""

    @staff_page
    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not guests.can_invite_guests(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@guests_page
@require_GET
def guest_list(request: StaffRequest) -> HttpResponse:
    today, former = clock.today(), request.GET.get("view") == "former"
    current = GuestEntry.objects.current(today)
    entries = GuestEntry.objects.exclude(pk__in=current.values("pk")) if former else current
    rows = entries.select_related("account", "invited_by").order_by("until_date", "account__name", "id")
    listed = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    states = [(entry, guests.state_of(entry, today)) for entry in listed]
    return page(request, "guests", {"page": listed, "rows": states, "former": former})


@guests_page
@require_http_methods(["GET", "POST"])
def guest_new(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    form = GuestForm(posted(request), initial={"until_date": today + guests.LONGEST})
    if form.is_valid():
        told, partner = form.cleaned_data, form.partner
        try:
            with transaction.atomic():
                entry = guests.invite_guest(
                    email=told["email"], name=told["name"], agency_id=partner.id, agency_name=partner.name,
                    until_date=told["until_date"], by=request.user, today=today,
                )  # fmt: skip
                invitations.invite(entry.account, by=request.user)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, f"{entry.account.name}さんに招待のメールを送りました。機関に電話して、本人か確かめてください。")
            return redirect("people:guest", pk=entry.pk)
    return page(request, "guest_new", {"form": form}, status=refused(form))


@guests_page
@require_http_methods(["GET", "POST"])
def guest_detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A POST moves the date on."""
    entry, today = get_object_or_404(GuestEntry.objects.select_related("account", "invited_by", "verified_by"), pk=pk), clock.today()
    form = UntilForm(posted(request), initial={"until_date": today + guests.LONGEST})
    if form.is_valid():
        try:
            guests.renew_guest(entry, by=request.user, today=today, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "期限を延ばしました。")
            return redirect("people:guest", pk=pk)
    context = {
        "entry": entry,
        "form": form,
        "state": guests.state_of(entry, today),
        "states": guests.GuestState,
        "partner": partners.find(entry.agency_id),
        "invitation": entry.account.invitations.waiting().first(),
        "may_end": guests.can_end_guests(request.user),
    }
    return page(request, "guest", context, status=refused(form))


GUEST_ACTS: dict[str, tuple[Callable[..., Any], str]] = {  # Any: what each returns is not shown
    "verify": (lambda entry, by: guests.verify_guest(entry, by=by, today=clock.today()), "電話で確かめたことを記録しました。"),
    "invite": (lambda entry, by: invitations.invite(entry.account, by=by), "招待のメールを送り直しました。"),
    "end": (lambda entry, by: guests.end_guest(entry, by=by), "利用を終了しました。"),
}


@guests_page
@require_POST
def guest_act(request: StaffRequest, pk: UUID) -> HttpResponse:
    entry = get_object_or_404(GuestEntry.objects.select_related("account"), pk=pk)
    step, done = GUEST_ACTS.get(request.POST.get("act", ""), (None, ""))
    if step is None:
        raise RuleViolation("操作を選んでください。", code="unknown_act")
    try:
        step(entry, request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, f"{entry.account.name}さん：{done}")
    return redirect("people:guest", pk=pk)


@member_page
@requires(Permission.MANAGE_STAFF)
@require_GET
def invitation_list(request: StaffRequest) -> HttpResponse:
    rows = Invitation.objects.waiting().select_related("account", "made_by")
    return page(request, "invitations", {"page": Paginator(rows, PAGE).get_page(request.GET.get("page")), "now": clock.now()})


@member_page
@requires(Permission.MANAGE_STAFF)
@require_POST
def invitation_act(request: StaffRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.select_related("account"), pk=pk)
    if request.POST.get("act") == "again":
        return _send_again(request, invitation)
    try:
        invitations.withdraw(invitation, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, "招待を取り消しました。")
    return redirect("people:invitations")


@fresh_factor
def _send_again(request: StaffRequest, invitation: Invitation) -> HttpResponse:
    try:
        invitations.invite(invitation.account, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, "招待のメールを送り直しました。前のリンクは使えません。")
    return redirect("people:invitations")


@member_page
@require_GET
def approval_list(request: StaffRequest) -> HttpResponse:
    """What waits for her word, and what became of what she asked for."""
    to_decide = approvals.to_decide(request.user)
    abouts = approvals.abouts_of(to_decide)
    waiting = [(one, approvals.label_of(one), abouts[one.pk]) for one in to_decide]
    asked = [(one, approvals.label_of(one)) for one in approvals.asked_by(request.user)[:PAGE]]
    return page(request, "approvals", {"waiting": waiting, "asked": asked, "now": clock.now()})


DECISIONS = {"approve": approvals.approve, "decline": approvals.decline}


@member_page
@require_http_methods(["GET", "POST"])
def approval(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One request, for whoever may decide it; to anybody else it is not there."""
    asked = get_object_or_404(Approval.objects.select_related("asked_by"), pk=pk)
    if not approvals.can_decide(request.user, asked):
        raise Http404
    return _decide(request, asked)


@fresh_factor
def _decide(request: StaffRequest, asked: Approval) -> HttpResponse:
    if request.method == "POST":
        decide = DECISIONS.get(request.POST.get("decision", ""))
        if decide is None:
            raise RuleViolation("承認するか、却下するかを選んでください。", code="no_decision")
        decided = decide(asked, by=request.user)
        messages.success(request, f"依頼を{decided.get_state_display()}しました（{approvals.label_of(decided)}）。")
        return redirect("people:approvals")
    open_now = asked.state == ApprovalState.WAITING and asked.expires_at > clock.now()
    facts = {
        "label": approvals.label_of(asked),
        "about": approvals.about_of(asked),
        "url": approvals.url_of(asked),
        "warning": approvals.warning_of(asked),
    }
    return page(request, "approval", {"approval": asked, "open_now": open_now, **facts})
