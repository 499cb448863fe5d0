"""Whether this account may open this case, and what someone who may not is told."""

from uuid import UUID

from django.http import Http404

from accounts.models import Account
from accounts.permissions import allowed
from accounts.catalogue import Permission
from audit import trail
from casework.cases.models import Case, CaseUserObjectPermission

SUPPORT, SUPERVISION = "support", "supervision"


class CaseClosedToYou(Exception):
    """The case exists, a colleague asks who is not on its care team: a 403 page with number, owner and how to ask."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.number)
        self.case = case


def is_on_team(account: Account, case: Case) -> bool:
    return CaseUserObjectPermission.objects.filter(user=account, content_object=case, permission__codename="work_on_case").exists()


def can_read_case(account: Account, case: Case) -> bool:
    return allowed(account, Permission.READ_ALL_CASES) or is_on_team(account, case)


def can_work_on_case(account: Account, case: Case) -> bool:
    """Writing is for the care team and the chief who supervises it."""
    return allowed(account, Permission.WORK_ON_CASE) and can_read_case(account, case)


def find_case(account: Account, pk: UUID) -> Case:
    """The case, with client and owner.

    Raises Http404 when there is none or the account is not of this centre's staff, CaseClosedToYou when a colleague is
    not on its care team; either way the refusal has its line in the trail.
    """
    case = Case.objects.select_related("client", "owner").filter(pk=pk).first()
    if case is None or not allowed(account, Permission.SEE_CASE_REGISTER):
        trail.record_refusal("case.refused", by=account, about=case, target=str(pk))
        raise Http404
    if not can_read_case(account, case):
        trail.record_refusal("case.refused", by=account, about=case)
        raise CaseClosedToYou(case)
    return case
