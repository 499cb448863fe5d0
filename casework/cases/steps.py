"""What every step in a case asks first: may this person write here, is the case open, can it have happened on that day."""

from datetime import date

from django.core.exceptions import PermissionDenied

from accounts.models import Account
from casework.cases.access import can_work_on_case
from casework.cases.models import Case
from casework.clients.lengths import check_text
from foundation.errors import RuleViolation, WrongState
from foundation.wareki import formal

__all__ = ["begin_step", "check_day", "check_not_before", "check_not_future", "check_open", "check_text", "lock_case"]


def lock_case(case: Case) -> Case:
    """The case as it stands now, kept from other writers until the transaction ends."""
    return Case.objects.select_for_update(of=("self",)).select_related("client", "owner").get(pk=case.pk)


def begin_step(case: Case, *, by: Account) -> Case:
    """The locked case, if this account may write in it; PermissionDenied otherwise."""
    case = lock_case(case)
    if not can_work_on_case(by, case):
        raise PermissionDenied
    return case


def check_open(case: Case) -> None:
    if not case.is_open:
        raise WrongState(f"{case.number} は{case.get_stage_display()}しています。この手続きはできません。", code="case_ended")


def check_day(case: Case, on: date, *, today: date, field: str = "on") -> None:
    """A fact of the case lies between its reception and today."""
    check_not_future(on, today=today, field=field)
    check_not_before(on, case.received_on, "受付日", code="before_reception", field=field)


def check_not_future(on: date, *, today: date, field: str = "on") -> None:
    if on > today:
        raise RuleViolation("今日より後の日付です。起きた日を書いてください。", code="future", field=field)


def check_not_before(on: date, earliest: date, name: str, *, code: str, field: str = "on") -> None:
    if on < earliest:
        raise RuleViolation(f"{name}（{formal(earliest)}）より前の日付です。", code=code, field=field)
