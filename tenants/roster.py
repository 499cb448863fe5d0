"""The roster of staff over all centres. Each host writes its own postings, through the database's functions."""

import json
from collections.abc import Collection
from datetime import date
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


def end_posting(posting: UUID, *, until_date: date) -> bool:
    """False when the posting is not one of the active host."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.roster_end(%s, %s)", [posting, until_date])
        return cursor.fetchone()[0]
