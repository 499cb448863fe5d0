"""ケース: everything about one person's support on one page, and the records written there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gatekeeping import StaffRequest, staff_page
from casework.cases.access import can_work_on_case, find_case
from casework.cases.answers import posted, status_of, take
from casework.cases.case_file import open_file, open_timeline
from casework.cases.forms_record import RecordEditForm, RecordForm
from casework.cases.models import Case, SupportRecord
from casework.cases.record_page import find_record, open_record
from casework.cases.records import record_support, revise_record
from casework.cases.timeline import FILTERS
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation, StaleVersion


@staff_page
@output("cases.detail")
@require_GET
def detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk, to_look=True)
    shown, page = which_part(request)
    if request.headers.get("HX-Request") == "true":
        context = {
            "case": case,
            "timeline": open_timeline(case, request.user, shown=shown, page=page),
            "may_write": can_work_on_case(request.user, case),
        }
        response = render(request, "cases/timeline.html", context)
    else:
        response = file_page(request, case, RecordForm(), shown=shown, page=page)
    response["Vary"] = "HX-Request"
    return response


@staff_page
@output("cases.record")
@require_POST
def record(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form = RecordForm(request.POST)
    if form.is_valid():
        try:
            record_support(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "記録を登録しました。")
            return redirect("cases:detail", pk=case.pk)
    return file_page(request, case, form)


@staff_page
@output("cases.record_edit")
@require_http_methods(["GET", "POST"])
def record_edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    support_record = find_record(request.user, pk)
    form = RecordEditForm(posted(request))
    if form.is_valid():
        try:
            revise_record(support_record, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
            return record_page(request, support_record, form, stale=isinstance(violation, StaleVersion))
        messages.success(request, "記録を直しました。前の内容は履歴に残っています。")
        return redirect("cases:detail", pk=support_record.case_id)
    return record_page(request, support_record, form)


def which_part(request: StaffRequest) -> tuple[str, int]:
    """The part of the timeline asked for; nonsense is its beginning."""
    shown, page = request.GET.get("kind", ""), request.GET.get("page", "1")
    return shown if shown in FILTERS else "", min(max(int(page), 1), 1000) if page.isascii() and page.isdigit() else 1


def file_page(request: StaffRequest, case: Case, form: RecordForm, *, shown: str = "", page: int = 1) -> HttpResponse:
    context: dict[str, Any] = {"case": case, "form": form, "may_write": can_work_on_case(request.user, case)}
    context["file"] = open_file(case, request.user, shown=shown, page=page, today=clock.today(), may_write=context["may_write"])
    return render(request, "cases/detail.html", context | {"timeline": context["file"].timeline}, status=status_of(form))


def record_page(request: StaffRequest, support_record: SupportRecord, form: RecordEditForm, *, stale: bool = False) -> HttpResponse:
    """A stale save shows what the other one wrote beside what was typed; saving again is then a choice."""
    context = open_record(support_record, request.user, form, stale=stale)
    return render(request, "cases/record_edit.html", context, status=status_of(form))
