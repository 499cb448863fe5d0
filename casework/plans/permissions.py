"""Who may do what to a plan: the care team and the chief who supervises it."""

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.access import can_work_on_case
from casework.cases.models import Case


def can_plan(account: Account, case: Case) -> bool:
    return can_work_on_case(account, case)


def can_record_decision(account: Account, case: Case) -> bool:
    """The municipality decides; who works on the case and may say so writes its word down (P11)."""
    return allowed(account, Permission.RECORD_MUNICIPAL_DECISION) and can_work_on_case(account, case)
