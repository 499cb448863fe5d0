"""会議前の支援開始: with the person's recorded agreement, and open until a meeting has heard of it (business plan 6(1))."""

from datetime import date

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.deadlines import emergency_report_due
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case, EmergencyStart, Stage
from casework.cases.steps import begin_step, check_day, check_not_before, check_open, check_text
from foundation.errors import RuleViolation, WrongState


@transaction.atomic
def start_support_early(case: Case, *, agreed_on: date, content: str, on: date, by: Account, today: date) -> EmergencyStart:
    """Begin support that cannot wait for the meeting, nor always for the application: food or a bed may be due on the first day.

    Raises PermissionDenied, WrongState `case_ended`, `already_decided`, RuleViolation `no_content`,
    `too_long`, `future`, `before_reception`, `agreed_after_start`.
    """
    case = begin_step(case, by=by)
    check_open(case)
    if not can_start_early(case):
        raise WrongState("支援はもう決定されています。会議前の開始にはなりません。", code="already_decided")
    if not content.strip():
        raise RuleViolation("始めた支援の内容を書いてください。", code="no_content", field="content")
    check_text(EmergencyStart, content=content)
    check_day(case, on, today=today)
    check_not_before(agreed_on, case.received_on, "受付日", code="before_reception", field="agreed_on")
    if agreed_on > on:
        raise RuleViolation("本人の同意は、支援を始める前に必要です。", code="agreed_after_start", field="agreed_on")
    start = EmergencyStart.objects.create(case=case, started_on=on, agreed_on=agreed_on, content=content, recorded_by=by)
    due_on = emergency_report_due(on)
    open_duty(case, "emergency_start.report", due_on=due_on, opened_on=on, assigned_to=case.owner, about=start)
    record_event(case, "emergency_start.begun", on=on, by=by, about=start, facts={"agreed_on": agreed_on.isoformat()})
    trail.record("emergency_start.begun", by=by, about=[case, start], agreed_on=agreed_on.isoformat())
    return start


def can_start_early(case: Case) -> bool:
    """While no decided plan carries the case: before the first one, and between an evaluation and the next."""
    if case.stage != Stage.SUPPORTING:
        return case.is_open
    return not case.plans.filter(decided_on__isnull=False, evaluated_on__isnull=True).exists()


@transaction.atomic
def mark_reported(start: EmergencyStart, *, on: date, by: Account) -> EmergencyStart:
    """A meeting has heard of it; called by the meeting, which answers for who may.

    Raises WrongState `already_reported`, RuleViolation `before_start`.
    """
    start = EmergencyStart.objects.select_for_update(of=("self",)).select_related("case__client").get(pk=start.pk)
    if start.reported_on is not None:
        raise WrongState("この開始はもう会議に報告されています。", code="already_reported")
    check_not_before(on, start.started_on, "支援を始めた日", code="before_start")
    start.reported_on = on
    start.save(update_fields=["reported_on"])
    close_duty(start.case, "emergency_start.report", by=by, on=on, about=start)
    record_event(start.case, "emergency_start.reported", on=on, by=by, about=start)
    trail.record("emergency_start.reported", by=by, about=[start.case, start])
    return start
