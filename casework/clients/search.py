"""Finding a person by whatever the caller says: a name, its reading, a phone number, a birthday, a case number.

Names and numbers are opened in memory by the gate; only ids come out, and the trail keeps a digest of the term.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from uuid import UUID

from accounts.models import Account
from casework.clients.models import Client, ContactWay, RelatedPerson
from disclosure import gate
from disclosure.protection import seen_by
from foundation import clock, names, phones, wareki
from foundation.wareki import UnreadableDate

CASE_NUMBER = re.compile(r"([A-Z])(\d{1,2})-(\d{1,5})")
DIGITS = re.compile(r"\+?\d{4,15}")
PHONES = ("mobile", "home_phone", "other_phone")
SHORTEST_NAME = 2
PREFIXES = range(2, 7)  # of a term: the surname in 見本太郎

after_search: list[Callable[[Account, Sequence[str]], None]] = []
"""Called with the viewer and the folded terms after a search by name has left its line."""


def find_clients(viewer: Account, term: str, *, channel: str = "screen") -> list[UUID]:
    """Clients whom the term may mean, whoever may see them; each once.

    What is shown of them is the page's question to the gate. Raises EvidenceUnavailable (503).
    """
    term = unicodedata.normalize("NFKC", term).strip()
    number = CASE_NUMBER.fullmatch(term.upper())
    if number:
        return _by_case_number(viewer, f"{number[1]}{number[2]}-{int(number[3]):04}")
    digits = phones.normalise(term)
    if DIGITS.fullmatch(digits):
        return list(dict.fromkeys([*_by_phone(viewer, digits, channel), *_by_birthday(viewer, term, channel)]))
    return _by_birthday(viewer, term, channel) or find_by_name(viewer, [term], channel=channel)


def find_similar(viewer: Account, *, name: str = "", kana: str = "", phone: str = "", channel: str = "fragment") -> list[UUID]:
    """Who may be calling again: the same number first, then the same name or reading."""
    digits = phones.normalise(phone)
    by_phone = _by_phone(viewer, digits, channel) if DIGITS.fullmatch(digits) else []
    return list(dict.fromkeys([*by_phone, *find_by_name(viewer, [name, kana], channel=channel)]))


def find_by_name(viewer: Account, terms: list[str], *, channel: str) -> list[UUID]:
    """Clients in whose name or reading one of the terms occurs, however either is written."""
    searches = [names.Search(term) for term in terms if len(names.fold(term)) >= SHORTEST_NAME]
    if not searches:
        return []
    term = " ".join(search.folded for search in searches)
    words = words_of(terms)
    found = _search_clients(viewer, ("name", "kana"), lambda *said: any(search.finds(*said) for search in searches), term, channel, words)
    for listener in after_search:
        listener(viewer, words)
    return found


def words_of(terms: Iterable[str]) -> list[str]:
    """What a typed name may have begun with: the whole, its words, the beginnings of the whole; folded, for the trail's digests."""
    words: dict[str, None] = {}
    for term in terms:
        folded = names.fold(term)
        pieces = [folded, *map(names.fold, term.split()), *(folded[:length] for length in PREFIXES)]
        words |= dict.fromkeys(piece for piece in pieces if piece)
    return list(words)


def _by_case_number(viewer: Account, number: str) -> list[UUID]:
    return list(Client.objects.filter(seen_by(viewer, "pk"), cases__number=number).values_list("pk", flat=True))


def _by_phone(viewer: Account, digits: str, channel: str) -> list[UUID]:
    """Those reached, or spoken for, under a number that ends in these digits; a whole number must be that number."""

    def ends(number: str | None) -> bool:
        return bool(number) and phones.normalise(str(number)).endswith(digits)

    ways = ContactWay.objects.filter(kind__in=PHONES)
    found = gate.search(ContactWay, ["value"], ends, viewer=viewer, channel=channel, term=digits, among=ways)
    callers = gate.search(RelatedPerson, ["phone"], ends, viewer=viewer, channel=channel, term=digits)
    clients = Client.objects.filter(contact_ways__in=found) | Client.objects.filter(related_people__in=callers)
    return list(clients.order_by("created_at", "id").values_list("pk", flat=True).distinct()) if found or callers else []


def _by_birthday(viewer: Account, term: str, channel: str) -> list[UUID]:
    days = birthdays_meant(term, today=clock.today())
    return _search_clients(viewer, ("birth_date",), lambda born: born in days, term, channel) if days else []


def birthdays_meant(term: str, *, today: date) -> set[date]:
    """Days a term such as S49.5.3 may mean; none for what is no date, and for a bare number that is no eight digits."""
    if not re.search(r"\d", term) or (term.isdigit() and len(term) != 8):
        return set()
    try:
        return {wareki.parse(term, today=today, sense="birthday")}
    except UnreadableDate as unreadable:
        return set(unreadable.candidates)


def _search_clients(
    viewer: Account, fields: tuple[str, ...], match: Callable[..., bool], term: str, channel: str, words: Iterable[str] = ()
) -> list[UUID]:
    return gate.search(Client, fields, match, viewer=viewer, channel=channel, term=term, words=words)
