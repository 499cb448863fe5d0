"""Who answers for a case beside its owner: the chiefs of the centre, and where none may know of it its administrators."""

from collections.abc import Collection
from uuid import UUID

from accounts.catalogue import Role
from accounts.models import Account
from accounts.permissions import at_work
from casework.cases.models import Case
from casework.cases.models_access import CaseBlock
from foundation import clock


def chiefs_of(case: Case, *, without: Collection[UUID] = ()) -> list[Account]:
    """Those at work today and not blocked from the case, by name."""
    return _holders(Role.CHIEF_COUNSELLOR, case, without)


def answerable_for(case: Case, *, without: Collection[UUID] = ()) -> Account | None:
    """A chief, or else an administrator, who learns the number and nothing more."""
    return next(iter([*chiefs_of(case, without=without), *_holders(Role.CENTRE_ADMIN, case, without)]), None)


def _holders(role: Role, case: Case, without: Collection[UUID]) -> list[Account]:
    blocked = CaseBlock.objects.in_force().filter(client=case.client_id).values("account")
    return list(at_work([role], clock.today()).exclude(pk__in=blocked).exclude(pk__in=list(without)))
