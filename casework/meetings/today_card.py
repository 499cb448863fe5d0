"""Meetings on 今日: those of today and of the days ahead, with how much waits for them."""

from datetime import date, timedelta

from accounts.models import Account
from casework.cases import cards
from casework.meetings.agenda import waiting_evaluations, waiting_plans, waiting_starts
from casework.meetings.models import MeetingState, SupportCoordinationMeeting
from casework.meetings.permissions import can_see_meetings
from disclosure.protection import seen_by

AHEAD = timedelta(days=14)
SHOWN = 5


def register() -> None:
    cards.register_today(cards.TodayCard(10, "main", "meetings/today_card.html", meeting_facts))


def meeting_facts(viewer: Account, today: date) -> cards.Facts | None:
    """Planned meetings up to AHEAD, a past one that was never closed too. What waits is counted once: all of them draw on it."""
    if not can_see_meetings(viewer):
        return None
    rows = SupportCoordinationMeeting.objects.filter(state=MeetingState.PLANNED, held_on__lte=today + AHEAD)
    planned = list(rows.defer("attendee_names", "remarks").order_by("held_on", "starts_at", "pk")[:SHOWN])
    if not planned:
        return None
    waiting = (waiting_plans, waiting_evaluations, waiting_starts)
    return {
        "meetings": planned,
        "waiting": sum(each(planned[0].held_on).filter(seen_by(viewer, "case__client")).count() for each in waiting),
    }
