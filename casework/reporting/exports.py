"""The records behind a figure of the report, with the names this person may open; and the report's workbook, which names nobody."""

from uuid import UUID

from django.http import Http404, QueryDict

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.access import named_cases
from casework.cases.exports import XLSX, workbook_of
from casework.cases.models import Case
from casework.reporting.figures import BY_CODE, Entry, Series, monthly_figures
from casework.reporting.months import Month
from casework.reporting.reports import make_report
from casework.reporting.workbook import monthly_workbook
from disclosure import gate
from exports import exports
from exports.exports import Details, File, Mark
from exports.models import Purpose
from foundation import clock, codes
from foundation.errors import RuleViolation
from tenants.activation import active_host
from ui.sheets import csv_of

KIND, WORKBOOK = "reporting.records", "reporting.workbook"
USUAL = Purpose.MUNICIPALITY
HEADS = ("ケース番号", "氏名", "ふりがな", "日付", "内訳", "主担当")
WIDTHS = (14, 20, 24, 14, 30, 18)


def register() -> None:
    exports.register(KIND, exports.Kind(label="月次報告の記録", channel="xlsx", read=read, may=may_export, subjects=subjects, make=make))
    exports.register(
        WORKBOOK,
        exports.Kind(
            label="月次報告",
            channel="xlsx",
            read=read_month,
            may=may_report,
            subjects=lambda account, details: frozenset(),
            make=make_workbook,
        ),
    )


def read_month(said: QueryDict, account: Account) -> Details:
    try:
        return {"month": str(Month.parse(said.get("month", "")))}
    except RuleViolation as violation:
        raise Http404 from violation


def may_report(account: Account, details: Details) -> bool:
    return allowed(account, Permission.MAKE_MONTHLY_REPORT)


def make_workbook(account: Account, details: Details, people: frozenset[UUID], mark: Mark) -> File:
    figures = make_report(Month.parse(details["month"]), by=account, channel="xlsx", today_month=Month.of(clock.today()))
    book = monthly_workbook(figures, centre_name=active_host().name, mark=str(mark))
    return File(f"monthly-report-{details['month']}.xlsx", XLSX, book)


def read(said: QueryDict, account: Account) -> Details:
    try:
        month = Month.parse(said.get("month", ""))
    except RuleViolation as violation:
        raise Http404 from violation
    series, code = said.get("series", ""), said.get("code", "")
    if series not in Series or month > Month.of(clock.today()):
        raise Http404
    if code and code not in dict(codes.choices(BY_CODE[Series(series)], on=month.last) if Series(series) in BY_CODE else []):
        raise Http404
    return {"month": str(month), "series": series, "code": code, "format": "csv" if said.get("format") == "csv" else "xlsx"}


def may_export(account: Account, details: Details | None = None) -> bool:
    return allowed(account, Permission.MAKE_MONTHLY_REPORT) and allowed(account, Permission.EXPORT_LISTS)


def subjects(account: Account, details: Details) -> frozenset[UUID]:
    return frozenset(case.client_id for case in readable(account, details).values())


def readable(account: Account, details: Details) -> dict[UUID, Case]:
    cases = (
        Case.objects.seen_by(account).select_related("owner", "client").in_bulk({entry.case for entry in entries(details) if entry.case})
    )
    named = named_cases(account, cases)
    return {pk: case for pk, case in cases.items() if pk in named}


def entries(details: Details) -> list[Entry]:
    found = monthly_figures(Month.parse(details["month"])).entries[Series(details["series"])]
    return [entry for entry in found if not details["code"] or entry.code == details["code"]]


def make(account: Account, details: Details, people: frozenset[UUID], mark: Mark) -> File:
    cases = {pk: case for pk, case in readable(account, details).items() if case.client_id in people}
    clients = {case.client_id: case.client for case in cases.values()}
    opened = gate.reveal(clients.values(), viewer=account, channel=details["format"], purpose="export", fields={"name", "kana"})
    names = {client.original.pk: client for client in opened}
    rows: list[tuple[str, ...]] = [HEADS]
    for entry in entries(details):
        if entry.case in cases:
            case = cases[entry.case]
            client = names[case.client_id]
            label = codes.label(BY_CODE[Series(details["series"])], entry.code) if entry.code else ""
            name = str(client.name or "氏名未確認")
            rows.append((case.number, name, str(client.kana or ""), entry.on.isoformat(), label, case.owner.name))
    if details["format"] == "csv":
        marked = [(*row, "書き出し" if number == 0 else str(mark)) for number, row in enumerate(rows)]
        return File(f"records-{mark.number}.csv", "text/csv; charset=utf-8", csv_of(marked))
    return File(f"records-{mark.number}.xlsx", XLSX, workbook_of("記録", rows, WIDTHS, mark))
