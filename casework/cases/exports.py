"""担当ケース as a workbook or a CSV file: what the list shows to this person, with the names she may open."""

import io
from collections.abc import Iterator
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.access import named_cases
from casework.cases.caseload import cases_in, views_for
from casework.cases.forms_list import CaseFilter
from casework.cases.models import Case, Stage
from disclosure import gate
from exports import exports
from exports.exports import Details, File, Mark
from foundation import clock
from ui.sheets import csv_of, stamp, write_text

KIND = "cases.list"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS = ("ケース番号", "氏名", "ふりがな", "段階", "主担当", "受付日", "最後の関わり")
WIDTHS = (14, 20, 24, 16, 18, 14, 14)


def register() -> None:
    exports.register(KIND, exports.Kind(label="担当ケースの一覧", channel="xlsx", read=read, may=may_export, subjects=subjects, make=make))


def read(said: QueryDict, account: Account) -> Details:
    """The conditions of the list; words that are none narrow nothing, as on the page."""
    return {**CaseFilter(said, viewer=account).chosen, "format": "csv" if said.get("format") == "csv" else "xlsx"}


def may_export(account: Account, details: Details | None = None) -> bool:
    return allowed(account, Permission.EXPORT_LISTS)


def subjects(account: Account, details: Details) -> frozenset[UUID]:
    return frozenset(case.client_id for case in readable(account, details))


def readable(account: Account, details: Details) -> list[Case]:
    """The cases of the list whose names open to the account, by the question the page asks too."""
    cases = list(_listed(details, account))
    named = named_cases(account, [case.pk for case in cases])
    return [case for case in cases if case.pk in named]


def make(account: Account, details: Details, people: frozenset[UUID], mark: Mark) -> File:
    cases = [case for case in readable(account, details) if case.client_id in people]
    rows = [HEADS, *_rows(account, cases, details["format"])]
    if details["format"] == "csv":
        marked = [(*row, "書き出し" if number == 0 else str(mark)) for number, row in enumerate(rows)]
        return File(f"cases-{mark.number}.csv", "text/csv; charset=utf-8", csv_of(marked))
    return File(f"cases-{mark.number}.xlsx", XLSX, workbook_of("担当ケース", rows, WIDTHS, mark))


def workbook_of(title: str, rows: list[tuple[str, ...]], widths: tuple[int, ...], mark: Mark) -> bytes:
    """One sheet of text cells, the mark above the head and on every printed page."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    write_text(sheet.cell(1, 1), str(mark))
    for line, row in enumerate(rows, start=2):
        for column, text in enumerate(row, start=1):
            write_text(sheet.cell(line, column), text)
    for letter, width in zip("ABCDEFGHIJ", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "1:2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    stamp(sheet, str(mark))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _listed(details: Details, account: Account) -> QuerySet[Case]:
    rows = cases_in(views_for(account, clock.today())[details["view"]], account, sort=details.get("sort", ""))
    return rows.filter(**{name: details[name] for name in ("stage", "owner") if name in details})


def _rows(account: Account, cases: list[Case], channel: str) -> Iterator[tuple[str, ...]]:
    clients = {case.client_id: case.client for case in cases}
    opened = gate.reveal(clients.values(), viewer=account, channel=channel, purpose="export", fields={"name", "kana"})
    names = {client.original.pk: client for client in opened}
    for case in cases:
        client = names[case.client_id]
        days = (case.received_on, case.last_contact_on)
        yield (
            case.number,
            str(client.name or "氏名未確認"),
            str(client.kana or ""),
            Stage(case.stage).label,
            case.owner.name,
            *(day.isoformat() if day else "" for day in days),
        )
