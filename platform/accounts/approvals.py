"""What one person may not do alone: she asks, somebody else decides, and only then it happens, in the decider's transaction.

A slice registers its kind in AppConfig.ready() and keeps its own facts (a reason in words, what is to happen) in its own
rows, sealed; an approval holds codes and ids only.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet

from accounts.models import Account, Approval, ApprovalState
from accounts.persons import is_same_person
from audit import trail
from foundation import clock
from foundation.errors import RuleViolation, WrongState

OPEN_FOR = timedelta(days=14)
MOST_SHOWN = 50


class Kind(NamedTuple):
    """What is asked for; `may_decide(decider, things)`: of the ids of what was asked about, those she may decide on;
    `carry_out(approval, by=decider)` inside the decision's transaction; `url` of the page that shows what it is about, None if the
    list of approvals says enough; `about(things)`: by their ids, a word or two for the list; `settled(approval, by=…)` when it was
    declined or overtaken, in that transaction (by None: nobody); `warning` what a yes does that nothing undoes.

    A list asks each kind once for all its rows, so a page costs the same however many wait.
    """

    label: str
    may_decide: Callable[[Account, Collection[UUID]], Collection[UUID]]
    carry_out: Callable[..., None]
    url: Callable[[Approval], str] | None = None
    about: Callable[[Collection[UUID]], Mapping[UUID, str]] | None = None
    settled: Callable[..., None] | None = None
    warning: str = ""


_kinds: dict[str, Kind] = {}


def register(code: str, kind: Kind) -> None:
    _kinds[code] = kind


def kinds() -> Mapping[str, Kind]:
    return MappingProxyType(_kinds)


@transaction.atomic
def ask(kind: str, about: models.Model, *, by: Account) -> Approval:
    """Ask for a second person; whether `by` may ask is the caller's question. KeyError for an unknown kind.

    Raises RuleViolation `already_asked` while the same is waiting.
    """
    assert kind in _kinds, kind
    if waiting_for(kind, about.pk).exists():
        raise RuleViolation("同じ依頼がすでに承認を待っています。", code="already_asked")
    approval = Approval.objects.create(
        kind=kind,
        about_label=about._meta.label,
        about_id=about.pk,
        asked_by=by,
        asked_at=clock.now(),
        expires_at=clock.now() + OPEN_FOR,
    )
    trail.record("approval.asked", by=by, about=[approval, about], kind=kind)
    return approval


@transaction.atomic
def approve(approval: Approval, *, by: Account) -> Approval:
    """Decide yes, and carry it out in the same transaction.

    Raises PermissionDenied (also for whoever asked), WrongState `not_waiting`, and whatever carrying it out raises.
    """
    approval = _begin(approval, by=by)
    _decide(approval, ApprovalState.APPROVED, by)
    _kinds[approval.kind].carry_out(approval, by=by)
    return approval


@transaction.atomic
def decline(approval: Approval, *, by: Account) -> Approval:
    """Decide no. Raises PermissionDenied, WrongState `not_waiting`."""
    approval = _begin(approval, by=by)
    _decide(approval, ApprovalState.DECLINED, by)
    _settle(approval, by)
    return approval


@transaction.atomic
def void(kind: str, about_id: UUID, *, by: Account | None) -> int:
    """What was asked has been overtaken by something newer; whoever approves it later meets `not_waiting`. Returns how many."""
    overtaken = list(waiting_for(kind, about_id).select_for_update(of=("self",)))
    for approval in overtaken:
        _decide(approval, ApprovalState.VOID, by)
        _settle(approval, by)
    return len(overtaken)


@transaction.atomic
def void_asked_by(account: Account, *, by: Account | None) -> int:
    """Whoever asked has gone; who still wants it asks in her own name. Returns how many."""
    hers = list(Approval.objects.select_for_update(of=("self",)).filter(asked_by=account, state=ApprovalState.WAITING).order_by("asked_at"))
    for approval in hers:
        _decide(approval, ApprovalState.VOID, by)
        _settle(approval, by)
    return len(hers)


def to_decide(account: Account, *, most: int = MOST_SHOWN) -> list[Approval]:
    """What waits for this person's word, the oldest first."""
    waiting = Approval.objects.filter(state=ApprovalState.WAITING, expires_at__gt=clock.now()).exclude(asked_by=account)
    oldest_first = list(waiting.select_related("asked_by").order_by("asked_at", "id"))
    hers = {kind: frozenset(_kinds[kind].may_decide(account, things)) for kind, things in _by_kind(oldest_first).items()}
    return [one for one in oldest_first if one.about_id in hers[one.kind] and not is_same_person(account, one.asked_by)][:most]


def asked_by(account: Account) -> QuerySet[Approval]:
    """What she asked for, the latest first."""
    return Approval.objects.filter(asked_by=account).select_related("decided_by").order_by("-asked_at", "id")


def label_of(approval: Approval) -> str:
    return _kinds[approval.kind].label


def abouts_of(asked: Iterable[Approval]) -> dict[UUID, str]:
    """By the id of the approval a word or two on what it is about; empty where its kind has none."""
    rows = list(asked)
    said: dict[UUID, str] = {}
    for kind, things in _by_kind(rows).items():
        about = _kinds[kind].about
        said |= about(things) if about is not None else {}
    return {one.pk: said.get(one.about_id, "") for one in rows}


def about_of(approval: Approval) -> str:
    return abouts_of([approval])[approval.pk]


def warning_of(approval: Approval) -> str:
    return _kinds[approval.kind].warning


def url_of(approval: Approval) -> str:
    url = _kinds[approval.kind].url
    return url(approval) if url is not None else ""


def waiting_for(kind: str, about_id: UUID) -> QuerySet[Approval]:
    return waiting(kind).filter(about_id=about_id)


def waiting(kind: str) -> QuerySet[Approval]:
    """Of this kind, oldest first."""
    return Approval.objects.filter(kind=kind, state=ApprovalState.WAITING, expires_at__gt=clock.now()).order_by("asked_at")


def can_decide(account: Account, approval: Approval) -> bool:
    """Never who asked, under no account of hers; otherwise as the kind says."""
    hers = _kinds[approval.kind].may_decide(account, {approval.about_id})
    return approval.about_id in hers and not is_same_person(account, approval.asked_by)


def _by_kind(asked: Iterable[Approval]) -> Mapping[str, set[UUID]]:
    things: defaultdict[str, set[UUID]] = defaultdict(set)
    for one in asked:
        things[one.kind].add(one.about_id)
    return things


def _begin(approval: Approval, *, by: Account) -> Approval:
    approval = Approval.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval.pk)
    if not can_decide(by, approval):
        raise PermissionDenied
    if approval.state != ApprovalState.WAITING or approval.expires_at <= clock.now():
        raise WrongState("この依頼は、もう承認を待っていません。", code="not_waiting")
    return approval


def _settle(approval: Approval, by: Account | None) -> None:
    settled = _kinds[approval.kind].settled
    if settled is not None:
        settled(approval, by=by)


def _decide(approval: Approval, state: ApprovalState, by: Account | None) -> None:
    approval.state, approval.decided_by, approval.decided_at = state, by, clock.now()
    approval.save(update_fields=["state", "decided_by", "decided_at"])
    trail.record(f"approval.{state.value}", by=by, about=approval, kind=approval.kind, subject=approval.about_id)
