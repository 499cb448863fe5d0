"""B37: her places are found in a text however they are written, and a text about something else is left alone."""

import pytest

from casework.protection.whereabouts import Whereabouts, digits_of, parts_of
from tests.factories.protection import ADDRESS, ALIAS, PHONE, SCHOOL

HERS = Whereabouts([*parts_of(ADDRESS), *parts_of(SCHOOL), ALIAS], [PHONE, "06-0000-1111"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("娘は見本ひかり学園に通う", "見本ひかり学園"),
        ("見本ヒカリ学園の門で", "見本ヒカリ学園"),
        ("見本ﾋｶﾘ学園の門で", "見本ﾋｶﾘ学園"),
        ("見本 ひかり 学園", "見本 ひかり 学園"),
        ("見本ひかり學園の門", "見本ひかり學園"),
        ("ヒカリガクエンの先生", "ヒカリガクエン"),
        ("ﾋｶﾘｶﾞｸｴﾝの先生", "ﾋｶﾘｶﾞｸｴﾝ"),
        ("住所は例示町3-2-1です", "例示町3-2-1"),
        ("住所は例示町３丁目２番１号です", "例示町３丁目２番１"),
        ("住所は例示町三丁目二番一号です", "例示町三丁目二番一"),
        ("架空区例示町3の2の1", "架空区例示町3の2の1"),
        ("見本ハイツの2階", "見本ハイツ"),
        ("電話は090-0000-9991", "090-0000-9991"),
        ("電話は０９０（００００）９９９１", "０９０（００００）９９９１"),
        ("+81 90 0000 9991 まで", "90 0000 9991"),
        ("〇九〇〇〇〇〇九九九一", "〇九〇〇〇〇〇九九九一"),
        ("0600001111へ", "0600001111"),
    ],
)
def test_a_place_is_found_however_it_is_written(text: str, said: str) -> None:
    spans = HERS.find(text)
    assert spans, text
    assert said in text[spans[0].start : spans[-1].end]


@pytest.mark.parametrize(
    "text",
    ["家賃のことで話した", "ひかりの見える部屋", "見本市の窓口で", "06-0000-2222", "3-2-1で始めた", "", "12時30分", "みほんはいつに移った"],
)
def test_a_text_about_something_else_is_left_alone(text: str) -> None:
    assert HERS.find(text) == []


def test_spans_lie_in_the_text_as_it_was_typed() -> None:
    text = "（前略）見本ﾋｶﾘ学園、電話０９０−００００−９９９１です"
    assert [text[span.start : span.end] for span in HERS.find(text)] == ["見本ﾋｶﾘ学園", "０９０−００００−９９９１"]


def test_what_is_no_digit_divides_a_number() -> None:
    assert digits_of("090年0000月9991").text == "090/0000/9991"
