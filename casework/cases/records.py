"""支援経過記録: what was done, how and how long; after closing it is after-care."""

from datetime import date, time

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.events import record_event
from casework.cases.models import Case, Event, Stage, SupportRecord
from casework.cases.revisions import save_changes
from casework.cases.steps import begin_step, check_day, check_text
from foundation import codes
from foundation.errors import RuleViolation

LONGEST_MINUTES = 24 * 60


@transaction.atomic
def record_support(
    case: Case,
    *,
    method: str,
    text: str,
    on: date,
    by: Account,
    today: date,
    minutes: int | None = None,
    started_at: time | None = None,
    counterpart: str = "",
    next_step: str = "",
) -> SupportRecord:
    """Write down one contact or piece of work, whatever the stage of the case.

    Raises PermissionDenied, RuleViolation `no_text`, `unknown_code`, `minutes_out_of_range`, `future`,
    `before_reception`, `too_long`.
    """
    case = begin_step(case, by=by)
    check_record(case, method=method, text=text, minutes=minutes, counterpart=counterpart, next_step=next_step, on=on, today=today)
    record = SupportRecord.objects.create(
        case=case,
        happened_on=on,
        started_at=started_at,
        minutes=minutes,
        method=method,
        counterpart=counterpart or None,
        text=text,
        next_step=next_step or None,
        is_after_care=is_after_care(case, on),
        recorded_by=by,
    )
    _remember_contact(case, on)
    record_event(case, "case.support_recorded", on=on, by=by, about=record, facts={"method": method})
    trail.record("case.support_recorded", by=by, about=[case, record], method=method)
    return record


@transaction.atomic
def revise_record(
    record: SupportRecord,
    *,
    version: int,
    method: str,
    text: str,
    on: date,
    by: Account,
    today: date,
    minutes: int | None = None,
    started_at: time | None = None,
    counterpart: str = "",
    next_step: str = "",
) -> SupportRecord:
    """Correct a record; what it said before stays in its history.

    Raises StaleVersion and what `record_support` raises.
    """
    case = begin_step(record.case, by=by)
    record = SupportRecord.objects.select_for_update(of=("self",)).select_related("case").get(pk=record.pk)
    check_record(case, method=method, text=text, minutes=minutes, counterpart=counterpart, next_step=next_step, on=on, today=today)
    changes = {
        "happened_on": on,
        "started_at": started_at,
        "minutes": minutes,
        "method": method,
        "counterpart": counterpart or None,
        "text": text,
        "next_step": next_step or None,
        "is_after_care": is_after_care(case, on),
    }
    before = record.version
    record = save_changes(record, changes, version=version, by=by, client=case.client)
    if record.version != before:
        _remember_contact(case, on)
        Event.objects.filter(kind="case.support_recorded", about_id=record.pk).update(happened_on=on, facts={"method": method})
        trail.record("case.record_revised", by=by, about=[case, record], version=record.version)
    return record


def check_record(
    case: Case, *, method: str, text: str, minutes: int | None, counterpart: str, next_step: str, on: date, today: date
) -> None:
    if not text.strip():
        raise RuleViolation("したことを書いてください。", code="no_text", field="text")
    codes.check("record_method", method, on=on, field="method")
    if minutes is not None and not 0 < minutes <= LONGEST_MINUTES:
        raise RuleViolation("所要時間は1分から1,440分（24時間）までです。", code="minutes_out_of_range", field="minutes")
    check_day(case, on, today=today)
    check_text(SupportRecord, text=text, counterpart=counterpart, next_step=next_step)


def is_after_care(case: Case, on: date) -> bool:
    return case.stage == Stage.CLOSED and case.closed_on is not None and on >= case.closed_on


def _remember_contact(case: Case, on: date) -> None:
    if case.last_contact_on is None or case.last_contact_on < on:
        case.last_contact_on = on
        case.save(update_fields=["last_contact_on"])
