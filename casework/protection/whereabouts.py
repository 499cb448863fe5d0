"""Finding in a text where somebody is: her places, numbers and addresses, however they are written.

Width, case, kana, 異体字, spaces and dashes make no difference; numbers are compared by their digits; of an address its parts
(postcode, town with number, the name of the building) count by themselves.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Model

from casework.clients.models import ContactWay, RelatedPerson
from casework.protection.models import Protection, SecretPlace
from foundation import names, phones

SHORTEST = 2
SHORTEST_NUMBER = 6
SHORTEST_PHONE = 9
PHONES = frozenset({"mobile", "home_phone", "other_phone"})
ADDRESSES = frozenset({"address"})
NUMERALS = str.maketrans("〇一二三四五六七八九", "0123456789")
KANJI_NUMBER = re.compile(r"[〇一二三四五六七八九]+(?=丁目|番|号|条|の[〇一二三四五六七八九0-9])|(?<=の)[〇一二三四五六七八九]+")
BLOCK = re.compile(r"\d(?:丁目|番地の|番地|番|号室|号|の(?=\d))")
VOICED = frozenset("ﾞﾟ\u3099\u309a")
SEPARATORS = frozenset(" \t()‐‑‒–—―−ー.・-－のノ（）　")
POSTCODE = re.compile(r"〒?\s*(\d{3}[‐-―−ー-]?\d{4})")
PREFECTURE = re.compile(r"^(?:東京都|北海道|京都府|大阪府|..県|...県)")
CITY = re.compile(r"^.+?(?:区|市|町|村)(?=.)")
NUMBERED = re.compile(r"^(?P<place>.*?\d[\d\s丁目番地号の‐-―−ー-]*)(?P<building>.*)$")


class Span(NamedTuple):
    """Where in the text as it was typed."""

    start: int
    end: int


class Folded(NamedTuple):
    """A text in the one form for all ways of writing, and for each of its characters the place in the text it came from."""

    text: str
    origin: list[int]


class Whereabouts:
    """What must not be said of somebody, folded once, to be tried on many texts."""

    def __init__(self, words: Iterable[str], numbers: Iterable[str]) -> None:
        folded = {fold(word).text for word in words}
        self.words = sorted((word for word in folded if len(word) >= SHORTEST), key=len, reverse=True)
        digits = {re.sub(r"\D", "", phones.normalise(number)).removeprefix("0") for number in numbers}
        self.numbers = sorted(number for number in digits if len(number) >= SHORTEST_NUMBER)

    def find(self, text: str) -> list[Span]:
        """Every place that gives her away, in order, overlapping ones as one."""
        digits = digits_of(text)
        found = [*_spans(fold(text), self.words), *(_with_its_zero(span, digits) for span in _spans(digits, self.numbers))]
        merged: list[Span] = []
        for span in sorted(found):
            if merged and span.start <= merged[-1].end:
                merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
            else:
                merged.append(span)
        return merged

    def is_named_in(self, text: str) -> bool:
        return bool(self.find(text))


def places(people: Iterable[UUID] | None) -> Sequence[Model]:
    """Rows that say where these people are; None: everybody who is protected now. Ways she no longer uses count too."""
    of = {"client__in": list(people)} if people is not None else {"client__in": Protection.objects.filter(ended_at=None).values("client")}
    return [
        *SecretPlace.objects.filter(removed_at=None, **of),
        *ContactWay.objects.filter(**of),
        *RelatedPerson.objects.filter(phone__isnull=False, **of),
    ]


def whereabouts_in(opened: Sequence[Any]) -> Whereabouts:
    """Any: what the gate opened of `places`."""
    words: list[str] = []
    numbers: list[str] = []
    for row in opened:
        if isinstance(row.original, RelatedPerson):
            numbers.append(_text(row.phone))
        elif row.kind in PHONES or row.kind == "phone":
            numbers += [_text(row.value), *_aliases(row)]
        else:
            for value in (_text(row.value), *_aliases(row)):
                words += parts_of(value)
                numbers += [run for run in digits_of(value).text.split("/") if run.startswith("0") and len(run) >= SHORTEST_PHONE]
    return Whereabouts([word for word in words if word], [number for number in numbers if number])


def parts_of(value: str) -> list[str]:
    """What of a written place gives it away by itself."""
    plain = unicodedata.normalize("NFKC", value).strip()
    found = [plain]
    if code := POSTCODE.search(plain):
        found.append(code[1])
        plain = plain.replace(code[0], "").strip()
        found.append(plain)
    without = PREFECTURE.sub("", plain)
    numbered = NUMBERED.match(without)
    if numbered:
        for narrower in (without, numbered["place"]):
            while narrower and narrower not in found:
                found.append(narrower)
                narrower = CITY.sub("", narrower, count=1)
        building = re.sub(r"[\d\s]+(?:号室|号|F|階)?$", "", numbered["building"]).strip()
        found += [building] if len(fold(building).text) > SHORTEST else []
    return [part for part in dict.fromkeys(found) if (len(fold(part).text) >= SHORTEST and not fold(part).text.isdigit()) or part == value]


def fold(text: str) -> Folded:
    """One form with the way back. A voiced mark typed as a character of its own belongs to the one before."""
    written, origin = _with_plain_numbers(text)
    folded: list[str] = []
    places_of: list[int] = []
    position = 0
    while position < len(written):
        end = position + 1
        while end < len(written) and (written[end] in VOICED or unicodedata.combining(written[end])):
            end += 1
        for character in names.fold(written[position:end]):
            folded.append(character)
            places_of.append(origin[position])
        position = end
    return Folded("".join(folded), places_of)


def digits_of(text: str) -> Folded:
    """The digits of a text, runs divided by anything that is no separator of a number."""
    digits: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character).translate(NUMERALS)
        if plain.isascii() and plain.isdigit():
            digits.append(plain)
            origin.append(place)
        elif character not in SEPARATORS and digits and digits[-1] != "/":
            digits.append("/")
            origin.append(place)
    return Folded("".join(digits), origin)


def _with_plain_numbers(text: str) -> tuple[str, list[int]]:
    """弁天三丁目2番1号 as 弁天321, each character with its place: how a block is written makes no difference."""
    characters = list(KANJI_NUMBER.sub(lambda found: found[0].translate(NUMERALS), text))
    plain = "".join(unicodedata.normalize("NFKC", one) if one.isdecimal() else one for one in characters)
    dropped = {place for found in BLOCK.finditer(plain) for place in range(found.start() + 1, found.end())}
    kept = [place for place in range(len(plain)) if place not in dropped]
    return "".join(plain[place] for place in kept), kept


def _spans(folded: Folded, needles: Iterable[str]) -> list[Span]:
    found = []
    for needle in needles:
        start = folded.text.find(needle)
        while start >= 0:
            found.append(Span(folded.origin[start], folded.origin[start + len(needle) - 1] + 1))
            start = folded.text.find(needle, start + 1)
    return found


def _with_its_zero(span: Span, digits: Folded) -> Span:
    place = digits.origin.index(span.start)
    return Span(digits.origin[place - 1], span.end) if place and digits.text[place - 1] == "0" else span


def _aliases(row: Any) -> list[str]:  # Any: an opened place or way
    return [_text(alias) for alias in getattr(row, "aliases", None) or [] if alias]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
