"""What every step of a plan asks first: may this person write here, is the case open, what does the plan say now."""

from accounts.models import Account
from casework.cases.models import Case
from casework.cases.steps import begin_step, check_open
from casework.plans.models import SupportPlan


def begin_plan_step(plan: SupportPlan, *, by: Account) -> SupportPlan:
    """The plan as it stands, locked after its case (always in this order), so that nobody else changes either.

    Raises PermissionDenied, or WrongState `case_ended`.
    """
    case = begin_step(plan.case, by=by)
    check_open(case)
    return lock_plan(plan, case)


def lock_plan(plan: SupportPlan, case: Case) -> SupportPlan:
    locked = SupportPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    locked.case = case
    return locked
