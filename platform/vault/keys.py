"""Root key → centre key → client key. Made once, committed in `keys` before the row that needs them, held open at most a minute.

Raises KeyGone for a key that was destroyed, SealBroken for one that belongs to another centre.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, cast
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from django.db.models import Q

from vault.models import CentreKey, ClientKey
from vault.ring import Ring
from vault.root import KEY_BYTES, LocalKey, root_key
from vault.routing import KEYS
from vault.sealing import SealBroken

BATCH = 2000
_ring = Ring(limit=100_000, lifetime=60.0)
_journal: ContextVar[list[UUID] | None] = ContextVar("keys made for work that may be undone", default=None)


class KeyGone(Exception):
    """The key was destroyed: what it sealed cannot be opened by anybody any more."""


class Owner(NamedTuple):
    """Whose value it is: a client, or the centre itself (no subject), and the class of secret."""

    subject: UUID | None
    key_class: str


class OpenKey(NamedTuple):
    id: UUID
    cipher: AESGCM


def current_centre() -> str:
    schema = cast(str, connection.schema_name)  # type: ignore[attr-defined]  # the tenancy backend's attribute
    if schema == "public":
        raise RuntimeError("no centre is active: personal data has no place in the public schema")
    return schema


def ensure_centre_key(centre: str) -> None:
    """Make the centre's key unless it has one; two callers at once end with the same one."""
    if not CentreKey.objects.filter(pk=centre).exists():
        _make_centre_key(centre)


def keys_for(owners: Iterable[Owner]) -> dict[Owner, OpenKey]:
    """The keys to seal with; missing ones are made. At most one query for those this process does not hold."""
    centre = current_centre()
    found = {owner: _ring.get((centre, owner)) for owner in dict.fromkeys(owners)}
    missing = [owner for owner, key in found.items() if key is None]
    if missing:
        loaded = _load(centre, missing)
        unmade = [owner for owner in missing if owner not in loaded]
        if unmade:
            _make(centre, unmade)
            loaded |= _load(centre, unmade)
        found |= loaded
    return found


def keys_by_id(ids: Iterable[bytes]) -> dict[bytes, AESGCM]:
    """The keys to open with, at most one query; a destroyed key is missing in the answer."""
    centre, wanted = current_centre(), set(ids)
    held = _ring.get_many((centre, key_id) for key_id in wanted)
    found: dict[bytes, AESGCM] = {key_id: cipher for (_, key_id), cipher in held.items()}
    missing = [UUID(bytes=key_id) for key_id in wanted - found.keys()]
    rows = list(ClientKey.objects.filter(pk__in=missing)) if missing else []
    if any(row.centre != centre for row in rows):
        raise SealBroken("a value of another centre")
    opened = _opened(centre, [row for row in rows if row.wrapped is not None])
    return found | {key.id.bytes: key.cipher for key in opened}


def keyed_digest(text: str) -> str:
    """A fingerprint that only the holder of the host's key can compare: for evidence of what was searched."""
    schema = cast(str, connection.schema_name)  # type: ignore[attr-defined]  # the tenancy backend's attribute
    key = _centre_secret(schema, create=True)
    return hmac.new(hashlib.sha256(b"digest|" + key).digest(), text.encode(), hashlib.sha256).hexdigest()


@contextmanager
def unmade_on_failure() -> Iterator[None]:
    """Around work that is all or nothing: keys committed for rows that were then rolled back go with them."""
    made: list[UUID] = []
    before = _journal.set(made)
    try:
        yield
    except BaseException:
        ClientKey.objects.filter(pk__in=made).delete()
        forget()
        raise
    finally:
        _journal.reset(before)


def forget() -> None:
    """Close all keys this process holds open."""
    _ring.clear()


def _context(row: ClientKey) -> str:
    return f"v1|{row.centre}|{row.subject or 'centre'}|{row.key_class}|{row.id}"


def _load(centre: str, owners: list[Owner]) -> dict[Owner, OpenKey]:
    subjects = Q(subject__in={owner.subject for owner in owners if owner.subject})
    if any(owner.subject is None for owner in owners):
        subjects |= Q(subject__isnull=True)
    wanted = set(owners)
    rows = [row for row in ClientKey.objects.filter(subjects, centre=centre) if Owner(row.subject, row.key_class) in wanted]
    keys = _opened(centre, rows)
    return {Owner(row.subject, row.key_class): key for row, key in zip(rows, keys, strict=True)}


def _opened(centre: str, rows: list[ClientKey]) -> list[OpenKey]:
    """Unwrap and hold. Raises KeyGone if one of them, or the centre's, was destroyed."""
    if not rows:
        return []
    wrapping = LocalKey(_centre_secret(centre, create=False))
    keys = []
    for row in rows:
        if row.wrapped is None:
            raise KeyGone(str(row.id))
        key = OpenKey(row.id, AESGCM(wrapping.unwrap(bytes(row.wrapped), _context(row))))
        _ring.put((centre, row.id.bytes), key.cipher)
        _ring.put((centre, Owner(row.subject, row.key_class)), key)
        keys.append(key)
    return keys


def _make(centre: str, owners: list[Owner]) -> None:
    wrapping = LocalKey(_centre_secret(centre, create=True))
    rows = [ClientKey(id=uuid4(), centre=centre, subject=owner.subject, key_class=owner.key_class) for owner in owners]
    for row in rows:
        row.wrapped = wrapping.wrap(os.urandom(KEY_BYTES), _context(row))
    with transaction.atomic(using=KEYS, durable=True):  # committed before any row of the centre can need it
        ClientKey.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    journal = _journal.get()
    if journal is not None:
        journal.extend(row.id for row in rows)


def _centre_secret(centre: str, *, create: bool) -> bytes:
    secret = cast("bytes | None", _ring.get(centre))
    if secret is None:
        secret = _unwrapped_centre_secret(centre, create=create)
        _ring.put(centre, secret)
    return secret


def _unwrapped_centre_secret(centre: str, *, create: bool) -> bytes:
    row = CentreKey.objects.filter(pk=centre).first()
    if row is None and create:
        _make_centre_key(centre)
        row = CentreKey.objects.get(pk=centre)
    if row is None or row.wrapped is None:
        raise KeyGone(centre)
    return root_key().unwrap(bytes(row.wrapped), f"v1|{centre}")


def _make_centre_key(centre: str) -> None:
    row = CentreKey(centre=centre, wrapped=root_key().wrap(os.urandom(KEY_BYTES), f"v1|{centre}"))
    with transaction.atomic(using=KEYS, durable=True):
        CentreKey.objects.bulk_create([row], ignore_conflicts=True)
