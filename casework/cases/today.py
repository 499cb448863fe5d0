"""今日: what is due, for one person or for the whole centre, and how many have come this month."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from accounts.models import Account
from casework.cases import duties
from casework.cases.access import named_cases
from casework.cases.models import Case, Duty
from casework.clients.models import Client
from disclosure import gate
from disclosure.protection import seen_by
from foundation import clock

AHEAD = timedelta(days=7)
MOST = 300
MONTHS = 6
NAMELESS = "氏名未確認"


class Due(NamedTuple):
    """A duty as a row: whose case, what, where it is fulfilled."""

    duty: Duty
    title: str
    url: str
    note: str


class Person(NamedTuple):
    """What one colleague has to do."""

    name: str
    rows: list[Due]
    note: str


class Movement(NamedTuple):
    """Receptions of the last months, this one up to today, and the month before up to the same day."""

    months: list[tuple[date, int]]
    this_month: int
    month_before: int


def open_duties(viewer: Account, today: date) -> "QuerySet[Duty]":
    """Due by the end of the next days, oldest first, of people who exist for the viewer; at most MOST are asked for."""
    seen = Q(case=None) | seen_by(viewer, "case__client")
    rows = Duty.objects.filter(seen, closed_on=None, due_on__lte=today + AHEAD).select_related("case__client", "assigned_to")
    return rows.defer("case__memo", "case__concerns", "case__main_concern").order_by("due_on", "pk")


def duties_of(account: Account, today: date) -> list[Duty]:
    return list(open_duties(account, today).filter(assigned_to=account)[:MOST])


def named(viewer: Account, shown: Sequence[Duty]) -> list[Due]:
    """Each with the person's name where the viewer may open the case, its number otherwise; one reveal."""
    cases = {duty.case.pk: duty.case for duty in shown if duty.case}
    readable = named_cases(viewer, cases)
    clients: dict[object, Client] = {case.client_id: case.client for case in cases.values() if case.pk in readable}
    opened = gate.reveal(clients.values(), viewer=viewer, channel="screen", fields=("name",))
    names = {client.pk: f"{client.name} さん" if client.name else NAMELESS for client in opened}
    shown_name = {case.pk: names[case.client_id] for case in cases.values() if case.pk in readable}
    return [_row(duty, shown_name.get(duty.case.pk) if duty.case else None) for duty in shown]


def _row(duty: Duty, name: str | None) -> Due:
    number = duty.case.number if duty.case else ""
    label = duties.label_of(duty)
    return Due(duty, f"{name}　{label}" if name else f"{number}　{label}", duties.url_of(duty), number if name else "")


def movement(viewer: Account, today: date) -> Movement:
    """Counted by the day of reception, as far as they exist for the viewer; two queries."""
    cases = Case.objects.seen_by(viewer)
    first = clock.add_months(today.replace(day=1), 1 - MONTHS)
    counted = cases.filter(received_on__range=(first, today)).annotate(month=TruncMonth("received_on")).order_by().values("month")
    found = {row["month"]: row["count"] for row in counted.annotate(count=Count("pk"))}
    months = [(month, found.get(month, 0)) for month in (clock.add_months(first, place) for place in range(MONTHS))]
    before = months[-2][0]
    same_day = min(today - today.replace(day=1), clock.month_range(before)[1] - before)
    return Movement(months, months[-1][1], cases.filter(received_on__range=(before, before + same_day)).count())


def by_person(shown: Iterable[Due], today: date) -> list[Person]:
    """Grouped by who has it to do, whoever is most overdue first."""
    groups: dict[object, list[Due]] = {}
    for due in shown:
        groups.setdefault(due.duty.assigned_to_id, []).append(due)
    return [Person(_name_of(rows[0].duty), rows, _note(rows, today)) for rows in groups.values()]


def _name_of(duty: Duty) -> str:
    return duty.assigned_to.name if duty.assigned_to else "担当なし"


def _note(rows: Sequence[Due], today: date) -> str:
    late = sum(1 for row in rows if row.duty.due_on < today)
    return f"{len(rows)}件（期限超過 {late}件）" if late else f"{len(rows)}件"
