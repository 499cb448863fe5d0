import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import names

HIRAGANA = st.characters(min_codepoint=ord("あ"), max_codepoint=ord("ん"))
NAME_LETTERS = st.one_of(
    HIRAGANA,
    st.characters(min_codepoint=ord("ァ"), max_codepoint=ord("ー")),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF, categories=["Lo"]),
    st.characters(min_codepoint=ord("A"), max_codepoint=ord("ż"), categories=["L"], exclude_characters="ªºŉ"),
)
KANA_WORDS = st.text(alphabet=HIRAGANA, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("高崎", "髙﨑 仮名"),
        ("髙﨑", "高崎 仮名"),
        ("渡辺", "渡邉 架空"),
        ("渡邊", "渡邉 架空"),
        ("斉藤", "齋藤 架空"),
        ("浜口", "濵口 架空"),
        ("吉野", "𠮷野 仮名"),
        ("吉野仮", "𠮷野　仮名"),
        ("辻󠄀", "辻 架空"),
        ("竜ケ崎", "龍ヶ﨑"),
        ("ミナト", "みなと たろう"),
        ("ﾐﾅﾄ", "みなと たろう"),
        ("みなとた", "みなと　たろう"),
        ("まり", "マリー"),
        ("かづこ", "かずこ"),
        ("minato", "みなと たろう"),
        ("minat", "みなと"),
        ("ＭＩＮＡＴＯ", "ミナト"),
        ("shinichi", "しんいち"),
        ("kyoko", "きょうこ"),
        ("kyouko", "きょうこ"),
        ("otani", "おおたに"),
        ("ohtani", "おおたに"),
        ("homma", "ほんま"),
        ("honma", "ほんま"),
        ("huzii", "ふじい"),
        ("fujii", "ふじい"),
        ("hatsuko", "はつこ"),
        ("NGUYEN", "Nguyễn Văn Đức"),
        ("van duc", "Nguyễn Văn Đức"),
    ],
)
def test_a_person_is_found_however_the_name_is_typed(term, name):
    assert names.matches(term, name)


@pytest.mark.parametrize(
    ("term", "name"), [("", "みなと"), ("　", "みなと"), ("かき", "がぎ"), ("minoto", "みなと"), ("x", "みなと"), ("高", None)]
)
def test_other_names_are_not_found(term, name):
    assert not names.matches(term, name)


def test_one_of_several_names_is_enough():
    assert names.Search("ゆうなぎ").finds("夕凪 試子", "ゆうなぎ ためこ")
    assert not names.Search("ゆうなぎ").finds("夕凪 試子", None)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_searched_for_in_any_text(term, text):
    assert names.matches(term, text) in {True, False}


@given(st.text(alphabet=NAME_LETTERS, max_size=40))
def test_folding_twice_changes_nothing_more(text):
    assert names.fold(names.fold(text)) == names.fold(text)


@given(KANA_WORDS)
def test_katakana_and_hiragana_fold_alike(word):
    katakana = "".join(chr(ord(letter) + 0x60) for letter in word)

    assert names.fold(katakana) == names.fold(word)
    assert names.fold(unicodedata.normalize("NFD", word)) == names.fold(word)


def test_a_character_stands_in_one_line_of_the_variants_only():
    lines = [line for line in Path(names.VARIANTS).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    characters = "".join(lines)

    assert all(len(line) > 1 for line in lines)
    assert len(set(characters)) == len(characters)
