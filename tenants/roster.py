"""The roster of staff over all centres. Each host writes its own postings, through the database's functions."""

import json
from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection


def begin_posting(
    *, email: str, name: str, roles: Collection[str], employer: UUID | None, from_date: date, until_date: date | None
) -> UUID:
    """Somebody begins to work at the active host. The same e-mail address is the same person everywhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.roster_begin(%s, %s, %s::jsonb, %s, %s, %s)",
            [email, name, json.dumps(sorted(roles)), employer, from_date, until_date],
        )
        return cursor.fetchone()[0]


def end_posting(posting: UUID, *, until_date: date | None) -> bool:
    """False when the posting is not one of the active host. None: it is open-ended again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.roster_end(%s, %s)", [posting, until_date])
        return cursor.fetchone()[0]


def is_same_person(posting: UUID, other: UUID) -> bool:
    """Whether the roster knows both as one person's; False for a posting that is not one of the active host."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.roster_same_person(%s, %s)", [posting, other])
        return bool(cursor.fetchone()[0])


def mailbox(email: str) -> str:
    """The box where mail to this address arrives: what stands behind a plus is a tag of its owner's."""
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


class Incoming(NamedTuple):
    """What the receiving centre may know before it has accepted."""

    id: UUID
    name: str
    email: str
    roles: list[str]
    on: date
    origin: str


class Outgoing(NamedTuple):
    id: UUID
    posting: UUID
    target: str
    on: date
    state: str


def offer_transfer(posting: UUID, *, to_centre: UUID, roles: Collection[str], on: date) -> UUID | None:
    """None when the posting is not one of the active host, or the target is the host itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.roster_offer_transfer(%s, %s, %s::jsonb, %s)", [posting, to_centre, json.dumps(sorted(roles)), on])
        return cursor.fetchone()[0]


def withdraw_transfer(posting: UUID) -> bool:
    """False when nothing of the active host waits for an answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.roster_withdraw_transfer(%s)", [posting])
        return bool(cursor.fetchone()[0])


def answer_transfer(transfer: UUID, *, accepted: bool) -> bool:
    """False when it does not wait for the active host's answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.roster_answer_transfer(%s, %s)", [transfer, accepted])
        return bool(cursor.fetchone()[0])


def incoming_transfers() -> list[Incoming]:
    """What waits for the active host's answer, the nearest day first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, email, roles::text, starts, origin FROM public.roster_incoming()")
        return [Incoming(row[0], row[1], row[2], json.loads(row[3]), row[4], row[5]) for row in cursor.fetchall()]


def outgoing_transfers(posting: UUID) -> list[Outgoing]:
    """What the active host offered for this posting, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, posting, target, starts, state FROM public.roster_outgoing(%s)", [posting])
        return [Outgoing(*row) for row in cursor.fetchall()]
