"""Who may read a meeting's minutes: an item belongs to its client, the general part to those who work on cases."""

from collections.abc import Sequence
from uuid import UUID

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.meetings.models import AgendaItem, SupportCoordinationMeeting
from casework.plans.field_groups import register_by_case
from disclosure import field_map, registrations
from disclosure.registrations import Access

MINUTES, GENERAL = "minutes", "general"
AT_WORK = "at_work"  # whoever works on cases here


def register() -> None:
    field_map.describe({AT_WORK: "ケースを支援する職員"})
    register_by_case(AgendaItem, {MINUTES: ("reason", "minutes")}, "case_id")
    groups = {GENERAL: ("attendee_names", "remarks")}
    registrations.register(SupportCoordinationMeeting, groups=groups, decide=decide_general, grounds={AT_WORK: {GENERAL}})


def decide_general(viewer: Account, meetings: Sequence[SupportCoordinationMeeting]) -> dict[UUID, Access]:
    if not allowed(viewer, Permission.WORK_ON_CASE):
        return {}
    access = registrations.on_ground(SupportCoordinationMeeting, AT_WORK, purpose="meeting")
    return {meeting.pk: access for meeting in meetings if access}
