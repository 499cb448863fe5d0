"""Workbooks and CSV files whose cells are text and stay text, whatever somebody typed into a name (B48).

A spreadsheet takes a cell that begins with = + - @ (full-width too, and after blanks or invisible signs) for a formula, which can run
programs or send the sheet away.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet.worksheet import Worksheet

BEGINNINGS = frozenset("=+-@|%−‐‑")  # NFKC makes the full-width and small forms of the first six the plain ones
LONGEST = 32_767  # what a cell holds


def begins_like_a_formula(text: str) -> bool:
    """Whether some program could take this for a formula: looked at without what it would not show, and without what only a later Unicode has."""
    shown = next((letter for letter in text if unicodedata.category(letter)[0] not in "CZ"), "")
    return bool(shown) and unicodedata.normalize("NFKC", shown)[0] in BEGINNINGS


def write_text(cell: Cell, text: str | None) -> Cell:
    """Text as text: type "s", and marked so that it stays text when somebody edits the cell."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text or "")[:LONGEST]
    cell.value = clean or None
    if clean:
        cell.data_type = "s"
        cell.quotePrefix = begins_like_a_formula(clean)
    return cell


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark at the beginning, so that Excel reads Japanese; every cell quoted and on one line."""
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([csv_cell(text) for text in row] for row in rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode("utf-8", "replace")


def csv_cell(text: str) -> str:
    clean = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    return f"'{clean}" if begins_like_a_formula(text) else clean


def stamp(sheet: Worksheet, mark: str) -> None:
    """The mark at the foot and head of every printed page of the sheet; whoever makes the sheet also shows it in a cell."""
    printed = mark.replace("&", "&&")[:240]
    for part in (sheet.oddFooter.left, sheet.oddHeader.right):
        part.text, part.size = printed, 8
