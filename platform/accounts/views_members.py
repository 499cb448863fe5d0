"""管理 → 職員: who works here, as what, until when."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import guests, invitations, leaving, members, resets, transfers
from accounts.catalogue import Permission
from accounts.forms_people import EmployerForm, EndForm, MemberForm, RolesForm, TransferForm
from accounts.gatekeeping import StaffRequest, member_page, requires
from accounts.landing import shell_of
from accounts.models import Membership
from accounts.permissions import allowed
from accounts.step_up import fresh_factor
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants import roster
from tenants.activation import active_host
from ui.forms import TsunagiForm
from ui.parts import Tab

PAGE = 50


def page(request: StaffRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of 管理 in the shell of its host. Any: what the template prints."""
    return render(
        request, f"people/{template}.html", {"shell": shell_of(request.user), "tabs": tabs_for(request), **context}, status=status
    )


def tabs_for(request: StaffRequest) -> list[Tab]:
    user, here = request.user, request.resolver_match.view_name if request.resolver_match else ""
    shown = [
        ("職員", "people:members", "people:member", allowed(user, Permission.MANAGE_STAFF) or allowed(user, Permission.END_MEMBERSHIP)),
        ("関係機関の人", "people:guests", "people:guest", active_host().is_centre and guests.can_invite_guests(user)),
        ("招待中", "people:invitations", "people:invitation", allowed(user, Permission.MANAGE_STAFF)),
        ("異動の受け入れ", "people:transfers", "people:transfer", active_host().is_centre and allowed(user, Permission.MANAGE_STAFF)),
        ("法人のサインイン", "people:providers", "people:provider", allowed(user, Permission.MANAGE_STAFF)),
        ("承認", "people:approvals", "people:approval", True),
    ]
    return [Tab(label, reverse(name), here.startswith(family)) for label, name, family, open_to_her in shown if open_to_her]


def posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def take(form: TsunagiForm, violation: RuleViolation) -> None:
    """Beside the field at fault, where the form has it."""
    form.add_error(violation.field if violation.field in form.fields else None, violation)


def refused(form: TsunagiForm) -> int:
    if not form.is_bound:
        return 200
    wrong = [error for errors in form.errors.as_data().values() for error in errors if isinstance(error, WrongState)]
    return 409 if wrong else 422


def of_membership(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Looked up before anything else is asked: an unknown one is a 404 for everybody, proof or no proof."""

    @wraps(view)
    def found(request: StaffRequest, pk: UUID) -> HttpResponse:
        return view(request, get_object_or_404(Membership.objects.select_related("account", "employer"), pk=pk))

    return found


@member_page
@requires(Permission.END_MEMBERSHIP)
@require_GET
def member_list(request: StaffRequest) -> HttpResponse:
    today, former = clock.today(), request.GET.get("view") == "former"
    rows = Membership.objects.select_related("account", "employer").order_by("account__name", "-from_date", "id")
    gone = rows.exclude(ended_at=None) | rows.filter(until_date__lt=today)
    shown = gone if former else rows.filter(ended_at=None).exclude(until_date__lt=today)
    listed = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    url = reverse("people:members")
    views = [Tab("いまの職員", url, not former), Tab("離れた職員", f"{url}?view=former", former)]
    may_add = allowed(request.user, Permission.MANAGE_STAFF)
    return page(request, "members", {"page": listed, "today": today, "views": views, "former": former, "may_add": may_add})


@member_page
@requires(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@fresh_factor
def member_new(request: StaffRequest) -> HttpResponse:
    form = MemberForm(posted(request), initial={"from_date": clock.today()})
    if form.is_valid():
        try:
            with transaction.atomic():
                membership = members.add_member(by=request.user, **form.cleaned_data)
                invited = invitations.welcome(membership.account, by=request.user)
        except RuleViolation as violation:
            take(form, violation)
        else:
            said = "登録し、招待のメールを送りました。" if invited else "登録しました。法人のサインインで入れます。"
            messages.success(request, f"{membership.account.name}さんを{said}")
            return redirect("people:member", pk=membership.pk)
    return page(request, "member_new", {"form": form}, status=refused(form))


@member_page
@requires(Permission.END_MEMBERSHIP)
@require_GET
@of_membership
def member_detail(request: StaffRequest, membership: Membership) -> HttpResponse:
    today = clock.today()
    account = membership.account
    gone = members.is_over(membership, today)
    context = {
        "membership": membership,
        "gone": gone,
        "is_self": members.is_herself(request.user, membership),
        "may_manage": allowed(request.user, Permission.MANAGE_STAFF),
        "invitation": account.invitations.waiting().first(),
        "open_work": [] if gone else leaving.open_work(account),
        "transfers": roster.outgoing_transfers(membership.posting_id) if membership.posting_id and active_host().is_centre else [],
        "may_transfer": active_host().is_centre,
    }
    return page(request, "member", context)


@member_page
@requires(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@of_membership
@fresh_factor
def member_roles(request: StaffRequest, membership: Membership) -> HttpResponse:
    form = RolesForm(posted(request), initial={"roles": membership.roles})
    if form.is_valid():
        try:
            members.change_roles(membership, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, f"{membership.account.name}さんの役割を変えました。")
            return redirect("people:member", pk=membership.pk)
    return page(request, "member_roles", {"form": form, "membership": membership}, status=refused(form))


@member_page
@requires(Permission.END_MEMBERSHIP)
@require_http_methods(["GET", "POST"])
@of_membership
@fresh_factor
def member_end(request: StaffRequest, membership: Membership) -> HttpResponse:
    open_work = leaving.open_work(membership.account)
    form = EndForm(posted(request), leaver=membership.account, leaves_work=bool(open_work), initial={"on": clock.today()})
    if form.is_valid():
        try:
            ended = members.end_membership(membership, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            said = "利用を終了しました。" if ended.ended_at else "最後の日を決めました。"
            messages.success(request, f"{membership.account.name}さん：{said}")
            return redirect("people:member", pk=membership.pk)
    context = {"form": form, "membership": membership, "open_work": open_work}
    return page(request, "member_end", context, status=refused(form))


@member_page
@requires(Permission.END_MEMBERSHIP)
@require_POST
@of_membership
@fresh_factor
def member_stay(request: StaffRequest, membership: Membership) -> HttpResponse:
    return act(
        request, membership, lambda: members.cancel_end(membership, by=request.user, today=clock.today()), "終了の予定を取り消しました。"
    )


@member_page
@requires(Permission.MANAGE_STAFF)
@require_POST
@of_membership
@fresh_factor
def member_invite(request: StaffRequest, membership: Membership) -> HttpResponse:
    return act(request, membership, lambda: invitations.invite(membership.account, by=request.user), "招待のメールを送りました。")


@member_page
@requires(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@of_membership
@fresh_factor
def member_reset(request: StaffRequest, membership: Membership) -> HttpResponse:
    if request.method == "GET":
        return page(request, "member_reset", {"membership": membership})
    done = "再登録を依頼しました。別の人が承認すると、本人が登録し直します。"
    return act(request, membership, lambda: resets.ask_reset(membership.account, by=request.user), done)


@member_page
@requires(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@of_membership
@fresh_factor
def member_transfer(request: StaffRequest, membership: Membership) -> HttpResponse:
    form = TransferForm(posted(request), leaver=membership.account)
    if form.is_valid():
        try:
            transfers.offer_transfer(membership, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, f"{membership.account.name}さんの異動を、異動先に知らせました。")
            return redirect("people:member", pk=membership.pk)
    context = {"form": form, "membership": membership, "open_work": leaving.open_work(membership.account)}
    return page(request, "member_transfer", context, status=refused(form))


@member_page
@requires(Permission.MANAGE_STAFF)
@require_GET
def transfer_list(request: StaffRequest) -> HttpResponse:
    roles = dict(EmployerForm().fields["roles"].choices)  # type: ignore[attr-defined]  # a choice field
    rows = [(one, "・".join(roles.get(code, code) for code in one.roles)) for one in transfers.incoming(request.user)]
    return page(request, "transfers", {"rows": rows})


@member_page
@requires(Permission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def transfer(request: StaffRequest, pk: UUID) -> HttpResponse:
    offered = next((one for one in transfers.incoming(request.user) if one.id == pk), None)
    if offered is None:
        raise Http404
    return _answer_transfer(request, offered)


@fresh_factor
def _answer_transfer(request: StaffRequest, offered: roster.Incoming) -> HttpResponse:
    form = EmployerForm(posted(request), initial={"roles": offered.roles})
    try:
        if request.POST.get("act") == "decline":
            transfers.decline_transfer(offered.id, by=request.user)
            messages.success(request, "受け入れを見送りました。")
            return redirect("people:transfers")
        if form.is_valid():
            membership = transfers.accept_transfer(offered.id, by=request.user, today=clock.today(), **form.cleaned_data)
            messages.success(request, f"{offered.name}さんを受け入れ、招待のメールを送りました。")
            return redirect("people:member", pk=membership.pk)
    except RuleViolation as violation:
        take(form, violation)
    return page(request, "transfer", {"form": form, "offered": offered}, status=refused(form))


def act(request: StaffRequest, membership: Membership, step: Callable[[], object], done: str) -> HttpResponse:
    """One step with one membership, then back to its page, which says what came of it."""
    try:
        step()
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, f"{membership.account.name}さん：{done}")
    return redirect("people:member", pk=membership.pk)
