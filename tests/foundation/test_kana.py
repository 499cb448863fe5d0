import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import kana
from foundation.errors import RuleViolation


@pytest.mark.parametrize("typed", ["みなと たろう", "ミナト　タロウ", "ﾐﾅﾄ ﾀﾛｳ", "  みなと   たろう ", "ミナト\u3000たろう"])
def test_readings_are_stored_as_hiragana_with_one_space(typed):
    assert kana.check(typed) == "みなと たろう"


@pytest.mark.parametrize(
    ("typed", "stored"), [("マリー・アン", "まりー・あん"), ("ｶﾞﾘﾚｵ", "がりれお"), ("ヴァン", "ゔぁん"), ("まり-", "まりー"), ("", "")]
)
def test_marks_of_foreign_names_are_kept(typed, stored):
    assert kana.check(typed) == stored


def test_files_of_other_systems_get_katakana():
    assert kana.katakana("みなと たろう") == "ミナト タロウ"


@pytest.mark.parametrize("typed", ["湊 太郎", "minato", "みなと1", "みなと；"])
def test_what_is_not_kana_is_refused(typed):
    with pytest.raises(RuleViolation) as refusal:
        kana.check(typed, field="kana")

    assert (refusal.value.code, refusal.value.field) == ("not_kana", "kana")


@given(st.text(alphabet=[chr(code) for code in range(ord("あ"), ord("ん") + 1)], max_size=12))
def test_hiragana_survives_the_way_through_katakana(reading):
    assert kana.hiragana(kana.katakana(reading)) == reading
