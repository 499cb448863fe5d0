"""A meeting's papers: everyday for up to twenty people; a longer agenda has to be asked for."""

from collections.abc import Collection
from uuid import UUID

from django.http import Http404, QueryDict

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.meetings.models import SupportCoordinationMeeting
from casework.meetings.papers import open_agenda, others_sit_at_the_table, people_shown
from casework.meetings.permissions import can_see_meetings
from exports import exports
from exports.exports import Details, File, Mark
from exports.models import Purpose
from foundation import clock
from tenants.activation import active_host
from ui.paper import render_pdf

KIND = "meetings.papers"
USUAL = Purpose.MEETING


def register() -> None:
    exports.register(KIND, exports.Kind(label="支援調整会議の資料", channel="pdf", read=read, may=may_print, subjects=subjects, make=make))


def details_of(meeting: SupportCoordinationMeeting, picked: Collection[UUID]) -> Details:
    return {"meeting": str(meeting.pk), "picked": " ".join(sorted(map(str, picked)))}


def read(said: QueryDict, account: Account) -> Details:
    try:
        UUID(said.get("meeting", ""))
        picked = [str(UUID(text)) for text in said.get("picked", "").split()]
    except ValueError as error:
        raise Http404 from error
    return {"meeting": str(said.get("meeting")), "picked": " ".join(picked)}


def may_print(account: Account, details: Details) -> bool:
    return can_see_meetings(account) and SupportCoordinationMeeting.objects.filter(pk=details["meeting"]).exists()


def subjects(account: Account, details: Details) -> frozenset[UUID]:
    return people_shown(_meeting(details), account, today=clock.today(), only=_picked(details))


def make(account: Account, details: Details, people: frozenset[UUID], mark: Mark) -> File:
    meeting, general = _meeting(details), allowed(account, Permission.WORK_ON_CASE)
    agenda = open_agenda(meeting, account, channel="pdf", today=clock.today(), only=_picked(details), general=general, people=people)
    context = {"meeting": meeting, "agenda": agenda, "centre": active_host(), "outside": others_sit_at_the_table(meeting)}
    content = render_pdf("meetings/meeting_pdf.html", context, printed_by=account.name, mark=str(mark))
    return File(f"meeting-{meeting.held_on.isoformat()}.pdf", "application/pdf", content)


def _meeting(details: Details) -> SupportCoordinationMeeting:
    return SupportCoordinationMeeting.objects.select_related("called_by").get(pk=details["meeting"])


def _picked(details: Details) -> frozenset[UUID]:
    return frozenset(UUID(text) for text in details["picked"].split())
