"""Calling a 支援調整会議, and closing it once its decisions and minutes stand (P5, P6)."""

from collections.abc import Sequence
from datetime import date, time

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import notices
from accounts.catalogue import Role
from accounts.models import Account
from accounts.permissions import at_work
from audit import trail
from casework.cases.revisions import save_changes
from casework.cases.steps import check_not_future, check_text
from casework.meetings.models import MeetingState, SupportCoordinationMeeting
from casework.meetings.permissions import can_call_meetings, can_hold_meeting
from foundation import codes
from foundation.errors import RuleViolation, StaleVersion, WrongState

FURTHEST_DAYS = 366


@transaction.atomic
def call_meeting(
    *,
    held_on: date,
    kind: str,
    starts_at: time | None,
    place: str,
    by: Account,
    today: date,
    attendees: Sequence[str] = (),
) -> SupportCoordinationMeeting:
    """Call a meeting; `attendees` are those invited, which decides what its papers may show until it has been held.

    A past day is allowed: a meeting may be written down afterwards.
    Raises PermissionDenied, or RuleViolation `unknown_code`, `repeated_code`, `too_far`, `too_long`.
    """
    if not can_call_meetings(by):
        raise PermissionDenied
    if (held_on - today).days > FURTHEST_DAYS:
        raise RuleViolation("開催日を1年以内の日にしてください。", code="too_far", field="held_on")
    codes.check("meeting_kind", kind, on=held_on, field="kind")
    codes.check("meeting_attendee", list(attendees), on=held_on, field="attendees")
    check_text(SupportCoordinationMeeting, place=place)

    meeting = SupportCoordinationMeeting.objects.create(
        held_on=held_on, kind=kind, starts_at=starts_at, place=place, called_by=by, attendees=list(attendees)
    )
    trail.record("meeting.called", by=by, about=meeting, kind=kind)
    for chief in at_work([Role.CHIEF_COUNSELLOR], today).exclude(pk=by.pk):
        notices.tell(chief, "meeting_called")  # whoever calls one alone opens papers by it (ADR 0035)
    return meeting


@transaction.atomic
def hold_meeting(
    meeting: SupportCoordinationMeeting,
    *,
    attendees: Sequence[str],
    attendee_names: str,
    remarks: str,
    version: int,
    by: Account,
    today: date,
) -> SupportCoordinationMeeting:
    """Close the meeting: who came, what was said in general. From then on its decisions stand; what was not reached waits on.

    Raises PermissionDenied, StaleVersion, WrongState `already_held`, or RuleViolation `future`, `no_attendees`, `unknown_code`,
    `repeated_code`, `too_long`.
    """
    meeting = SupportCoordinationMeeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if not can_hold_meeting(by, meeting):
        raise PermissionDenied
    if meeting.state == MeetingState.HELD:
        raise WrongState("この会議はもう終わっています。", code="already_held")
    if version != meeting.version:
        raise StaleVersion
    check_not_future(meeting.held_on, today=today, field="held_on")
    if not attendees:
        raise RuleViolation("出席した機関を選んでください。", code="no_attendees", field="attendees")
    codes.check("meeting_attendee", list(attendees), on=meeting.held_on, field="attendees")
    check_text(SupportCoordinationMeeting, attendee_names=attendee_names, remarks=remarks)

    changes = {"attendees": list(attendees), "attendee_names": attendee_names or None, "remarks": remarks or None}
    meeting = save_changes(meeting, changes, version=version, by=by, client=None)
    meeting.state = MeetingState.HELD
    meeting.save(update_fields=["state"])
    trail.record("meeting.held", by=by, about=meeting, items=meeting.items.count())
    return meeting
