"""Who may read a meeting's minutes: an item belongs to its client, the general part to those who work on cases."""

from collections.abc import Sequence
from uuid import UUID

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.meetings.models import AgendaItem, SupportCoordinationMeeting
from casework.plans.field_groups import by_case
from disclosure import gate

MINUTES, GENERAL = "minutes", "general"


def register() -> None:
    gate.register(AgendaItem, groups={MINUTES: ("reason", "minutes")}, decide=by_case(MINUTES, "case_id"))
    gate.register(SupportCoordinationMeeting, groups={GENERAL: ("attendee_names", "remarks")}, decide=decide_general)


def decide_general(viewer: Account, meetings: Sequence[SupportCoordinationMeeting]) -> dict[UUID, gate.Access]:
    if not allowed(viewer, Permission.WORK_ON_CASE):
        return {}
    return {meeting.pk: gate.Access(frozenset({GENERAL}), "meeting") for meeting in meetings}
