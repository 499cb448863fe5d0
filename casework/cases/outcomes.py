"""就労・増収: started work or earns more, on its day; also after closing."""

from datetime import date

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.events import record_event
from casework.cases.models import Case, EmploymentOutcome
from casework.cases.steps import begin_step, check_day, check_text
from foundation import codes


@transaction.atomic
def record_outcome(case: Case, *, kind: str, on: date, by: Account, today: date, note: str = "") -> EmploymentOutcome:
    """Raises PermissionDenied, RuleViolation `unknown_code`, `future`, `before_reception`, `too_long`."""
    case = begin_step(case, by=by)
    codes.check("employment_outcome", kind, on=on, field="kind")
    check_day(case, on, today=today)
    check_text(EmploymentOutcome, note=note)
    outcome = EmploymentOutcome.objects.create(case=case, kind=kind, happened_on=on, note=note or None, recorded_by=by)
    record_event(case, "case.outcome_recorded", on=on, by=by, about=outcome, facts={"kind": kind})
    trail.record("case.outcome_recorded", by=by, about=[case, outcome], kind=kind)
    return outcome
