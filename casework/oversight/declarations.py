"""自己申告: what a member of staff says of herself and her household, so that reading of kin is noticed; only she reads it again."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Account, AccountKind
from audit import trail
from casework.oversight.kinship import Kin, kin_of, surname_of, watched_words
from casework.oversight.models import ComparedPair, Declaration
from disclosure import field_map, gate, registrations
from foundation.errors import RuleViolation, StaleVersion

KIN = "oversight.kin"
MOST, LONGEST = 20, 80


HERSELF = "herself"


def register() -> None:
    field_map.describe({HERSELF: "申告した本人"})
    groups = {"declared": ("surnames", "people", "address")}
    registrations.register(Declaration, groups=groups, decide=_decide, grounds={HERSELF: {"declared"}})


def _decide(viewer: Account, declarations: Sequence[Any]) -> dict[UUID, frozenset[str]]:  # Any: declarations
    own = registrations.registered()[Declaration].grounds[HERSELF]
    return {each.pk: own for each in declarations if each.account_id == viewer.pk}


@transaction.atomic
def declare(by: Account, *, surnames: Sequence[str], people: Sequence[str], address: str, today: date, version: int | None) -> Declaration:
    """Say it anew, whole. What she has read so far is compared again.

    Raises PermissionDenied for anybody but staff, RuleViolation `too_many`, `too_long`, StaleVersion.
    """
    if by.kind != AccountKind.STAFF:
        raise PermissionDenied
    for field, told in (("surnames", surnames), ("people", people)):
        if len(told) > MOST:
            raise RuleViolation(f"{MOST}人までにしてください。", code="too_many", field=field)
        if any(len(name) > LONGEST for name in told):
            raise RuleViolation(f"名前は{LONGEST}字までにしてください。", code="too_long", field=field)
    said = Declaration.objects.select_for_update(of=("self",)).filter(account=by).first()
    if said is not None and said.version != version:
        raise StaleVersion()
    said = said or Declaration(account=by, version=0)
    said.surnames, said.people, said.address = list(surnames), list(people), address.strip() or None
    said.watched = watched_digests(surnames, people)
    said.declared_on, said.version = today, said.version + 1
    said.save()
    ComparedPair.objects.filter(actor=by).delete()
    trail.record("declaration.made", by=by, about=said)
    return said


def watched_digests(surnames: Sequence[str], people: Sequence[str]) -> list[str]:
    names = [*surnames, *people, *filter(None, map(surname_of, people))]
    return sorted(trail.digest(word) for word in watched_words(names))


def digests_watched(accounts: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """For each of them the digests of her own name, her surname and what she declared. Opens nothing; two queries."""
    names = dict(Account.objects.filter(pk__in=accounts, kind=AccountKind.STAFF).values_list("pk", "name"))
    declared = dict(Declaration.objects.filter(account__in=names).values_list("account_id", "watched"))
    return {pk: digests_of_name(name) | frozenset(declared.get(pk, ())) for pk, name in names.items()}


def digests_of_name(name: str) -> frozenset[str]:
    own = [name, surname_of(name)] if surname_of(name) else [name]
    return frozenset(trail.digest(word) for word in watched_words(own))


def kin_by_account(accounts: Collection[UUID]) -> dict[UUID, Kin]:
    """Opened for a rule, inside the caller's transaction."""
    names = dict(Account.objects.filter(pk__in=accounts, kind=AccountKind.STAFF).values_list("pk", "name"))
    declared = gate.compute_unaltered(Declaration.objects.filter(account__in=names).order_by("pk"), rule=KIN)
    said = {each.account_id: each for each in declared}
    return {
        pk: kin_of(name, surnames=said[pk].surnames or [], people=said[pk].people or [], address=said[pk].address or "")
        if pk in said
        else kin_of(name)
        for pk, name in names.items()
    }


def renew_digests() -> None:
    """After a change of the host's key the digests of new searches are others; inside the caller's transaction."""
    for each in gate.compute_unaltered(Declaration.objects.order_by("pk"), rule="oversight.digests", fields=("surnames", "people")):
        fresh = watched_digests(each.surnames or [], each.people or [])
        if fresh != each.watched:
            Declaration.objects.filter(pk=each.pk).update(watched=fresh)
