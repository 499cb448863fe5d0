"""Files for spreadsheets hold text, never formulas (B48)."""

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from ui.sheets import begins_like_a_formula, csv_of, write_text

ATTACKS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "\ufeff=1", "\u200b=1", "＝1+1", "＋1", "－1", "＠x", "﹣1",
    "−1", "|cmd", "%x", "=cmd|'/C calc'!A0", '=HYPERLINK("http://evil.example","x")', "\x00=1", "\u202e=1", "\u00a0\u00ad=1",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=60),
    st.tuples(st.text("\t\r\n \u3000\ufeff\u200b\u00a0'", max_size=3), st.sampled_from("=+-@＝＋－＠−﹣"), st.text(max_size=20)).map(
        "".join
    ),
)


def first_shown(text: str) -> str:
    """Told in another way than the module tells it: drop what prints nothing, fold widths."""
    shown = "".join(letter for letter in text if letter.isprintable() and not unicodedata.category(letter).startswith(("Z", "C")))
    return unicodedata.normalize("NFKC", shown)[:1]


@given(texts)
@example("=1+1")
@example("\ud7fc@")
def test_every_cell_of_a_workbook_is_text(text: str) -> None:
    """B48: whatever a name may be, after writing and reading the cell is a string and the same words."""
    book = Workbook()
    write_text(book.active.cell(1, 1), text)
    target = io.BytesIO()
    book.save(target)
    cell = load_workbook(io.BytesIO(target.getvalue())).active.cell(1, 1)
    assert cell.data_type in ({"s"} if cell.value is not None else {"n"})
    if cell.value is not None and first_shown(str(cell.value)) in {"=", "+", "-", "@"}:
        assert cell.quotePrefix


@given(st.lists(texts, min_size=1, max_size=5))
def test_every_cell_of_a_csv_file_is_quoted_and_on_one_line_and_begins_with_no_sign(row: list[str]) -> None:
    """B48"""
    content = csv_of([row])
    assert content.startswith(b'\xef\xbb\xbf"')
    (read,) = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert len(read) == len(row)
    for cell in read:
        assert first_shown(cell) not in {"=", "+", "-", "@"}
        assert not any(letter in cell for letter in "\t\r\n\x00")


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_programs_take_for_formulas_is_recognised(attack: str) -> None:
    assert begins_like_a_formula(attack)


@pytest.mark.parametrize("plain", ["見本 花子", "090-1234-5678", "R8-0001", "", "　", "1-2", "（株）見本", "〜から", "'x"])
def test_plain_words_stay_as_they_are(plain: str) -> None:
    assert not begins_like_a_formula(plain)
    assert plain in csv_of([[plain]]).decode()
