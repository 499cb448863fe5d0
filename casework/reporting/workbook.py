"""The monthly report as a workbook: the figures, and behind each the records that make it."""

from io import BytesIO
from uuid import UUID

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from casework.cases.models import Case
from casework.protection.protections import clients_in_force
from casework.reporting.figures import BY_CODE, MonthlyFigures, Series
from foundation import codes, wareki
from ui.sheets import stamp, write_text

FIGURES, RECORDS = "集計", "内訳"
_HEAD = PatternFill("solid", fgColor="E9F7F9")
_LINE = Border(bottom=Side(style="thin", color="CCCCCC"))


def monthly_workbook(figures: MonthlyFigures, *, centre_name: str, mark: str = "") -> bytes:
    """XLSX of two sheets: 集計 (label, identifier, code, figure linked to its records) and 内訳 (case number and day per record).

    It names no person: a record is found again by its case number.
    """
    book = Workbook()
    first, records = book.active, book.create_sheet(RECORDS)
    assert isinstance(first, Worksheet)
    first.title = FIGURES
    rows_of = _write_records(records, figures)
    _write_figures(first, figures, rows_of, centre_name)
    for sheet in (first, records):
        sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToWidth = "portrait", 9, 1
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToHeight = 0
        if mark:
            stamp(sheet, mark)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def figure_lines(figures: MonthlyFigures) -> list[tuple[Series, str, str, int]]:
    """(series, code, label, figure) in the order of the report; a series with codes has its total first."""
    lines: list[tuple[Series, str, str, int]] = []
    for series in Series:
        lines.append((series, "", series.label, figures.count(series)))
        if series in BY_CODE:
            counts = figures.by_code(series)
            order = [code for code, _ in codes.choices(BY_CODE[series], on=figures.month.last)]
            known = sorted(counts, key=lambda code: (order.index(code) if code in order else len(order), code))
            lines += [(series, code, codes.label(BY_CODE[series], code), counts[code]) for code in known]
    return lines


def _write_figures(sheet: Worksheet, figures: MonthlyFigures, rows_of: dict[tuple[Series, str], int], centre_name: str) -> None:
    write_text(sheet.cell(1, 1), f"{centre_name} 月次報告 {wareki.month(figures.month.first)}").font = Font(bold=True, size=14)
    _header(sheet, 3, ["項目", "識別子", "コード", "件数"])
    for number, (series, code, label, count) in enumerate(figure_lines(figures), start=4):
        write_text(sheet.cell(number, 1), label).alignment = Alignment(indent=2 if code else 0)
        write_text(sheet.cell(number, 2), series.value)
        write_text(sheet.cell(number, 3), code)
        figure = sheet.cell(number, 4, count)
        figure.number_format = "#,##0"
        if count:
            figure.hyperlink = Hyperlink(ref=figure.coordinate, location=f"{RECORDS}!A{rows_of[series, code]}")
            figure.font = Font(color="0055AD", underline="single")
        for column in range(1, 5):
            sheet.cell(number, column).border = _LINE
    _widths(sheet, [46, 30, 30, 10])


def _write_records(sheet: Worksheet, figures: MonthlyFigures) -> dict[tuple[Series, str], int]:
    """Write one row a record and return where each figure's records begin."""
    _header(sheet, 1, ["項目", "識別子", "コード", "ケース番号", "日付"])
    numbers = _case_numbers({entry.case for entries in figures.entries.values() for entry in entries if entry.case})
    starts: dict[tuple[Series, str], int] = {}
    row = 2
    for series in Series:
        for entry in sorted(figures.entries[series], key=lambda entry: (entry.code, entry.on, str(entry.record))):
            starts.setdefault((series, ""), row)
            starts.setdefault((series, entry.code), row)
            for column, text in enumerate([series.label, series.value, entry.code, numbers.get(entry.case, "")], start=1):
                write_text(sheet.cell(row, column), text)
            sheet.cell(row, 5, entry.on).number_format = "yyyy-mm-dd"
            row += 1
    _widths(sheet, [46, 30, 30, 14, 14])
    return starts


def _case_numbers(cases: set[UUID]) -> dict[UUID | None, str]:
    """The number of a protected person's case stays here: the workbook goes out of the house."""
    return dict(Case.objects.filter(pk__in=cases).exclude(client__in=clients_in_force()).values_list("pk", "number"))


def _header(sheet: Worksheet, row: int, titles: list[str]) -> None:
    for column, title in enumerate(titles, start=1):
        cell = write_text(sheet.cell(row, column), title)
        cell.font, cell.fill, cell.border = Font(bold=True), _HEAD, _LINE
    sheet.freeze_panes = sheet.cell(row + 1, 1)


def _widths(sheet: Worksheet, widths: list[int]) -> None:
    for letter, width in zip("ABCDE", widths, strict=False):
        sheet.column_dimensions[letter].width = width
