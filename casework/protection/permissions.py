"""Who may ask for a protection, look after it, and end it."""

from collections.abc import Collection
from uuid import UUID

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.access import can_read_case, can_work_on_case, cases_to_work_on
from casework.cases.models import Case
from casework.cases.permissions import can_receive


def can_protect(account: Account, case: Case) -> bool:
    """Whoever takes the call, a clerk too, and whoever works on the case: a protection may be asked for by one person, at once."""
    return can_receive(account) or can_work_on_case(account, case)


def can_look_after(account: Account, case: Case) -> bool:
    """Her places, whom she fled from, ending it: the care team and its chief; a clerk who took the call may add what she hears."""
    return can_read_case(account, case) and (can_receive(account) or can_work_on_case(account, case))


def cases_to_decide_ending(account: Account, cases: Collection[UUID], *, asked_by_chief: bool) -> frozenset[UUID]:
    """Of these cases those where she may decide on an ending. One of the two is the chief, who need not open the case for it: she
    decides what others ask, and of what she asks somebody of the team.
    """
    if asked_by_chief:
        return cases_to_work_on(account, cases)
    if not allowed(account, Permission.READ_ALL_CASES):
        return frozenset()
    return frozenset(Case.objects.seen_by(account).filter(pk__in=cases).order_by().values_list("pk", flat=True))
