"""Replacing keys at every level without stopping. Each step is committed by itself, so a killed rotation goes on where it was.

root     every centre's key is wrapped by the new root; the old one opens nothing any more
centre   a new version; the clients' keys are wrapped anew, then the version before is dropped
client   a new version seals, the old one still opens; every sealed value is sealed anew by compare-and-set, so that a save
         in between wins; when nobody can still hold the old key open, it is destroyed

What seals outside SealedField (files) registers itself in `further_holders`.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from vault import keys, sealing
from vault.fields import SealedField, sealed_fields
from vault.models import CentreKey, ClientKey, KeyClass
from vault.root import KEY_BYTES, LocalKey, root_key
from vault.routing import KEYS

BATCH = 500
GRACE = timedelta(seconds=2 * keys.HELD_FOR)  # the longest a process holds an old key, and a request that began with it
PATIENCE = 120.0  # seconds to wait for transactions of others

Say = Callable[[str], object]


class Replacing(NamedTuple):
    """An old key of the active centre's client and the one that takes its place."""

    old: keys.OpenKey
    new: keys.OpenKey


# (the keys being replaced, by the old one's id) -> how much was sealed anew; called until it answers 0
Holder = Callable[[dict[bytes, Replacing]], int]
further_holders: list[Holder] = []


class StillInUse(Exception):
    """Transactions of others would not end, so the old key stays for now; running the rotation again goes on."""


# -- root


def rewrap_centres(say: Say) -> int:
    """Wrap every centre's key that another root wraps by the one in force. Returns how many. Raises WrongRoot, KeyServiceAway."""
    root, done = root_key(), 0
    while names := list(CentreKey.objects.filter(wrapped__isnull=False).exclude(root=root.label).values_list("pk", flat=True)):
        for name in names:
            done += _rewrap_centre(name)
            say(f"{name}: {done}")
    return done


def _rewrap_centre(name: str) -> int:
    root, context = root_key(), f"v1|{name}"
    with transaction.atomic(using=KEYS):
        row = CentreKey.objects.select_for_update().get(pk=name)
        if row.wrapped is None or row.root == root.label:
            return 0
        opened = keys.open_centre_key(row)
        row.wrapped, row.root = root.wrap(opened.secret, context), root.label
        row.previous = root.wrap(opened.previous, context) if opened.previous is not None else None
        row.save(update_fields=["wrapped", "root", "previous"])
    return 1


# -- a centre


def rotate_centre(name: str, say: Say) -> int:
    """A new version of a centre's key, or the end of a rotation that was cut short. Returns how many keys were wrapped anew."""
    _keep_fingerprints(name)
    row = _next_version(name)
    opened = keys.open_centre_key(row)
    old, new = LocalKey(cast(bytes, opened.previous)), LocalKey(opened.secret)
    done, total = 0, ClientKey.objects.filter(centre=name, under__lt=row.version, wrapped__isnull=False).count()
    while batch := list(ClientKey.objects.filter(centre=name, under__lt=row.version, wrapped__isnull=False)[:BATCH]):
        with transaction.atomic(using=KEYS):
            for key in batch:
                context = keys.context_of(key)
                wrapped = new.wrap(old.unwrap(bytes(key.wrapped or b""), context), context)
                same = ClientKey.objects.filter(pk=key.pk, under=key.under, wrapped=key.wrapped)
                done += same.update(wrapped=wrapped, under=row.version)
        say(f"{name}: {done}/{total}")
    with transaction.atomic(using=KEYS):
        keys.lock_centre(name)
        ClientKey.objects.filter(centre=name, under__lt=row.version).update(under=row.version)  # the destroyed ones
        CentreKey.objects.filter(pk=name, version=row.version).update(previous=None)
    keys.forget()
    return done


def _next_version(name: str) -> CentreKey:
    with transaction.atomic(using=KEYS):
        keys.lock_centre(name)  # nobody makes a client's key under the version that leaves
        row = CentreKey.objects.select_for_update().get(pk=name)
        if row.wrapped is None:
            raise keys.KeyGone(name)
        if row.previous is None:
            opened, root = keys.open_centre_key(row), root_key()
            row.previous = root.wrap(opened.secret, f"v1|{name}")
            row.wrapped, row.root = root.wrap(os.urandom(KEY_BYTES), f"v1|{name}"), root.label
            row.version += 1
            row.save(update_fields=["previous", "wrapped", "root", "version"])
        return row


def _keep_fingerprints(name: str) -> None:
    """What was derived from the first version of the centre's key gets a row of its own before that version leaves."""
    with transaction.atomic(using=KEYS):
        keys.lock_centre(name)
        if ClientKey.objects.filter(centre=name, subject=None, key_class=KeyClass.FINGERPRINT).exists():
            return
        secret = keys.open_centre_key(CentreKey.objects.get(pk=name, wrapped__isnull=False))
        row = ClientKey(id=uuid4(), centre=name, subject=None, key_class=KeyClass.FINGERPRINT, under=secret.version)
        row.wrapped = LocalKey(secret.secret).wrap(keys.first_fingerprint(secret), keys.context_of(row))
        row.save(force_insert=True)


# -- a client


def begin(centre: str, subject: UUID | None) -> int:
    """Put a new version of each of a client's keys in force; none while an older rotation of hers is not at its end."""
    begun = 0
    for key_class in (KeyClass.GENERAL, KeyClass.WHEREABOUTS):
        with transaction.atomic(using=KEYS):
            keys.lock_centre(centre, shared=True)
            versions = ClientKey.objects.select_for_update().filter(centre=centre, subject=subject, key_class=key_class)
            current = next((row for row in versions if row.superseded_by_id is None), None)
            if current is None or current.wrapped is None or any(_is_leaving(row) for row in versions):
                continue
            secret = keys.open_centre_key(CentreKey.objects.get(pk=centre))
            new = ClientKey(
                id=uuid4(), centre=centre, subject=subject, key_class=key_class, version=current.version + 1, under=secret.version
            )
            new.wrapped = secret.wrapping(secret.version).wrap(os.urandom(KEY_BYTES), keys.context_of(new))
            current.superseded_by_id, current.superseded_at = new.id, timezone.now()
            current.save(update_fields=["superseded_by", "superseded_at"])
            new.save(force_insert=True)
            begun += 1
    keys.forget()
    return begun


def _is_leaving(row: ClientKey) -> bool:
    return row.superseded_by_id is not None and row.wrapped is not None


def leaving(centre: str, subject: UUID | None) -> list[ClientKey]:
    return [row for row in ClientKey.objects.filter(centre=centre, subject=subject) if _is_leaving(row)]


def sealed_columns() -> Iterator[SealedField]:
    for model in apps.get_models():
        if not model._meta.proxy:
            yield from sealed_fields(model)


def reseal(leaving_rows: list[ClientKey], say: Say) -> int:
    """Seal anew whatever lies under these keys of the active centre, value by value. Returns how many were found.

    Raises SealBroken at a value that was altered: it must be looked at before its key goes.
    """
    replacing = _opened_pairs(leaving_rows)
    done = 0
    for field in sealed_columns():
        found = _reseal_column(field, replacing)
        done += found
        if found:
            say(f"{field.model._meta.label}.{field.name}: {found}")
    for holder in further_holders:
        done += holder(replacing)
    return done


def _opened_pairs(rows: list[ClientKey]) -> dict[bytes, Replacing]:
    successors = {row.pk: _current_after(row) for row in rows}
    ciphers = keys.keys_by_id({row.id.bytes for row in rows} | {new.bytes for new in successors.values()})
    return {
        row.id.bytes: Replacing(_open_key(row.id, ciphers), _open_key(successors[row.pk], ciphers))
        for row in rows
        if successors[row.pk].bytes in ciphers
    }


def _open_key(key_id: UUID, ciphers: dict[bytes, AESGCM]) -> keys.OpenKey:
    return keys.OpenKey(key_id, ciphers[key_id.bytes])


def _current_after(row: ClientKey) -> UUID:
    current = ClientKey.objects.get(centre=row.centre, subject=row.subject, key_class=row.key_class, superseded_by=None)
    return current.pk


def _reseal_column(field: SealedField, replacing: dict[bytes, Replacing]) -> int:
    centre, found = keys.current_centre(), 0
    names = {
        "table": sql.Identifier(field.model._meta.db_table),
        "column": sql.Identifier(str(field.column)),
        "pk": sql.Identifier(str(field.model._meta.pk.column)),
    }
    look = sql.SQL("SELECT {pk}, {column} FROM {table} WHERE substring({column} FROM 2 FOR 16) = ANY(%s) LIMIT %s").format(**names)
    put = sql.SQL("UPDATE {table} SET {column} = %s WHERE {pk} = %s AND {column} = %s").format(**names)
    while rows := _fetched(look, [list(replacing), BATCH]):
        with transaction.atomic(), connection.cursor() as cursor:
            for pk, raw in rows:
                old = bytes(raw)
                pair, where = replacing[sealing.key_id_of(old)], sealing.place(centre, field.model._meta.db_table, str(field.column), pk)
                new = sealing.seal(sealing.unseal(old, pair.old.cipher, where), pair.new.id, pair.new.cipher, where)
                cursor.execute(_text(put), [new, pk, old])
        found += len(rows)
    return found


def _fetched(statement: sql.Composed, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_text(statement), values)
        return cursor.fetchall()


def _text(statement: sql.Composed) -> str:
    connection.ensure_connection()
    return statement.as_string(connection.connection)


def finish(centre: str, subject: UUID | None, say: Say, *, sleep: Callable[[float], object] = time.sleep) -> int:
    """Seal anew and then destroy the old versions. Returns how many values were sealed anew.

    Waits until no process can hold an old key open, and until every transaction that began before has ended: what is sealed
    under it then is found by the last look. Raises StillInUse.
    """
    rows, done = leaving(centre, subject), 0
    if not rows:
        return 0
    done += reseal(rows, say)
    _wait_until(max(row.superseded_at for row in rows if row.superseded_at) + GRACE, say, sleep)
    _wait_for_others(say, sleep)
    done += reseal(rows, say)
    ClientKey.objects.filter(pk__in=[row.pk for row in rows], superseded_by__isnull=False).update(wrapped=None, destroyed_at=timezone.now())
    keys.forget()
    return done


def _wait_until(moment: datetime, say: Say, sleep: Callable[[float], object]) -> None:
    while (left := (moment - timezone.now()).total_seconds()) > 0:
        say(f"開いたままの古い鍵がなくなるまで、あと {left:.0f} 秒")
        sleep(min(left, 10.0))


def _wait_for_others(say: Say, sleep: Callable[[float], object]) -> None:
    ((newest,),) = _fetched(sql.SQL("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").format(), [])
    waited = 0.0
    while True:
        ((oldest,),) = _fetched(sql.SQL("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").format(), [])
        if oldest >= newest:
            return
        if waited >= PATIENCE:
            raise StillInUse
        say("ほかの処理が終わるのを待っています")
        sleep(0.5)
        waited += 0.5
