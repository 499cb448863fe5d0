"""Asking that somebody be protected: one act, at once, by one person. What must react reacts in the same transaction."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts import approvals
from accounts.models import Account, Approval
from audit import trail
from casework.cases.duties import open_duty
from casework.cases.events import record_event
from casework.cases.models import Case
from casework.cases.steps import check_not_future, check_text, lock_case
from casework.clients.models import Client
from casework.protection.models import EndingState, Protection, ProtectionEnding, SecretPlace
from casework.protection.permissions import can_look_after, can_protect
from foundation import clock, codes
from foundation.errors import RuleViolation, WrongState

ENDING = "protection.end"
MOST_ALIASES = 20

Listener = Callable[[UUID, Account, date], None]
on_protected: list[Listener] = []


def register_listener(listener: Listener) -> None:
    """What a slice above does in the same transaction when a client comes under protection: `listener(client, by, today)`."""
    if listener not in on_protected:
        on_protected.append(listener)


def lock_client(client: UUID) -> Client:
    """Held until the transaction ends: whoever sets, ends or shares waits here, so that nobody decides on what stood before."""
    return Client.objects.select_for_update(of=("self",)).get(pk=client)


def in_force(client: UUID) -> QuerySet[Protection]:
    return Protection.objects.filter(client=client, ended_at=None)


def clients_in_force() -> QuerySet[Protection, Any]:
    """Ids of everybody who is protected now, as a query inside another."""
    return Protection.objects.filter(ended_at=None).values("client")


def is_protected(client: UUID) -> bool:
    return in_force(client).exists()


@transaction.atomic
def protect(
    case: Case, *, kind: str, by: Account, today: date, from_on: date | None = None, until_on: date | None = None, words: str = ""
) -> Protection:
    """Put the client under protection, or renew it: in force when this returns, whatever was being ended meanwhile.

    A wish to end what was asked for earlier is void from this moment, approved or not, with its conflict recorded (目黒区, 2025).
    Raises PermissionDenied, RuleViolation `unknown_code`, `future`, `until_before_from`, `until_past`, `too_long`.
    """
    case = lock_case(case)
    if not can_protect(by, case):
        raise PermissionDenied
    from_on = from_on or today
    codes.check("protection_kind", kind, on=today, field="kind")
    check_not_future(from_on, today=today, field="from_on")
    if until_on is not None and until_on < from_on:
        raise RuleViolation("期限が、始まりの日より前です。", code="until_before_from", field="until_on")
    if until_on is not None and until_on < today:
        raise RuleViolation("期限が過ぎています。決まっていなければ空にしてください。", code="until_past", field="until_on")
    check_text(Protection, words=words)
    _hold_waiting_wishes(case.client_id)
    client = lock_client(case.client_id)
    protection = Protection.objects.create(
        client=client, kind=kind, from_on=from_on, until_on=until_on, words=words.strip() or None, set_by=by, set_at=clock.now()
    )
    trail.record("protection.begun", by=by, about=[case, protection], kind=kind)
    record_event(case, "protection.begun", on=today, by=by, about=protection, facts={"kind": kind})
    overtake(client.pk, protection, by=by)
    if until_on is not None:
        open_duty(case, "protection.review", due_on=until_on, opened_on=today, assigned_to=case.owner)
    for listener in on_protected:
        listener(client.pk, by, today)
    return protection


def _hold_waiting_wishes(client: UUID) -> None:
    """Whoever decides one holds it first and the client then; in that order here too, so that neither waits for the other."""
    wishes = ProtectionEnding.objects.filter(client=client, state=EndingState.ASKED).values("pk")
    list(Approval.objects.select_for_update(of=("self",)).filter(kind=ENDING, about_id__in=wishes))


def overtake(client: UUID, newer: Protection, *, by: Account | None) -> None:
    """Whatever was to end is void: asked for before something newer. The caller holds the client."""
    for ending in ProtectionEnding.objects.select_for_update(of=("self",)).filter(client=client, state__in=OPEN_ENDINGS):
        close_as_overtaken(ending, newer, by=by)
        approvals.void(ENDING, ending.pk, by=by)


OPEN_ENDINGS = (EndingState.ASKED, EndingState.APPROVED)


def close_as_overtaken(ending: ProtectionEnding, newer: Protection, *, by: Account | None) -> None:
    ending.state, ending.closed_at, ending.overtaken_by = EndingState.OVERTAKEN, clock.now(), newer
    ending.save(update_fields=["state", "closed_at", "overtaken_by"])
    trail.record("protection.end_overtaken", by=by, about=ending, newer=newer.pk)


@transaction.atomic
def add_secret_place(case: Case, *, kind: str, value: str, by: Account, today: date, aliases: Sequence[str] = ()) -> SecretPlace:
    """Write down a place or number that must not be known, with other ways of writing it.

    Raises PermissionDenied, RuleViolation `unknown_code`, `no_place`, `too_long`, `too_many`.
    """
    case = lock_case(case)
    if not can_look_after(by, case):
        raise PermissionDenied
    codes.check("secret_place_kind", kind, on=today, field="kind")
    said = list(dict.fromkeys(alias.strip() for alias in aliases if alias.strip()))
    if not value.strip():
        raise RuleViolation("場所または番号を書いてください。", code="no_place", field="value")
    if len(said) > MOST_ALIASES:
        raise RuleViolation(f"ほかの書き方は{MOST_ALIASES}件までです。", code="too_many", field="aliases")
    check_text(SecretPlace, value=value)
    for alias in said:
        if len(alias) > 200:
            raise RuleViolation("ほかの書き方は1つ200字までです。", code="too_long", field="aliases")
    place = SecretPlace.objects.create(
        client=case.client, kind=kind, value=value.strip(), aliases=said or None, added_by=by, added_at=clock.now()
    )
    trail.record("protection.place_added", by=by, about=[case, place], kind=kind)
    return place


@transaction.atomic
def remove_secret_place(place: SecretPlace, *, case: Case, by: Account) -> SecretPlace:
    """It is no secret any more. Raises PermissionDenied, WrongState `removed`."""
    if not can_look_after(by, lock_case(case)):
        raise PermissionDenied
    place = SecretPlace.objects.select_for_update(of=("self",)).get(pk=place.pk, client=case.client_id)
    if place.removed_at is not None:
        raise WrongState("この場所はもう外されています。", code="removed")
    place.removed_at = clock.now()
    place.save(update_fields=["removed_at"])
    trail.record("protection.place_removed", by=by, about=[case, place])
    return place


@transaction.atomic
def restore_secret_place(place: SecretPlace, *, case: Case, by: Account) -> SecretPlace:
    """It was taken away by mistake: nobody has to write it again. Raises PermissionDenied, WrongState `not_removed`."""
    if not can_look_after(by, lock_case(case)):
        raise PermissionDenied
    place = SecretPlace.objects.select_for_update(of=("self",)).get(pk=place.pk, client=case.client_id)
    if place.removed_at is None:
        raise WrongState("この場所は外されていません。", code="not_removed")
    place.removed_at = None
    place.save(update_fields=["removed_at"])
    trail.record("protection.place_restored", by=by, about=[case, place])
    return place
