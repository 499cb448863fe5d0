"""Finding people by name: what counts as the same name, however it was written or typed. Names are stored as written."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import jaconv

VARIANTS = Path(__file__).parent / "data" / "variants.txt"
DROPPED = "\u30fc\u30fb-'’.,‐‑‒–—―− \t\n"
SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # say which drawing of a character is meant
SOUNDS = dict(zip("ゕゖぢづゐゑをđøł", "かけじずいえおdol", strict=True))
LETTER_WITH_ACCENT = re.compile("[\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f]")
ACCENTS = re.compile("[\u0300-\u036f]")
LATIN = re.compile(r"[a-z]+")
SPELLINGS = [
    (re.compile(spelling), plain)
    for spelling, plain in (
        ("o[uo]|oh(?=[^aeiouy]|$)", "o"),  # おおたに is ootani, ohtani and otani
        ("uu", "u"),
        ("m(?=[bmp])", "n"),
        ("tch", "cch"),
        ("sh(?=i)", "s"),
        ("sh", "sy"),
        ("ch(?=i)", "t"),
        ("ch", "ty"),
        ("ts", "t"),
        ("j(?=i)", "z"),
        ("jy?", "zy"),
        ("f", "h"),
    )
]


@cache
def one_form() -> dict[int, str | None]:
    """From each character to the one that stands for all its ways of writing: hiragana, 異体字; None where it is dropped."""
    table: dict[int, str | None] = {ord(mark): None for mark in DROPPED}
    table |= {selector: None for selectors in SELECTORS for selector in selectors}
    table |= {ord(sound): plain for sound, plain in SOUNDS.items()}
    for katakana in range(ord("ァ"), ord("ヶ") + 1):
        hiragana = jaconv.kata2hira(chr(katakana))
        table[katakana] = SOUNDS.get(hiragana, hiragana)
    lines = [line for line in VARIANTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return table | {ord(variant): line[0] for line in lines for variant in line[1:]}


def fold(text: str) -> str:
    """One form for all ways of writing a name: width, case, kana, accents, 異体字, spaces and dashes make no difference."""
    if LETTER_WITH_ACCENT.search(text):
        text = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", text).casefold().translate(one_form())


def romaji(folded: str) -> str:
    """A folded reading in Latin letters, one spelling for all: きょうこ, kyouko and kyoko are `kyoko`."""
    latin = jaconv.kana2alphabet(folded).replace("'", "")
    for spelling, plain in SPELLINGS:
        latin = spelling.sub(plain, latin)
    return str(latin)


class Search:
    """A typed term, folded once, to be tried on many names: 高崎 finds 髙﨑, ミナト and `minato` find みなと."""

    def __init__(self, term: str) -> None:
        self.folded = fold(term)
        self.latin = romaji(self.folded) if LATIN.fullmatch(self.folded) else ""

    def finds(self, *names: str | None) -> bool:
        """Whether the term is part of one of the names. An empty term is part of none."""
        return bool(self.folded) and any(self.is_part_of(fold(name)) for name in names if name)

    def is_part_of(self, folded_name: str) -> bool:
        return self.folded in folded_name or bool(self.latin and self.latin in romaji(folded_name))


def matches(term: str, *names: str | None) -> bool:
    return Search(term).finds(*names)
