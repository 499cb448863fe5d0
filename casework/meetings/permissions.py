"""Who runs a meeting, and whose papers she may open for it."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.meetings.agenda import waiting_evaluations, waiting_plans, waiting_starts
from casework.meetings.models import AgendaItem, MeetingState, SupportCoordinationMeeting


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
    """Of these cases those that stand on the agenda of a meeting the account has called.

    What a meeting has decided on stays open to her, since she answers for its minutes; what waits is open until the day of the
    last meeting she has called and not yet closed.
    """
    if not cases or not allowed(account, Permission.HOLD_MEETING):
        return frozenset()
    called = SupportCoordinationMeeting.objects.filter(called_by=account)
    found = set(AgendaItem.objects.filter(meeting__in=called, case__in=cases).values_list("case_id", flat=True))
    last_day = called.filter(state=MeetingState.PLANNED).aggregate(day=Max("held_on"))["day"]
    if last_day is not None and found != cases:
        waiting = (waiting_plans(last_day), waiting_evaluations(last_day), waiting_starts(last_day))
        ids = [rows.filter(case__in=cases).order_by().values_list("case_id", flat=True) for rows in waiting]
        found |= set(ids[0].union(*ids[1:]))
    return frozenset(found)
