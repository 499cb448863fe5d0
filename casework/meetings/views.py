from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.models import Account
from accounts.permissions import allowed
from accounts.throttles import throttled
from casework.cases.answers import status_of, take
from casework.cases.models import EmergencyStart
from casework.meetings import exports
from casework.meetings.agenda import waiting_for
from casework.meetings.decisions import decide_plan, report_emergency_start, review_evaluation
from casework.meetings.forms import CallForm, HoldForm, ItemForm
from casework.meetings.meetings import call_meeting, hold_meeting
from casework.meetings.models import ItemKind, MeetingState, SupportCoordinationMeeting
from casework.meetings.papers import Agenda, Line, open_agenda, others_sit_at_the_table
from casework.meetings.permissions import can_call_meetings, can_hold_meeting, can_see_meetings
from casework.plans.models import SupportPlan
from disclosure.outputs import output
from disclosure.protection import seen_by
from exports.views import paper_answer
from foundation import clock
from foundation.errors import RuleViolation

PAGE = 50
PROJECTION = "projection"


def find_meeting(account: Account, pk: UUID) -> SupportCoordinationMeeting:
    if not can_see_meetings(account):
        raise Http404
    return get_object_or_404(SupportCoordinationMeeting.objects.select_related("called_by"), pk=pk)


def find_own_meeting(account: Account, pk: UUID) -> SupportCoordinationMeeting:
    """A meeting this account may write in; for others of the centre PermissionDenied, before anything they sent is read."""
    meeting = find_meeting(account, pk)
    if not can_hold_meeting(account, meeting):
        raise PermissionDenied
    return meeting


@output("meetings.list", channel="screen")
@require_GET
@staff_page
def meetings(request: StaffRequest) -> HttpResponse:
    if not can_see_meetings(request.user):
        raise PermissionDenied
    seen = seen_by(request.user, "items__case__client")
    rows = SupportCoordinationMeeting.objects.annotate(decided=Count("items", filter=seen)).select_related("called_by")
    planned = list(rows.filter(state=MeetingState.PLANNED).order_by("held_on", "starts_at", "id")[:PAGE])
    held = rows.filter(state=MeetingState.HELD).order_by("-held_on", "-created_at")
    context = {
        "planned": planned,
        "waiting": len(waiting_for(planned[0], request.user)) if planned else 0,
        "page": Paginator(held, PAGE).get_page(request.GET.get("page")),
        "may_call": can_call_meetings(request.user),
    }
    return render(request, "meetings/list.html", context)


@output("meetings.call", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def call(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    if not can_call_meetings(request.user):
        raise PermissionDenied
    form = CallForm(request.POST if request.method == "POST" else None, initial={"held_on": today}, day=today)
    if form.is_valid():
        try:
            meeting = call_meeting(by=request.user, today=today, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "会議を設けました。議題は自動で並びます。")
            return redirect("meetings:detail", meeting.pk)
    return render(request, "meetings/call.html", {"form": form}, status=status_of(form))


@output("meetings.detail", channel="screen")
@require_GET
@staff_page
def detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    return agenda_page(request, find_meeting(request.user, pk))


@output("meetings.decide", channel="screen")
@require_POST
@staff_page
def decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    meeting = find_own_meeting(request.user, pk)
    form = ItemForm(request.POST)
    if form.is_valid():
        try:
            record_word(meeting, form.cleaned_data, by=request.user, today=clock.today())
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "記録しました。")
            return redirect(f"{address(request, meeting)}#{form.cleaned_data['kind']}-{form.cleaned_data['thing']}")
    return agenda_page(request, meeting, typed=form)


def record_word(meeting: SupportCoordinationMeeting, said: dict[str, Any], *, by: Account, today: date) -> None:  # Any: cleaned values
    """What was said to one line. Raises Http404 for a plan or a start that does not exist, or not for her."""
    words = {"minutes": said["minutes"], "version": said["version"], "by": by, "today": today}
    known = seen_by(by, "case__client")
    if said["kind"] == ItemKind.EMERGENCY_START:
        start = get_object_or_404(EmergencyStart.objects.filter(known).select_related("case"), pk=said["thing"])
        report_emergency_start(meeting, start, **words)
        return
    plan = get_object_or_404(SupportPlan.objects.filter(known).select_related("case"), pk=said["thing"])
    act: Callable[..., object] = decide_plan if said["kind"] == ItemKind.PLAN else review_evaluation
    act(meeting, plan, decision=said["decision"], reason=said["reason"], **words)


@output("meetings.hold", channel="screen")
@require_POST
@staff_page
def hold(request: StaffRequest, pk: UUID) -> HttpResponse:
    meeting = find_own_meeting(request.user, pk)
    form = HoldForm(request.POST, day=meeting.held_on)
    if form.is_valid():
        try:
            hold_meeting(meeting, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "会議を終えました。議事録を印刷できます。")
            return redirect("meetings:detail", meeting.pk)
    return agenda_page(request, meeting, closing=form)


@output("meetings.pdf", channel="pdf")
@require_GET
@staff_page
@throttled("paper")
def pdf(request: StaffRequest, pk: UUID) -> HttpResponse:
    meeting = find_meeting(request.user, pk)
    return paper_answer(request, exports.KIND, exports.details_of(meeting, picked(request)), purpose=exports.USUAL)


def open_for(request: StaffRequest, meeting: SupportCoordinationMeeting, *, channel: str) -> Agenda:
    general = allowed(request.user, Permission.WORK_ON_CASE)
    return open_agenda(meeting, request.user, channel=channel, today=clock.today(), only=picked(request), general=general)


def picked(request: StaffRequest) -> frozenset[UUID]:
    return frozenset(UUID(text) for text in request.GET.getlist("pick") if is_uuid(text))


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def agenda_page(
    request: StaffRequest, meeting: SupportCoordinationMeeting, *, typed: ItemForm | None = None, closing: HoldForm | None = None
) -> HttpResponse:
    """The agenda; a form that could not be taken stands in its own row with everything that was typed.

    Where the row is gone meanwhile (the meeting was closed, the plan taken back), its words stand above the agenda.
    """
    may_hold = can_hold_meeting(request.user, meeting) and meeting.state == MeetingState.PLANNED
    agenda = open_for(request, meeting, channel="screen")
    begun = meeting.held_on <= clock.today()
    if closing is None and may_hold and begun:
        given = {"attendees": meeting.attendees, "version": meeting.version}
        closing = HoldForm(initial=given, day=meeting.held_on)
    forms = [form for form in (typed, closing) if form is not None]
    rows = [(line, form_of(line, typed) if may_hold and begun else None) for line in agenda.lines]
    has_row = typed is None or any(form is typed for _, form in rows)
    context = {
        "meeting": meeting,
        "agenda": agenda,
        "rows": rows,
        "unplaced": [] if has_row or typed is None else [field for field in (typed["reason"], typed["minutes"]) if field.value()],
        "closing": closing,
        "form": typed or closing,
        "typed": typed,
        "begun": begun,
        "may_hold": may_hold,
        "projection": PROJECTION in request.GET,
        "query": request.GET.urlencode(),
        "outside": others_sit_at_the_table(meeting),
    }
    return render(request, "meetings/detail.html", context, status=status_of(*forms))


def form_of(line: Line, typed: ItemForm | None) -> ItemForm:
    """The line's form: what was typed and refused, or what has been said so far."""
    auto_id = f"id_{line.key}_%s"
    if typed is not None and typed["kind"].value() == line.kind and str(typed["thing"].value()) == str(line.thing_id):
        typed.auto_id = auto_id
        if line.said:
            data = typed.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            data["version"] = str(line.said.version)  # both texts are shown now: saving again is meant
            typed.data = data
        return typed
    said = {"minutes": line.said.minutes, "reason": line.said.reason, "version": line.said.version} if line.said else {}
    return ItemForm(initial={"kind": line.kind, "thing": line.thing_id, **said}, auto_id=auto_id)


def address(request: StaffRequest, meeting: SupportCoordinationMeeting) -> str:
    """The agenda as it was looked at: projected, with these picked."""
    query = request.GET.urlencode()
    return reverse("meetings:detail", args=[meeting.pk]) + (f"?{query}" if query else "")
