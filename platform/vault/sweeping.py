"""Keys without an owner: what was committed for rows that a killed import or request never came to write."""

from datetime import timedelta
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.utils import timezone
from psycopg import sql

from vault import keys
from vault.fields import sealed_fields
from vault.models import ClientKey, KeyClass
from vault.rotation import sealed_columns

LOOK = sql.SQL("SELECT DISTINCT substring({column} FROM 2 FOR 16) FROM {table} WHERE substring({column} FROM 2 FOR 16) = ANY(%s)")
YOUNG = timedelta(days=1)  # somebody may still be about to write the row


def orphans() -> list[ClientKey]:
    """Keys of the active centre, older than a day, that no sealed value names and whose owner has no row.

    Never the centre's own, never a destroyed one (a tombstone), never one that takes part in a rotation.
    """
    old = ClientKey.objects.filter(
        centre=keys.current_centre(), made_at__lt=timezone.now() - YOUNG, subject__isnull=False, wrapped__isnull=False, version=1
    ).exclude(key_class=KeyClass.FINGERPRINT)
    candidates = list(old.filter(superseded_by=None))
    if not candidates:
        return []
    living = _owners({key.subject for key in candidates if key.subject})
    candidates = [key for key in candidates if key.subject not in living]
    named = _named({key.pk for key in candidates})
    return [key for key in candidates if key.pk not in named]


def sweep() -> int:
    """Take the keys without an owner away. Looks once more at each: a row written meanwhile keeps its key. Returns how many."""
    found = orphans()
    still = {key.pk for key in orphans()} if found else set()
    gone, _ = ClientKey.objects.filter(pk__in=still, superseded_by=None, wrapped__isnull=False).delete()
    keys.forget()
    return gone


def _owners(subjects: set[UUID]) -> set[UUID]:
    """Of these those who are somebody: a client, or another person with a key of her own."""
    people = [model for model in apps.get_models() if any(field.subject == "pk" for field in sealed_fields(model))]
    return {pk for model in people for pk in model._default_manager.filter(pk__in=subjects).values_list("pk", flat=True)}


def _named(ids: set[UUID]) -> set[UUID]:
    """Of these those that some sealed value of the active centre names."""
    wanted, found = [key_id.bytes for key_id in ids], set()
    for field in sealed_columns() if wanted else ():
        column, table = sql.Identifier(str(field.column)), sql.Identifier(field.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(LOOK.format(column=column, table=table).as_string(cursor.connection), [wanted])
            found |= {UUID(bytes=bytes(key_id)) for (key_id,) in cursor.fetchall()}
    return found
