"""What a meeting may see of each line of its agenda: everything, or the number and the decision only.

A line whose person does not exist for the viewer is not there at all. Two questions are asked anew at every showing: may this
account read the case, and, where others than the centre sit at the table, does the person's consent to sharing information
hold today. The second is not softened for anybody.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Model, prefetch_related_objects

from accounts.models import Account
from casework.cases.access import BREAK_GLASS, reading_grounds
from casework.cases.models import Case
from casework.clients.consents import INFORMATION_SHARING, clients_with_consent
from casework.meetings.agenda import decided_by, waiting_for
from casework.meetings.masking import initials
from casework.meetings.models import AgendaItem, ItemKind, SupportCoordinationMeeting
from casework.plans.models import SupportPlan
from disclosure import gate
from disclosure.opened import Opened

OWN_STAFF = "centre"
NO_ACCESS, NO_CONSENT = "no_access", "no_consent"


@dataclass
class Line:
    """A line of the agenda, waiting or decided, with what of it may be shown. Opened parts stay None where it may not."""

    kind: ItemKind
    case: Case
    plan: SupportPlan | None
    start: Model | None
    item: AgendaItem | None
    since: date | None
    hidden: str = ""
    client: Opened | None = None
    said: Opened | None = None
    content: Opened | None = None
    goals: Sequence[Opened] = ()
    actions: Sequence[Opened] = ()

    @property
    def thing_id(self) -> UUID:
        thing = self.start or self.plan
        assert thing is not None
        return thing.pk

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.thing_id}"

    @property
    def since_label(self) -> str:
        return {ItemKind.EMERGENCY_START: "開始", ItemKind.PLAN: "本人の同意", ItemKind.EVALUATION: "期限"}[self.kind]

    @property
    def masked(self) -> str:
        return initials(self.client.kana) if self.client and self.client.kana else ""

    @property
    def services(self) -> list[str]:
        return [use.service for use in self.plan.service_uses.all()] if self.plan and not self.hidden else []


@dataclass(frozen=True)
class Agenda:
    lines: list[Line]
    general: Opened | None

    @property
    def waiting(self) -> list[Line]:
        return [line for line in self.lines if line.item is None]

    @property
    def decided(self) -> list[Line]:
        return [line for line in self.lines if line.item is not None]


def others_sit_at_the_table(meeting: SupportCoordinationMeeting) -> bool:
    """As long as nobody has said who comes, others may."""
    return set(meeting.attendees) != {OWN_STAFF}


def open_agenda(
    meeting: SupportCoordinationMeeting,
    viewer: Account,
    *,
    channel: str,
    today: date,
    only: Collection[UUID] = (),
    general: bool = True,
    people: Collection[UUID] | None = None,
) -> Agenda:
    """The decided lines and, until the meeting is closed, those that wait (`only` these, if any are named), in one reveal.

    Given `people`, nobody else is opened: a file holds those it was asked for.
    """
    lines = _lines(meeting, viewer, today, only)
    for line in lines:
        if people is not None and line.case.client_id not in people:
            line.hidden = line.hidden or NO_ACCESS
    shown = [line for line in lines if not line.hidden]
    plans = [line.plan for line in shown if line.plan]
    prefetch_related_objects(plans, "goals", "actions", "service_uses")
    things = {thing.pk: thing for line in shown for thing in _things_of(line)} | ({meeting.pk: meeting} if general else {})
    opened = dict(zip(things, _revealed(things, meeting, viewer, channel), strict=True))
    for line in shown:
        _fill(line, opened)
    return Agenda(lines, opened.get(meeting.pk))


def _revealed(things: dict[UUID, Any], meeting: SupportCoordinationMeeting, viewer: Account, channel: str) -> list[Opened]:
    """Any: rows of several models. Where others sit at the table the screen is theirs too."""
    others = others_sit_at_the_table(meeting)
    return gate.reveal(things.values(), viewer=viewer, channel=channel, purpose="meeting", to_others=others)


def people_shown(meeting: SupportCoordinationMeeting, viewer: Account, *, today: date, only: Collection[UUID] = ()) -> frozenset[UUID]:
    """Whose papers this agenda would open for the viewer; opens nothing."""
    return frozenset(line.case.client_id for line in _lines(meeting, viewer, today, only) if not line.hidden)


def _lines(meeting: SupportCoordinationMeeting, viewer: Account, today: date, only: Collection[UUID]) -> list[Line]:
    lines = [*_decided_lines(meeting, viewer), *_waiting_lines(meeting, viewer, only)]
    _hide(lines, meeting, viewer, today)
    return lines


def _decided_lines(meeting: SupportCoordinationMeeting, viewer: Account) -> list[Line]:
    return [Line(ItemKind(item.kind), item.case, item.plan, item.emergency_start, item, None) for item in decided_by(meeting, viewer)]


def _waiting_lines(meeting: SupportCoordinationMeeting, viewer: Account, only: Collection[UUID]) -> Iterator[Line]:
    if meeting.state == "held":
        return
    for waiting in waiting_for(meeting, viewer):
        if not only or waiting.thing.pk in only:
            yield Line(waiting.kind, waiting.case, waiting.plan, waiting.start, None, waiting.since)


def _hide(lines: Sequence[Line], meeting: SupportCoordinationMeeting, viewer: Account, today: date) -> None:
    readable = reading_grounds(viewer, {line.case.pk for line in lines})
    clients = {line.case.client_id for line in lines}
    outside = others_sit_at_the_table(meeting)
    agreed = clients_with_consent(clients, INFORMATION_SHARING, on=today) if outside else clients
    for line in lines:
        if readable.get(line.case.pk) in {None, BREAK_GLASS}:  # broken glass opens the case's own pages, no paper of a meeting
            line.hidden = NO_ACCESS
        elif line.case.client_id not in agreed:
            line.hidden = NO_CONSENT
        if line.plan:
            line.plan.case = line.case


def _things_of(line: Line) -> list[Any]:  # Any: rows of the models that a line shows
    rows = [line.case.client, line.item, line.start, line.plan]
    if line.plan:
        rows += [*line.plan.goals.all(), *line.plan.actions.all()]
    return [row for row in rows if row is not None]


def _fill(line: Line, opened: dict[UUID, Opened]) -> None:
    line.client = opened[line.case.client_id]
    line.said = opened[line.item.pk] if line.item else None
    line.content = opened[line.thing_id]
    if line.plan:
        line.goals = [opened[goal.pk] for goal in line.plan.goals.all()]
        line.actions = [opened[action.pk] for action in line.plan.actions.all()]
