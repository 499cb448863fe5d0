from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.permissions import allowed
from accounts.throttles import throttled
from casework.cases.models import Case
from casework.clients.models import Client
from casework.reporting import charts, exports
from casework.reporting.figures import BY_CODE, Entry, Series, last_full_month, monthly_counts
from casework.reporting.months import Month
from casework.reporting.reports import make_report
from casework.reporting.workbook import figure_lines
from disclosure import gate
from disclosure.opened import Opened
from disclosure.outputs import output
from exports.views import paper_answer
from foundation import clock, codes
from foundation.errors import RuleViolation


@output("reporting.latest", channel="screen")
@require_GET
@staff_page
def latest(request: StaffRequest) -> HttpResponse:
    if not allowed(request.user, Permission.MAKE_MONTHLY_REPORT):
        raise PermissionDenied
    return redirect("reporting:month", str(last_full_month(clock.today())))


@output("reporting.month", channel="screen")
@require_GET
@staff_page
@throttled("report")
def month(request: StaffRequest, month: str) -> HttpResponse:
    asked, this_month = _month(month), Month.of(clock.today())
    figures = make_report(asked, by=request.user, channel="screen", today_month=this_month)
    year = [one for one in asked.fiscal_year() if one <= this_month]
    context = {
        "month": asked,
        "lines": [_line(asked, *line) for line in figure_lines(figures)],
        "chart": charts.year_chart(monthly_counts(year), marked=asked),
        "next_month": asked.next if asked < this_month else None,
        "is_running": asked == this_month,
    }
    return render(request, "reporting/month.html", context)


@output("reporting.records", channel="screen")
@require_GET
@staff_page
@throttled("report")
def records(request: StaffRequest, month: str, series: str) -> HttpResponse:
    asked = _month(month)
    if series not in Series:
        raise Http404
    figures = make_report(asked, by=request.user, channel="screen", today_month=Month.of(clock.today()))
    code, code_list = request.GET.get("code", ""), BY_CODE.get(Series(series), "")
    if code and code not in dict(codes.choices(code_list, on=asked.last) if code_list else []):
        raise Http404
    entries = [entry for entry in figures.entries[Series(series)] if not code or entry.code == code]
    hidden = _hidden_cases(request, entries)
    entries = [entry for entry in entries if entry.case not in hidden]
    page = Paginator(entries, 50).get_page(request.GET.get("page"))
    context = {
        "month": asked,
        "series": Series(series),
        "code_list": code_list,
        "code": code,
        "page": page,
        "rows": _rows(request, list(page.object_list)),
        "may_export": exports.may_export(request.user),
        "conditions": urlencode({"kind": exports.KIND, "month": str(asked), "series": series, "code": code}),
    }
    return render(request, "reporting/records.html", context)


@output("reporting.workbook", channel="xlsx")
@require_GET
@staff_page
@throttled("report")
def workbook(request: StaffRequest, month: str) -> HttpResponse:
    asked = _month(month)
    return paper_answer(request, exports.WORKBOOK, {"month": str(asked)}, purpose=exports.USUAL)


def _hidden_cases(request: StaffRequest, entries: list[Entry]) -> set[UUID]:
    """Cases of people who do not exist for the viewer: they count in the figure, which is the city's, and are no row of the list."""
    cases = Case.objects.filter(pk__in=[entry.case for entry in entries if entry.case])
    return set(cases.values_list("pk", flat=True)) - set(cases.seen_by(request.user).values_list("pk", flat=True))


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except RuleViolation as violation:
        raise Http404 from violation


def _line(month: Month, series: Series, code: str, label: str, count: int) -> dict[str, object]:
    link = reverse("reporting:records", args=[str(month), series.value]) + (f"?code={code}" if code else "")
    return {"label": label, "count": count, "is_part": bool(code) or series.value.endswith("_of_targets"), "link": link if count else ""}


def _rows(request: StaffRequest, entries: list[Entry]) -> list[dict[str, object]]:
    """Case number and owner for every record; the name only where this viewer may open the case."""
    cases: dict[UUID, Case] = Case.objects.select_related("owner", "client").in_bulk([entry.case for entry in entries if entry.case])
    visible = set(Case.objects.visible_to(request.user).filter(pk__in=cases).values_list("pk", flat=True))
    clients: list[Client] = list({cases[pk].client_id: cases[pk].client for pk in visible}.values())
    opened: dict[UUID, Opened] = {
        client.pk: client
        for client in gate.reveal(clients, viewer=request.user, channel="screen", purpose="report", fields={"name", "kana"})
    }
    rows: list[dict[str, object]] = []
    for entry in entries:
        case = cases[entry.case] if entry.case else None
        rows.append({"entry": entry, "case": case, "client": opened.get(case.client_id) if case and case.pk in visible else None})
    return rows
