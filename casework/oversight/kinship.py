"""Whether somebody read is of the reader's own family or neighbourhood: what is compared, and how it is made alike."""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from foundation import names

POSTCODE = re.compile(r"〒?\s*\d{3}-?\d{4}\s*")
BLOCK = re.compile(r"([^\d]*)(\d*)")
PREFECTURE = re.compile(r"^.{2,3}[都道府県]")
CHOME = dict(zip("一二三四五六七八九", "123456789", strict=True))
SHORTEST_TOWN = 2


class Kin(NamedTuple):
    """A member of staff: the surnames and full names that are her own or her household's, folded, and her block."""

    surnames: frozenset[str]
    people: frozenset[str]
    block: str


class Person(NamedTuple):
    """Somebody who was read: how she is called, folded, and where she lives."""

    names: frozenset[str]
    surnames: frozenset[str]
    blocks: frozenset[str]


def surname_of(name: str) -> str:
    """What stands before the space; of a name without one nothing is known."""
    first, space, _ = unicodedata.normalize("NFKC", name).strip().partition(" ")
    return first if space else ""


def kin_of(own_name: str, *, surnames: Iterable[str] = (), people: Iterable[str] = (), address: str = "") -> Kin:
    """Of her account's name and what she declared."""
    everybody = [name for name in (own_name, *people) if name.strip()]
    families = [*surnames, *(surname_of(name) for name in everybody)]
    return Kin(
        frozenset(folded for name in families if (folded := names.fold(name))),
        frozenset(folded for name in everybody if surname_of(name) and (folded := names.fold(name))),
        block_of(address),
    )


def person_of(called: Iterable[str | None], addresses: Iterable[str | None]) -> Person:
    known = [name for name in called if name]
    families = {names.fold(surname) for name in known if (surname := surname_of(name))}
    blocks = {block for each in addresses if (block := block_of(each or ""))}
    return Person(frozenset(map(names.fold, known)), frozenset(families), frozenset(blocks))


def is_of_household(kin: Kin, person: Person) -> bool:
    return not kin.people.isdisjoint(person.names)


def has_same_surname(kin: Kin, person: Person) -> bool:
    """Of a name written without a space the beginning counts, unless the surname is a single letter."""
    if not kin.surnames.isdisjoint(person.surnames):
        return True
    unspaced = person.names if not person.surnames else frozenset[str]()
    return any(name.startswith(surname) for name in unspaced for surname in kin.surnames if len(surname) > 1)


def lives_in_same_block(kin: Kin, person: Person) -> bool:
    """The same town and first number; one of the two may be written with more before it (city, ward)."""
    return bool(kin.block) and any(block.endswith(kin.block) or kin.block.endswith(block) for block in person.blocks)


def block_of(address: str) -> str:
    """港区見本町3丁目5番 and 大阪市港区見本町3-5 are alike from their ends; a town without a number is no block."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", address))
    plain = PREFECTURE.sub("", POSTCODE.sub("", plain))
    plain = re.sub("([一二三四五六七八九])丁目", lambda found: CHOME[found[1]] + "丁目", plain)
    town, number = BLOCK.match(plain).groups()  # type: ignore[union-attr]  # both parts may be empty, so it always matches
    return f"{town}{number}" if number and len(town) >= SHORTEST_TOWN else ""


def watched_words(given: Iterable[str]) -> set[str]:
    """Folded, as a search would fold them; a reading also in Latin letters."""
    folded = {names.fold(name) for name in given} - {""}
    return folded | {latin for word in folded if (latin := names.romaji(word)) and latin.isascii()}
