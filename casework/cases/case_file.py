"""What the page of a case shows, gathered with few queries and opened by one reveal."""

from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import prefetch_related_objects
from django.utils.safestring import SafeString

from accounts.models import Account
from casework.cases import duties
from casework.cases.cards import cards_of, links_of
from casework.cases.care_team import team_of
from casework.cases.headings import stages_of
from casework.cases.models import Case, Duty
from casework.cases.timeline import FILTERS, Line, events_of, lines_of, records_behind
from disclosure import gate
from disclosure.opened import Opened
from ui.parts import Stage, Tab


class Timeline(NamedTuple):
    lines: list[Line]
    shown: str
    page: int
    has_older: bool
    tabs: list[Tab]

    @property
    def newer(self) -> str:
        return self._address(self.page - 1)

    @property
    def older(self) -> str:
        return self._address(self.page + 1)

    def _address(self, page: int) -> str:
        return f"?{urlencode({'kind': self.shown, 'page': page})}"


class Due(NamedTuple):
    """A duty as it stands at the side: what, when, where it is fulfilled."""

    duty: Duty
    label: str
    url: str
    is_overdue: bool


class CaseFile(NamedTuple):
    client: Opened
    heard: Opened
    ways: list[Opened]
    people: list[Opened]
    timeline: Timeline
    due: list[Due]
    clock: Due | None
    team: list[Account]
    stages: list[Stage]
    links: list[tuple[str, str, str]]
    cards: list[SafeString]
    previous: Case | None
    following: Case | None


def open_file(case: Case, viewer: Account, *, shown: str, page: int, today: date, may_write: bool = True) -> CaseFile:
    """Everything of the page; the evidence is one line. Who may only look is offered no step."""
    happened, has_older = events_of(case, shown=shown, page=page)
    prefetch_related_objects([case.client], "contact_ways", "consents")
    ways = sorted((way for way in case.client.contact_ways.all() if way.ended_on is None), key=attrgetter("kind", "pk"))
    people = [case.caller] if case.caller else []
    team = list(team_of(case))
    things: list[Any] = [case, case.client, *ways, *people, *records_behind(happened, case)]  # Any: of several models
    heard, client, *rest = gate.reveal(things, viewer=viewer, channel="screen")
    behind = rest[len(ways) + len(people) :]
    due = due_in(case, today)
    return CaseFile(
        client=client,
        heard=heard,
        ways=rest[: len(ways)],
        people=rest[len(ways) : len(ways) + len(people)],
        timeline=Timeline(lines_of(happened, behind, heard, team), shown, page, has_older, tabs_of(shown)),
        due=due,
        clock=next((each for each in due if each.duty.kind == "emergency_start.report"), None),
        team=team,
        stages=stages_of(case),
        links=links_of(case, viewer) if may_write else [],
        cards=cards_of(case, viewer),
        previous=case.previous,
        following=getattr(case, "next", None),
    )


def open_timeline(case: Case, viewer: Account, *, shown: str, page: int) -> Timeline:
    """Only the timeline, for the piece of the page that changes when it is filtered."""
    happened, has_older = events_of(case, shown=shown, page=page)
    heard, *behind = gate.reveal([case, *records_behind(happened, case)], viewer=viewer, channel="fragment")
    return Timeline(lines_of(happened, behind, heard), shown, page, has_older, tabs_of(shown))


def tabs_of(shown: str) -> list[Tab]:
    return [Tab(kind.label, f"?kind={name}", name == shown) for name, kind in FILTERS.items()]


def due_in(case: Case, today: date) -> list[Due]:
    open_ones = case.duties.filter(closed_on=None).order_by("due_on", "pk")
    return [Due(duty, duties.label_of(duty), duties.url_of(duty), duty.is_overdue(today)) for duty in open_ones]
