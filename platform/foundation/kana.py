"""Kana: the one form in which readings are stored, and the form in which they leave."""

import re
import unicodedata

import jaconv

from foundation.errors import RuleViolation

KANA = re.compile(r"[ぁ-ゖー・ 　゛゜]*")
MARKS_BY_OTHER_NAMES = str.maketrans({"‐": "ー", "―": "ー", "−": "ー", "-": "ー", "･": "・"})


def hiragana(text: str) -> str:
    """みなと たろう: NFC hiragana with single plain spaces, whatever kana was typed. Other characters stay."""
    plain = unicodedata.normalize("NFKC", text).translate(MARKS_BY_OTHER_NAMES)
    return " ".join(jaconv.kata2hira(plain).split())


def katakana(text: str) -> str:
    """ミナト タロウ, for files of other systems."""
    return str(jaconv.hira2kata(hiragana(text)))


def check(text: str, *, field: str | None = None) -> str:
    """The stored form of a reading. Raises RuleViolation `not_kana` if something in it is not kana."""
    stored = hiragana(text)
    if not KANA.fullmatch(stored):
        raise RuleViolation("ふりがなは、ひらがなかカタカナで入力してください。", code="not_kana", field=field)
    return stored
