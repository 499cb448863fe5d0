"""What slices above lay onto the case's page and onto 今日: they register it in AppConfig.ready(), we show it in their order.

A card brings its own template and clear facts only; personal data is opened once for the whole page, by the page.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import Account
from casework.cases.models import Case

Facts = Mapping[str, Any]  # Any: what its template prints


class CaseCard(NamedTuple):
    """At the side of the case's page; no facts, no card."""

    order: int
    template: str
    facts: Callable[[Case, Account], Facts | None]


class CaseLink(NamedTuple):
    """A next step that this account may take in this case now, by the predicate that guards the step itself."""

    order: int
    label: str
    icon: str
    url: Callable[[Case], str]
    is_open: Callable[[Account, Case], bool]


class TodayCard(NamedTuple):
    """On 今日; `place` is "main" (the day's column) or "side"."""

    order: int
    place: str
    template: str
    facts: Callable[[Account, date], Facts | None]


_case_cards: dict[str, CaseCard] = {}
_links: dict[str, CaseLink] = {}
_today_cards: dict[str, TodayCard] = {}


def register_card(card: CaseCard) -> None:
    _case_cards[card.template] = card


def register_link(link: CaseLink) -> None:
    _links[link.label] = link


def register_today(card: TodayCard) -> None:
    _today_cards[card.template] = card


def cards_of(case: Case, viewer: Account) -> list[SafeString]:
    drawn = ((card.template, card.facts(case, viewer)) for card in in_order(_case_cards.values()))
    return [render_to_string(template, {"case": case, **facts}) for template, facts in drawn if facts is not None]


def links_of(case: Case, viewer: Account) -> list[tuple[str, str, str]]:
    """(label, icon, address) of every step that stands open."""
    return [(link.label, link.icon, link.url(case)) for link in in_order(_links.values()) if link.is_open(viewer, case)]


def cards_of_today(viewer: Account, today: date, place: str) -> list[SafeString]:
    here = (card for card in in_order(_today_cards.values()) if card.place == place)
    drawn = ((card.template, card.facts(viewer, today)) for card in here)
    return [render_to_string(template, {"today": today, **facts}) for template, facts in drawn if facts is not None]


def in_order(registered: Iterable[Any]) -> list[Any]:
    """Any: cards and links alike have an order."""
    return sorted(registered, key=attrgetter("order"))
