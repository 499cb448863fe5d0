"""Who may write the municipality's word down; everything else around a plan is the care team's and the chief's work."""

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.access import can_work_on_case
from casework.cases.models import Case


def can_record_decision(account: Account, case: Case) -> bool:
    """The municipality decides; who works on the case and may say so records it (P11)."""
    return allowed(account, Permission.RECORD_MUNICIPAL_DECISION) and can_work_on_case(account, case)
