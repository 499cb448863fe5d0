"""What stands over every page of a case: who she is, how she may be approached, how far the work has come, where to go."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString

from casework.cases.models import Case, Stage
from casework.clients.consents import INFORMATION_SHARING
from disclosure.opened import Opened
from foundation import codes
from ui import parts
from ui.parts import Badge

STEPS = ("受付", "アセスメント", "プラン策定", "支援調整会議", "支援", "評価・終結")
REACHED = {
    Stage.RECEIVED: 0,
    Stage.SCREENED: 0,
    Stage.APPLIED: 1,
    Stage.ASSESSED: 2,
    Stage.PLANNING: 2,
    Stage.DELIBERATED: 3,
    Stage.SUPPORTING: 4,
    Stage.SUSPENDED: 4,
}
DONE = {Stage.CLOSED: len(STEPS), Stage.ENDED: 1}
SHARED, OTHER_CONSENT = Badge("情報共有の同意あり", "consent", "handshake"), Badge("同意は一部（情報共有は未）", "warn", "handshake")
TAKEN_BACK, NO_CONSENT = Badge("同意の撤回あり", "error", "ban"), Badge("同意はまだ", "warn", "circle-question-mark")


class CaseTab(NamedTuple):
    """A page of the case; `current_on` are the view names (or their beginnings) on which it is the open one."""

    order: int
    label: str
    url: Callable[[UUID], str]
    current_on: tuple[str, ...]
    to_look: bool = False  # it only shows, so it opens behind broken glass, too


_tabs: dict[str, CaseTab] = {}


def register_tab(tab: CaseTab) -> None:
    """Offer a page of the case from AppConfig.ready(); the same label again replaces it."""
    _tabs[tab.label] = tab


def tabs_of(case: Case, view_name: str, *, to_look: bool = False) -> list[parts.Tab]:
    """In their order; `to_look` leaves those that only show."""
    shown = sorted((tab for tab in _tabs.values() if tab.to_look or not to_look), key=lambda tab: tab.order)
    return [parts.Tab(tab.label, tab.url(case.pk), current=view_name.startswith(tab.current_on)) for tab in shown]


Notice = Callable[[Case, Opened], SafeString | None]
_notices: list[Notice] = []


def register_notice(notice: Notice) -> None:
    """Say in AppConfig.ready() what has to stand over every page of some cases; None where there is nothing to say."""
    if notice not in _notices:
        _notices.append(notice)


def notices_of(case: Case, client: Opened) -> list[SafeString]:
    return [drawn for notice in _notices if (drawn := notice(case, client)) is not None]


def stages_of(case: Case) -> list[parts.Stage]:
    """Six steps; what lies behind is done, and a case that went back stands at the earlier step again."""
    stage = Stage(case.stage)
    done = DONE.get(stage)
    if done is not None:
        return [parts.Stage(label, "done" if place < done else "ahead") for place, label in enumerate(STEPS)]
    now = REACHED[stage]
    return [parts.Stage(label, "done" if place < now else "now" if place == now else "ahead") for place, label in enumerate(STEPS)]


def badges_of(case: Case, *, today: date) -> list[Badge]:
    """Warnings before everything else: ways she must not be reached by, then what she has agreed to.

    Two queries of clear facts, none where the page has prefetched both.
    """
    return [*_warnings(case), _consent(case, today), *_state(case)]


def _warnings(case: Case) -> list[Badge]:
    ways = {(way.kind, way.safe_to_use) for way in case.client.contact_ways.all() if way.ended_on is None}
    unsafe = sorted(kind for kind, safe in ways if safe == "no")
    careful = sorted(kind for kind, safe in ways if safe == "with_care")
    return [
        *(Badge(f"{codes.label('contact_way_kind', kind)}には連絡しない", "error", "phone-off") for kind in unsafe),
        *(Badge(f"{codes.label('contact_way_kind', kind)}は時間・方法を選ぶ", "warn", "phone-call") for kind in careful),
    ]


def _consent(case: Case, today: date) -> Badge:
    given = list(case.client.consents.all())
    in_force = {consent.kind for consent in given if consent.is_in_force(today)}
    if INFORMATION_SHARING in in_force:
        return SHARED
    return OTHER_CONSENT if in_force else TAKEN_BACK if given else NO_CONSENT


def _state(case: Case) -> list[Badge]:
    if case.stage == Stage.SUSPENDED:
        return [Badge("中断", "warn", "circle-pause")]
    return [] if case.is_open else [Badge(case.get_stage_display(), "", "flag")]


def register() -> None:
    """The pages this slice has itself."""
    register_tab(CaseTab(10, "経過", _address_of("cases:detail"), ("cases:detail", "cases:record"), to_look=True))
    for order, label, name, current_on in (
        (20, "アセスメント", "cases:assess", ("cases:assess",)),
        (60, "同意", "cases:consent", ("cases:consent",)),
        (70, "支援チーム", "cases:team", ("cases:team",)),
        (80, "チームの外からの閲覧", "cases:openings", ("cases:openings",)),
    ):
        register_tab(CaseTab(order, label, _address_of(name), current_on))


def _address_of(name: str) -> Callable[[UUID], str]:
    return lambda case: reverse(name, args=[case])
