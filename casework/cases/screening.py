"""スクリーニング: support here, hand over, or end; five results (domain 4.3)."""

from datetime import date

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.deadlines import application_due, consent_due
from casework.cases.duties import close_all_duties, close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case, Screening, Stage
from casework.cases.steps import begin_step, check_day, check_not_before, check_open, check_text
from foundation import codes
from foundation.errors import RuleViolation, WrongState

ENDING = frozenset({"info_only", "referred", "lost_before_screening"})
CONSENT_PENDING, CONTINUE_PLAN = "consent_pending", "continue_plan"


@transaction.atomic
def screen_case(case: Case, *, result: str, on: date, by: Account, today: date, note: str = "") -> Screening:
    """Decide what becomes of a reception; once more only while consent is pending.

    Raises PermissionDenied, WrongState `case_ended`, `already_screened`, RuleViolation `unknown_code`, `future`,
    `before_reception`, `before_screening`, `emergency_start_unreported` (P9), `too_long`.
    """
    case = begin_step(case, by=by)
    check_open(case)
    last = _last_screening(case)
    if not can_be_screened(case):
        raise WrongState("スクリーニングは終わっています。", code="already_screened")
    codes.check("screening_result", result, on=on, field="result")
    check_day(case, on, today=today)
    if last:
        check_not_before(on, last.screened_on, "前のスクリーニングの日", code="before_screening")
    check_text(Screening, note=note)
    if result in ENDING and case.emergency_starts.filter(reported_on=None).exists():
        raise RuleViolation("会議前に始めた支援を、先に支援調整会議へ報告してください。", code="emergency_start_unreported", field="result")
    screening = Screening.objects.create(case=case, result=result, screened_on=on, note=note or None, screened_by=by)
    case.stage = Stage.ENDED if result in ENDING else Stage.SCREENED
    case.save(update_fields=["stage"])
    _set_duties(case, result, on=on, by=by)
    record_event(case, "case.screened", on=on, by=by, about=screening, facts={"result": result})
    trail.record("case.screened", by=by, about=[case, screening], result=result)
    return screening


def can_be_screened(case: Case) -> bool:
    """Once, and again while consent is pending: also on the same day, so the results tell, not their order."""
    if case.stage == Stage.RECEIVED:
        return True
    return case.stage == Stage.SCREENED and not case.screenings.exclude(result=CONSENT_PENDING).exists()


def _last_screening(case: Case) -> Screening | None:
    return case.screenings.order_by("-screened_on").first()


def _set_duties(case: Case, result: str, *, on: date, by: Account) -> None:
    if result in ENDING:
        close_all_duties(case, by=by, on=on)
        return
    close_duty(case, "case.screening", by=by, on=on)
    close_duty(case, "case.consent", by=by, on=on)
    if result == CONSENT_PENDING:
        open_duty(case, "case.consent", due_on=consent_due(on), opened_on=on, assigned_to=case.owner)
    else:
        open_duty(case, "case.application", due_on=application_due(on), opened_on=on, assigned_to=case.owner)
