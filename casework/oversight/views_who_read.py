"""だれが見たか: for those who work on the case, on behalf of the client who asks; and the paper she takes with her."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import approvals
from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, requires, staff_page
from accounts.models import Approval
from accounts.step_up import fresh_factor
from accounts.throttles import throttled
from audit import reading, trail
from casework.cases.access import find_case
from casework.cases.answers import posted, status_of, take
from casework.cases.models import Case
from casework.oversight.forms_who_read import DecisionForm, WhoReadForm
from casework.oversight.models import WhoReadRequest
from casework.oversight.naming import SOMEBODY, hidden_from, is_protected
from casework.oversight.who_read import PAPER, ask_for_paper, can_ask, check_may_be_handed_over, paper_of, shown_rows
from disclosure import gate
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation
from ui.paper import render_pdf

PAGE = 50


@staff_page
@output("oversight.who_read")
@require_GET
def who_read(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    (client,) = gate.reveal([case.client], viewer=request.user, channel="screen")
    trail.record_read("who_read.shown", by=request.user, subjects=(), channel="screen", purpose="review", case=case.pk)
    page = Paginator(shown_rows(reading.readings_of(case.client_id)), PAGE).get_page(request.GET.get("page"))
    asked = WhoReadRequest.objects.filter(case=case).select_related("asked_by", "approved_by").order_by("-asked_on", "-pk")
    context = {
        "case": case,
        "client": client,
        "page": page,
        "asked": asked[:5],
        "may_ask": can_ask(request.user, case),
        "is_protected": is_protected(request.user, case.client_id),
    }
    return render(request, "oversight/who_read.html", context)


@staff_page
@output("oversight.who_read_ask")
@require_http_methods(["GET", "POST"])
def who_read_ask(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    if not can_ask(request.user, case):
        raise PermissionDenied
    return ask_page(request, case)


@fresh_factor
def ask_page(request: StaffRequest, case: Case) -> HttpResponse:
    form = WhoReadForm(posted(request))
    if form.is_valid():
        try:
            ask_for_paper(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "依頼しました。もう一人（主任かセンター管理者）が承認すると、紙を印刷できます。")
            return redirect("oversight:who_read", pk=case.pk)
    (client,) = gate.reveal([case.client], viewer=request.user, channel="screen")
    context = {"case": case, "client": client, "form": form, "is_protected": is_protected(request.user, case.client_id)}
    return render(request, "oversight/who_read_ask.html", context, status=status_of(form))


@staff_page
@output("oversight.who_read_decide")
@require_http_methods(["GET", "POST"])
@requires(Permission.REVIEW_EVIDENCE)
def who_read_decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    asked = get_object_or_404(WhoReadRequest.objects.select_related("case", "asked_by"), pk=pk)
    approval = Approval.objects.filter(kind=PAPER, about_id=asked.pk).select_related("asked_by", "decided_by").latest("asked_at")
    if not approvals.can_decide(request.user, approval):
        raise PermissionDenied
    return decide_page(request, asked, approval)


@fresh_factor
def decide_page(request: StaffRequest, asked: WhoReadRequest, approval: Approval) -> HttpResponse:
    form = DecisionForm(posted(request))
    if form.is_valid():
        try:
            (approvals.approve if form.cleaned_data["act"] == "approve" else approvals.decline)(approval, by=request.user)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "決めたことを記録しました。")
            return redirect("oversight:queue")
    trail.record_read("who_read.request_read", by=request.user, about=asked, subjects=(), channel="screen", purpose="review")
    hidden = hidden_from(request.user, [asked.case.client_id])
    context = {"asked": asked, "approval": approval, "number": SOMEBODY if hidden else asked.case.number, "form": form}
    return render(request, "oversight/who_read_decide.html", context, status=status_of(form))


@staff_page
@output("oversight.who_read_paper", channel="pdf")
@require_GET
@throttled("paper")
def who_read_paper(request: StaffRequest, pk: UUID, request_pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    asked = WhoReadRequest.objects.filter(pk=request_pk, case=case).select_related("case").first()
    if asked is None:
        raise Http404
    return paper_page(request, asked)


@fresh_factor
def paper_page(request: StaffRequest, asked: WhoReadRequest) -> HttpResponse:
    today = clock.today()
    check_may_be_handed_over(asked, by=request.user, today=today)
    rows = [asked.case.client]
    (client,) = gate.reveal(rows, viewer=request.user, channel="pdf", purpose="who_read", fields=("name",))
    trail.record_read("who_read.printed", by=request.user, subjects=(), channel="pdf", purpose="who_read", request=asked.pk)
    context = {"client": client, "paper_rows": paper_of(asked.case.client_id, today=today), "today": today, "centre": request.tenant}
    pdf = render_pdf("oversight/who_read_pdf.html", context, printed_by=request.tenant.name)
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="who-read.pdf"'})
