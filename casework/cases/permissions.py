"""Who may take which step in a case; the same predicate shows the button and guards the function."""

from django.contrib.auth.models import AnonymousUser

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.access import can_write_in_case
from casework.cases.models import Case


def can_receive(account: Account | AnonymousUser) -> bool:
    return allowed(account, Permission.RECEIVE_PERSON)


def can_correct_reception(account: Account, case: Case) -> bool:
    """Whoever took the call may put it right, a clerk too."""
    return can_receive(account) and can_write_in_case(account, case)


def can_assign_team(account: Account, case: Case) -> bool:
    """The chief, and the case's owner, who may ask a colleague to join or take over."""
    return allowed(account, Permission.ASSIGN_CARE_TEAM) or (case.owner_id == account.pk and allowed(account, Permission.WORK_ON_CASE))
