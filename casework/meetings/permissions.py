"""Who runs a meeting, and whose papers she may open for it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Subquery

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.meetings.agenda import waiting_evaluations, waiting_plans, waiting_starts
from casework.meetings.models import AgendaItem, MeetingState, SupportCoordinationMeeting
from foundation import clock

PAPERS_OPEN = timedelta(days=14)  # before the day, for whoever prepares it


def can_call_meetings(account: Account) -> bool:
    return allowed(account, Permission.HOLD_MEETING)


def can_hold_meeting(account: Account, meeting: SupportCoordinationMeeting) -> bool:
    """Whoever called it, and the chief in her place."""
    if not allowed(account, Permission.HOLD_MEETING):
        return False
    return meeting.called_by_id == account.pk or allowed(account, Permission.READ_ALL_CASES)


def can_see_meetings(account: Account | AnonymousUser) -> bool:
    return allowed(account, Permission.SEE_CASE_REGISTER)


def cases_before_meetings_of(account: Account, cases: frozenset[UUID]) -> frozenset[UUID]:
    """Of these cases those that stand on the agenda of a meeting the account has called; a chief, who may hold any, of all meetings.

    What a meeting has decided on stays open to her, since she answers for its minutes; what waits is open until the day of the
    last of these meetings that is not yet closed and no more than PAPERS_OPEN ahead: whoever calls a meeting does so alone, and a
    meeting in a year would open what is due in a year. One query.
    """
    if not cases or not allowed(account, Permission.HOLD_MEETING):
        return frozenset()
    every = SupportCoordinationMeeting.objects.all()
    called = every if allowed(account, Permission.READ_ALL_CASES) else every.filter(called_by=account)
    planned = called.filter(state=MeetingState.PLANNED, held_on__lte=clock.today() + PAPERS_OPEN)
    last_day: Any = Subquery(planned.order_by("-held_on").values("held_on")[:1])
    spoken = AgendaItem.objects.filter(meeting__in=called)
    every_row = (spoken, waiting_plans(last_day), waiting_evaluations(last_day), waiting_starts(last_day))
    ids = [rows.filter(case__in=cases).order_by().values_list("case_id", flat=True) for rows in every_row]
    return frozenset(ids[0].union(*ids[1:]))
