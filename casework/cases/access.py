"""Whether this account may open this case, on which ground, and what someone who may not is told."""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.cases.models import Case, CaseUserObjectPermission
from disclosure.protection import seen_by

SUPPORT, SUPERVISION = "support", "supervision"
OWN_GROUNDS = frozenset({SUPPORT, SUPERVISION})

Ground = Callable[[Account, frozenset[UUID]], frozenset[UUID]]
further_grounds: dict[str, Ground] = {}


class CaseClosedToYou(Exception):
    """The case exists, a colleague asks who is not on its care team: a 403 page with number, owner and how to ask."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.number)
        self.case = case


def register_ground(purpose: str, ground: Ground) -> None:
    """Let a slice above say which of these cases an account may read for a purpose of its own (a meeting, a referral)."""
    further_grounds[purpose] = ground


def reading_grounds(account: Account, cases: Iterable[UUID]) -> dict[UUID, str]:
    """Of these cases those the account may read, each with its purpose; a case that is missing is closed to her.

    The care team reads to support, the chief to supervise; then come the grounds of other slices. At most two queries of
    our own, whatever the number of cases.
    """
    asked = frozenset(cases)
    if not asked or not allowed(account, Permission.SEE_CASE_REGISTER):
        return _further(account, asked)
    grounds = dict.fromkeys(_of_team(account, asked), SUPPORT)
    if allowed(account, Permission.READ_ALL_CASES):
        return dict.fromkeys(asked, SUPERVISION) | grounds
    return _further(account, asked - grounds.keys()) | grounds


def reading_grounds_of_clients(account: Account, clients: Iterable[UUID]) -> dict[UUID, str]:
    """The same for clients: a client is open to whoever may read one of her cases."""
    asked = frozenset(clients)
    staff = bool(asked) and allowed(account, Permission.SEE_CASE_REGISTER)
    grounds = dict.fromkeys(_clients_of_team(account, asked), SUPPORT) if staff else {}
    if staff and allowed(account, Permission.READ_ALL_CASES):
        return dict.fromkeys(asked, SUPERVISION) | grounds
    if not further_grounds or asked <= grounds.keys():
        return grounds
    cases = dict(Case.objects.filter(client__in=asked - grounds.keys()).values_list("pk", "client_id"))
    return {cases[case]: purpose for case, purpose in _further(account, frozenset(cases)).items()} | grounds


def is_on_team(account: Account, case: Case) -> bool:
    return bool(_of_team(account, {case.pk}))


def can_read_case(account: Account, case: Case) -> bool:
    if not allowed(account, Permission.SEE_CASE_REGISTER):
        return False
    return allowed(account, Permission.READ_ALL_CASES) or is_on_team(account, case)


def can_work_on_case(account: Account, case: Case) -> bool:
    """Writing is for the care team and the chief who supervises it."""
    return allowed(account, Permission.WORK_ON_CASE) and can_read_case(account, case)


def find_case(account: Account, pk: UUID) -> Case:
    """The case, with client and owner.

    Raises Http404 when there is none, it does not exist for this account (a protected person's for whoever is not on her team)
    or the account is not of this centre's staff, CaseClosedToYou when a colleague is
    not on its care team; either way the refusal has its line in the trail.
    """
    case = _with_team_mark(account).filter(pk=pk).first()
    if case is None or not allowed(account, Permission.SEE_CASE_REGISTER):
        trail.record_refusal("case.refused", by=account, about=case, target=str(pk))
        raise Http404
    if not (case.viewer_on_team or allowed(account, Permission.READ_ALL_CASES)):
        trail.record_refusal("case.refused", by=account, about=case)
        raise CaseClosedToYou(case)
    return case


def _with_team_mark(account: Account) -> QuerySet[Any]:
    """Any: cases with one column more, whether this account is on their team."""
    mine = CaseUserObjectPermission.objects.filter(user=account, content_object=OuterRef("pk"), permission__codename="work_on_case")
    rows = Case.objects.filter(seen_by(account)).select_related("client", "owner", "caller", "previous", "next")
    return rows.annotate(viewer_on_team=Exists(mine))


def _of_team(account: Account, cases: Collection[UUID]) -> set[UUID]:
    team = CaseUserObjectPermission.objects.filter(
        seen_by(account, "content_object__client"), user=account, content_object__in=list(cases), permission__codename="work_on_case"
    )
    return set(team.values_list("content_object_id", flat=True))


def _clients_of_team(account: Account, clients: Collection[UUID]) -> set[UUID]:
    team = CaseUserObjectPermission.objects.filter(
        seen_by(account, "content_object__client"),
        user=account,
        content_object__client__in=list(clients),
        permission__codename="work_on_case",
    )
    return set(team.values_list("content_object__client_id", flat=True))


def _further(account: Account, cases: frozenset[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for purpose, ground in further_grounds.items():
        found |= dict.fromkeys(ground(account, cases - found.keys()), purpose)
    return found
