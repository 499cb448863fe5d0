"""What a meeting says to each item of its agenda: 適切, 修正, 保留, and that it has heard of a start (P5, P9)."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.access import is_blocked
from casework.cases.emergency_starts import mark_reported
from casework.cases.events import record_event
from casework.cases.models import Case, EmergencyStart
from casework.cases.revisions import save_changes
from casework.cases.steps import check_not_future, check_open, check_text, lock_case
from casework.meetings.models import AgendaItem, ItemDecision, ItemKind, MeetingState, SupportCoordinationMeeting
from casework.meetings.papers import others_sit_at_the_table
from casework.meetings.permissions import can_hold_meeting
from casework.plans.deliberations import deliberate_plan
from casework.plans.models import PlanState, SupportPlan
from casework.plans.steps import lock_plan
from casework.protection.shareable import check_shareable
from foundation.errors import RuleViolation, StaleVersion, WrongState

SAYABLE = frozenset({ItemDecision.APPROVED, ItemDecision.TO_REVISE, ItemDecision.HELD})
NEEDS_REASON = frozenset({ItemDecision.TO_REVISE, ItemDecision.HELD})


@transaction.atomic
def decide_plan(
    meeting: SupportCoordinationMeeting,
    plan: SupportPlan,
    *,
    decision: str,
    reason: str,
    minutes: str,
    by: Account,
    today: date,
    version: int | None = None,
) -> AgendaItem:
    """Say 適切, 修正 or 保留 to a plan. Until the meeting is closed it may be put right, with the `version` of the item seen.

    Raises PermissionDenied, StaleVersion (somebody was faster), WrongState `meeting_closed`, `case_ended`, `not_waiting`, or
    RuleViolation `future`, `unknown_decision`, `reason_required`, `too_long`, `before_agreement`.
    """
    meeting = _begin(meeting, by, today)
    _refuse_words(decision, reason, minutes)
    case = _case_before(plan.case, by)
    check_open(case)
    plan = lock_plan(plan, case)
    item = _item_seen(meeting, version, kind=ItemKind.PLAN, plan=plan)
    said = PlanState(decision)
    if item is None or plan.state != said:
        deliberate_plan(plan, decision=said, instead_of=item.decision if item else "", on=meeting.held_on, by=by)
    item = _write(item, meeting, case, ItemKind.PLAN, decision, reason, minutes, by, plan=plan)
    trail.record("meeting.plan_decided", by=by, about=[item, plan, meeting], decision=decision)
    return item


@transaction.atomic
def review_evaluation(
    meeting: SupportCoordinationMeeting,
    plan: SupportPlan,
    *,
    decision: str,
    reason: str,
    minutes: str,
    by: Account,
    today: date,
    version: int | None = None,
) -> AgendaItem:
    """Say what the meeting thinks of how a decided plan is to end; the evaluation itself stays the care team's.

    Raises as `decide_plan`; `not_waiting` when the plan is not decided or already evaluated.
    """
    meeting = _begin(meeting, by, today)
    _refuse_words(decision, reason, minutes)
    case = _case_before(plan.case, by)
    check_open(case)
    plan = lock_plan(plan, case)
    if plan.state != PlanState.DECIDED or plan.decided_on is None or plan.decided_on > meeting.held_on:
        raise WrongState("支援決定のあと、まだ評価していないプランだけを検討できます。", code="not_waiting")
    item = _item_seen(meeting, version, kind=ItemKind.EVALUATION, plan=plan)
    item = _write(item, meeting, case, ItemKind.EVALUATION, decision, reason, minutes, by, plan=plan)
    record_event(case, "evaluation.reviewed", on=meeting.held_on, by=by, about=plan, facts={"decision": decision})
    trail.record("meeting.evaluation_reviewed", by=by, about=[item, plan, meeting], decision=decision)
    return item


@transaction.atomic
def report_emergency_start(
    meeting: SupportCoordinationMeeting,
    start: EmergencyStart,
    *,
    by: Account,
    today: date,
    minutes: str = "",
    version: int | None = None,
) -> AgendaItem:
    """The meeting has heard of support begun before it: only this closes the open duty. Its minutes may be put right.

    Raises PermissionDenied, StaleVersion, WrongState `meeting_closed`, `already_reported`, or RuleViolation `future`, `too_long`,
    `before_start`.
    """
    meeting = _begin(meeting, by, today)
    check_text(AgendaItem, minutes=minutes)
    case = _case_before(start.case, by)
    item = _item_seen(meeting, version, kind=ItemKind.EMERGENCY_START, emergency_start=start)
    if item is None:
        mark_reported(start, on=meeting.held_on, by=by)
    item = _write(item, meeting, case, ItemKind.EMERGENCY_START, ItemDecision.REPORTED, "", minutes, by, emergency_start=start)
    trail.record("meeting.start_reported", by=by, about=[item, start, meeting])
    return item


def _begin(meeting: SupportCoordinationMeeting, by: Account, today: date) -> SupportCoordinationMeeting:
    """The open meeting, kept from being closed meanwhile; several people may decide different items of it at once."""
    meeting = SupportCoordinationMeeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if not can_hold_meeting(by, meeting):
        raise PermissionDenied
    if meeting.state == MeetingState.HELD:
        raise WrongState("この会議は終わっています。決定は直せません。次の会議にかけてください。", code="meeting_closed")
    check_not_future(meeting.held_on, today=today, field="held_on")
    return meeting


def _case_before(case: Case, by: Account) -> Case:
    """The locked case, if whoever holds the meeting is not blocked from it: then somebody else speaks for the meeting."""
    case = lock_case(case)
    if is_blocked(by, case.client_id):
        raise PermissionDenied
    return case


def _refuse_words(decision: str, reason: str, minutes: str) -> None:
    if decision not in SAYABLE:
        raise RuleViolation("決定を 適切・修正・保留 から選んでください。", code="unknown_decision", field="decision")
    if decision in NEEDS_REASON and not reason.strip():
        raise RuleViolation("修正・保留の理由を書いてください。", code="reason_required", field="reason")
    check_text(AgendaItem, reason=reason, minutes=minutes)


def _item_seen(meeting: SupportCoordinationMeeting, version: int | None, **what: Any) -> AgendaItem | None:  # Any: look-ups
    """The item as decided so far, if it is the one the writer saw."""
    item = AgendaItem.objects.select_for_update(of=("self",)).filter(meeting=meeting, **what).first()
    if (item.version if item else None) != version:
        raise StaleVersion("ほかの人が先に決定を記録しました。いまの内容を確かめてください。")
    return item


def _write(
    item: AgendaItem | None,
    meeting: SupportCoordinationMeeting,
    case: Case,
    kind: ItemKind,
    decision: str,
    reason: str,
    minutes: str,
    by: Account,
    **what: Any,  # the plan or the start
) -> AgendaItem:
    said = {"decision": decision, "reason": reason or None, "minutes": minutes or None}
    if others_sit_at_the_table(meeting):
        check_shareable(case.client_id, {"reason": reason, "minutes": minutes}, by=by)
    if item is None:
        return AgendaItem.objects.create(meeting=meeting, case=case, kind=kind, recorded_by=by, **said, **what)
    item.case = case
    return save_changes(item, said, version=item.version, by=by, client=case.client)
