"""Whether this account may open this case, on which ground, and what someone who may not is told.

In this order: a block beats everything; the care team reads to support; a chief outside it reads once she has said what for;
whoever broke the glass reads one case for an hour; then come the grounds of other slices. A chief who has said nothing yet
oversees: she meets names in her lists, and nothing of what a case says.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404

from accounts.catalogue import SUPPORT_ROLES, Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.cases.models import Case, CaseUserObjectPermission
from casework.cases.models_access import CaseBlock, CaseOpening, OpeningKind
from disclosure.protection import seen_by
from foundation import clock

SUPPORT, SUPERVISION, BREAK_GLASS, OVERSIGHT = "support", "supervision", "break_glass", "oversight"
MEETING = "meeting"  # a ground of the slice above, which reads what a meeting is about
OWN_GROUNDS = frozenset({SUPPORT, SUPERVISION, BREAK_GLASS})  # on which a case opens
WRITING_GROUNDS = frozenset({SUPPORT, SUPERVISION})


class Purpose(str):
    """What a case is read for; `reason` is the code that somebody chose when she opened it."""

    __slots__ = ("reason",)
    reason: str

    def __new__(cls, code: str, reason: str = "") -> "Purpose":
        purpose = super().__new__(cls, code)
        purpose.reason = reason
        return purpose


Ground = Callable[[Account, frozenset[UUID]], frozenset[UUID]]
further_grounds: dict[str, Ground] = {}
on_blocked_attempt: list[Callable[[Account, Case], object]] = []


class CaseClosedToYou(Exception):
    """The case exists, a colleague asks who is not on its care team: a 403 page with number, owner and how to ask."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.number)
        self.case = case


class PurposeNeeded(Exception):
    """A chief asks for a case outside her team and has not said today what for. Pages ask her, the API answers 403."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.number)
        self.case = case


def register_ground(purpose: str, ground: Ground) -> None:
    """Let a slice above say which of these cases an account may read for a purpose of its own (a meeting, a referral)."""
    further_grounds[purpose] = ground


def reading_grounds(account: Account, cases: Iterable[UUID]) -> dict[UUID, Purpose]:
    """Of these cases those the account may read, each with its purpose; a case that is missing is closed to her.

    One query of our own, whatever the number of cases.
    """
    return {case: purpose for case, (_, purpose) in _grounds(account, Case.objects.filter(pk__in=frozenset(cases))).items()}


def reading_grounds_of_clients(account: Account, clients: Iterable[UUID]) -> dict[UUID, Purpose]:
    """The same for clients: a client is open to whoever may read one of her cases, on the best of its grounds."""
    asked = frozenset(clients)
    if not asked:
        return {}
    found: dict[UUID, Purpose] = {}
    grounds = _grounds(account, Case.objects.filter(client__in=asked), of_clients=True).values()
    for client, purpose in sorted(grounds, key=lambda each: _rank(each[1])):
        found.setdefault(client, purpose)
    return found


def named_cases(account: Account, cases: Iterable[UUID]) -> frozenset[UUID]:
    """Of these cases those that a list shows with the person's name: the team's own, and all of them for a chief; one query."""
    asked = list(cases)
    if not asked or not allowed(account, Permission.SEE_CASE_REGISTER):
        return frozenset()
    return frozenset(Case.objects.visible_to(account).filter(pk__in=asked).order_by().values_list("pk", flat=True))


def named_clients(account: Account, clients: Iterable[UUID]) -> frozenset[UUID]:
    """The same for clients."""
    asked = list(clients)
    if not asked or not allowed(account, Permission.SEE_CASE_REGISTER):
        return frozenset()
    return frozenset(Case.objects.visible_to(account).filter(client__in=asked).order_by().values_list("client_id", flat=True))


def ground_of(account: Account, case: Case) -> Purpose | None:
    return reading_grounds(account, {case.pk}).get(case.pk)


def is_on_team(account: Account, case: Case) -> bool:
    return _team(account).filter(content_object=case.pk).exists()


def can_read_case(account: Account, case: Case) -> bool:
    return ground_of(account, case) in OWN_GROUNDS


def can_write_in_case(account: Account, case: Case) -> bool:
    """On which ground she reads decides whether she may write; broken glass is for reading alone."""
    return ground_of(account, case) in WRITING_GROUNDS


def can_work_on_case(account: Account, case: Case) -> bool:
    """Writing is for the care team and the chief who supervises it."""
    return case.pk in cases_to_work_on(account, {case.pk})


def cases_to_work_on(account: Account, cases: Collection[UUID]) -> frozenset[UUID]:
    """The same of many."""
    if not allowed(account, Permission.WORK_ON_CASE):
        return frozenset()
    return frozenset(case for case, ground in reading_grounds(account, cases).items() if ground in WRITING_GROUNDS)


def can_break_glass(account: Account) -> bool:
    """Staff of this centre who support people themselves; never guests, clerks, administrators."""
    return account.guest_entry is None and not SUPPORT_ROLES.isdisjoint(account.roles)


def find_case(account: Account, pk: UUID, *, to_look: bool = False) -> Case:
    """The case, with client and owner. `to_look` is for pages that only show: those open behind broken glass, too.

    Raises Http404 when there is none, when it does not exist for this account (a protected person's for whoever is not on her
    team, one she is blocked from) or the account is not of this centre's staff; PurposeNeeded when a chief outside its team has
    not said what for; CaseClosedToYou when a colleague is not on its care team. A refusal has its line in the trail.
    """
    case = _with_marks(account).filter(pk=pk).first()
    if case is None or not allowed(account, Permission.SEE_CASE_REGISTER):
        raise _not_there(account, pk)
    ground = _own_ground(account, case.on_team, case.opening)
    if ground in WRITING_GROUNDS or (ground == BREAK_GLASS and to_look):
        return case
    if allowed(account, Permission.READ_ALL_CASES):
        raise PurposeNeeded(case)
    trail.record_refusal("case.refused", by=account, about=case)
    raise CaseClosedToYou(case)


def find_known_case(account: Account, pk: UUID, *, or_keeps_staff: bool = False) -> Case:
    """The case as everybody of the centre may know of it: number, owner, stage. For asking to be let in; `or_keeps_staff` for
    what the administrator of accounts does by number.

    Raises Http404 as `find_case`.
    """
    case = _with_marks(account).filter(pk=pk).first()
    keeps_staff = or_keeps_staff and allowed(account, Permission.MANAGE_STAFF)
    if case is None or not (allowed(account, Permission.SEE_CASE_REGISTER) or keeps_staff):
        raise _not_there(account, pk)
    return case


def blocked_clients(account: Account) -> "QuerySet[Any]":
    """The ids of those of whom nothing is there for this account, for a sub-query. Any: a column of ids."""
    return CaseBlock.objects.in_force().filter(account=account).values_list("client_id", flat=True)


def is_blocked(account: Account, client: UUID) -> bool:
    return CaseBlock.objects.in_force().filter(account=account, client=client).exists()


def _not_there(account: Account, pk: UUID) -> Http404:
    """The answer to an id that is none of hers; who is blocked from what it names is reported."""
    case = Case.objects.filter(pk=pk).first()
    if case is None or not is_blocked(account, case.client_id):
        trail.record_refusal("case.refused", by=account, about=case, target=str(pk))
        return Http404()
    trail.record_refusal("case.refused", by=account, about=case, target=str(pk), blocked=True)
    for told in on_blocked_attempt:
        told(account, case)
    return Http404()


def _grounds(account: Account, rows: QuerySet[Case], *, of_clients: bool = False) -> dict[UUID, tuple[UUID, Purpose]]:
    """case → (client, purpose). Of a client a chief who oversees reads as much as any further ground would open."""
    overseer = allowed(account, Permission.READ_ALL_CASES)
    found: dict[UUID, tuple[UUID, Purpose]] = {}
    others: dict[UUID, UUID] = {}
    marked = _marked(account, rows).order_by().values_list("pk", "client_id", "on_team", "opening")
    for case, client, on_team, opening in marked:
        own = _own_ground(account, on_team, opening)
        if own is None:
            others[case] = client
        else:
            found[case] = (client, own)
    for purpose, ground in further_grounds.items() if others and not (overseer and of_clients) else ():
        for case in ground(account, frozenset(others.keys() - found.keys())):
            found[case] = (others[case], Purpose(purpose))
    if overseer:
        found |= {case: (client, Purpose(OVERSIGHT)) for case, client in others.items() if case not in found}
    return found


def _own_ground(account: Account, on_team: bool, opening: dict[str, str] | None) -> Purpose | None:
    """What she is counts today: who is chief no more supervises nothing, and whoever left supports nobody."""
    if not allowed(account, Permission.SEE_CASE_REGISTER):
        return None
    if on_team:
        return Purpose(SUPPORT)
    if opening is None:
        return None
    may = allowed(account, Permission.READ_ALL_CASES) if opening["kind"] == OpeningKind.SUPERVISION else can_break_glass(account)
    return Purpose(opening["kind"], opening["reason"]) if may else None


def _rank(purpose: str) -> int:
    own = (SUPPORT, SUPERVISION, BREAK_GLASS)
    return own.index(purpose) if purpose in own else len(own) + (purpose == OVERSIGHT)


def _with_marks(account: Account) -> QuerySet[Any]:
    return _marked(account, Case.objects.select_related("client", "owner", "caller", "previous", "next"))


def _marked(account: Account, rows: QuerySet[Case]) -> QuerySet[Any]:
    """Any: cases that exist for the account, with two columns more: is she on the team, has she opened it."""
    openings = CaseOpening.objects.in_force(clock.now()).filter(account=account, case=OuterRef("pk"))
    latest = openings.order_by("-kind", "-opened_at").values(opening=JSONObject(kind="kind", reason="reason"))[:1]
    return rows.filter(seen_by(account)).annotate(
        on_team=Exists(_team(account).filter(content_object=OuterRef("pk"))),
        opening=latest,
    )


def _team(account: Account) -> QuerySet[CaseUserObjectPermission]:
    return CaseUserObjectPermission.objects.filter(user=account, permission__codename="work_on_case")
