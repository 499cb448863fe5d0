"""書き出し: asked for with a purpose, decided by a second person where many people are in it, handed over once."""

from collections.abc import Collection
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import approvals
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.models import Account
from accounts.step_up import fresh_factor
from accounts.throttles import throttled
from disclosure.outputs import output
from exports import exports
from exports.exports import Details, File, Kind, NeedsSecondPerson
from exports.forms import AskForm, DecisionForm, TakeForm
from exports.models import Export
from foundation.errors import RuleViolation

PAGE = 50
PDF = "application/pdf"


@output("exports.list")
@require_GET
@staff_page
def export_list(request: StaffRequest) -> HttpResponse:
    page = Paginator(exports.exports_of(request.user), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": rows_of(list(page)), "waiting": rows_of(exports.waiting_for(request.user))}
    return render(request, "exports/list.html", context)


@output("exports.ask")
@require_http_methods(["GET", "POST"])
@staff_page
@fresh_factor
@throttled("export")
def ask(request: StaffRequest) -> HttpResponse:
    said = request.POST if request.method == "POST" else request.GET
    code, kind, details = asked_for(said, request.user)
    if not kind.may(request.user, details):
        raise PermissionDenied
    form = AskForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return redirect(exports.ask(code, details, purpose=form.cleaned_data["purpose"], by=request.user))
        except RuleViolation as violation:
            form.add_error(violation.field, violation)
    people = kind.subjects(request.user, details)
    two = exports.waits_for_second(request.user, people)
    context = {"form": form, "code": code, "kind": kind, "details": details, "people": len(people), "two": two}
    return render(request, "exports/ask.html", context, status=422 if form.is_bound else 200)


@output("exports.detail")
@require_GET
@staff_page
def detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    return detail_page(request, find(request.user, pk))


@output("exports.file", channel="xlsx")
@require_POST
@staff_page
def file(request: StaffRequest, pk: UUID) -> HttpResponse:
    export = find(request.user, pk)
    if export.asked_by_id != request.user.pk:
        raise PermissionDenied
    return fresh_factor(take)(request, export)


def take(request: StaffRequest, export: Export) -> HttpResponse:
    form = TakeForm(request.POST)
    if not form.is_valid() or form.cleaned_data["number"] != export.number:
        return detail_page(request, export, status=422)
    return attached(exports.hand_over(export, by=request.user))


@output("exports.decide")
@require_POST
@staff_page
def decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    export = find(request.user, pk)
    approval = exports.approval_of(export)
    if approval is None or not approvals.can_decide(request.user, approval):
        raise PermissionDenied
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return detail_page(request, export, status=422)
    act = approvals.approve if form.cleaned_data["decision"] == "yes" else approvals.decline
    act(approval, by=request.user)
    messages.success(request, "判断を記録しました。")
    return redirect(export)


def find(account: Account, pk: UUID) -> Export:
    export = get_object_or_404(Export.objects.select_related("asked_by"), pk=pk)
    if not exports.can_see(account, export):
        raise Http404
    return export


def detail_page(request: StaffRequest, export: Export, status: int = 200) -> HttpResponse:
    approval = exports.approval_of(export)
    context = {
        "export": export,
        "kind": exports.kinds()[export.kind],
        "approval": approval,
        "state": exports.state_in_words(export, approval),
        "is_mine": export.asked_by_id == request.user.pk,
        "may_decide": approval is not None and approval.state == "waiting" and approvals.can_decide(request.user, approval),
        "may_take": export.state == "ready" and not export.is_over and export.asked_by_id == request.user.pk,
    }
    return render(request, "exports/detail.html", context, status=status)


def asked_for(said: QueryDict, account: Account) -> tuple[str, Kind, Details]:
    code = said.get("kind", "")
    kind = exports.kinds().get(code)
    if kind is None:
        raise Http404
    return code, kind, kind.read(said, account)


def rows_of(shown: Collection[Export]) -> list[dict[str, object]]:
    asked = exports.approvals_of(shown)
    return [
        {"export": export, "label": exports.kinds()[export.kind].label, "state": exports.state_in_words(export, asked.get(export.pk))}
        for export in shown
    ]


def attached(file: File) -> HttpResponse:
    """A paper opens in the browser, anything else is saved. `file.name` is ours: letters, digits and dashes."""
    how = "inline" if file.content_type == PDF else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{file.name}"'}
    return HttpResponse(file.content, content_type=file.content_type, headers=headers)


def paper_answer(request: StaffRequest, code: str, details: Details, *, purpose: str) -> HttpResponse:
    """For the views of everyday papers: the paper, or, where too many people are in it, the page on which it is asked for."""
    try:
        return attached(exports.paper(code, details, purpose=purpose, by=request.user))
    except NeedsSecondPerson as many:
        return redirect(f"{reverse('exports:ask')}?{urlencode({'kind': many.kind, **many.details})}")
