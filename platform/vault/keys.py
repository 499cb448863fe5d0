"""Root key → centre key → client key. Made once, committed in `keys` before the row that needs them, held open at most a minute.

While a key is being replaced the older version still opens and the newer one seals (vault.rotation). Raises KeyGone for a key
that was destroyed, SealBroken for one that belongs to another centre or was replaced, KeyServiceAway.
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
from django.db import connection, connections, transaction
from django.db.models import Q

from vault.models import CentreKey, ClientKey, KeyClass
from vault.refusals import SealBroken, WrongRoot
from vault.ring import Ring, wipe
from vault.root import KEY_BYTES, LocalKey, root_key, unwrap
from vault.routing import KEYS

BATCH = 2000
HELD_FOR = 60.0  # seconds
ROTATING = 820_213  # advisory locks on `keys`, with a hash of the centre's name: shared to make a key, alone to replace the centre's
_ring = Ring(limit=100_000, lifetime=HELD_FOR)
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


class CentreSecret(NamedTuple):
    """The centre's key opened, and the version before it while that is being replaced."""

    version: int
    secret: bytes
    previous: bytes | None

    def wrapping(self, version: int) -> LocalKey:
        """Raises WrongRoot for a version that is neither: this process or what it read is behind."""
        if version == self.version:
            return LocalKey(self.secret)
        if version == self.version - 1 and self.previous is not None:
            return LocalKey(self.previous)
        raise WrongRoot(str(version))


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


class LookedUp(NamedTuple):
    """Of the keys asked for by id: those that open, and those that were destroyed for good. What is in neither is not ours."""

    ciphers: dict[bytes, AESGCM]
    erased: frozenset[bytes]

    def cipher(self, key_id: bytes) -> AESGCM | None:
        """None: erased. Raises SealBroken for a key of another centre, one that was replaced, or one that never was."""
        found = self.ciphers.get(key_id)
        if found is None and key_id not in self.erased:
            raise SealBroken("no key of this centre opens this value")
        return found


def look_up(ids: Iterable[bytes]) -> LookedUp:
    """The keys to open with, at most one query for those this process does not hold.

    A key that was replaced is neither open nor erased: a value that names it is an old row that somebody put back.
    """
    centre, wanted = current_centre(), set(ids)
    held = _ring.get_many((centre, key_id) for key_id in wanted)
    found: dict[bytes, AESGCM] = {key_id: cipher for (_, key_id), cipher in held.items()}
    missing = [UUID(bytes=key_id) for key_id in wanted - found.keys()]
    rows = list(ClientKey.objects.filter(pk__in=missing, centre=centre)) if missing else []
    opened = _opened(centre, [row for row in rows if row.wrapped is not None])
    erased = frozenset(row.id.bytes for row in rows if row.wrapped is None and _state_of(row) == "current")
    return LookedUp(found | {key.id.bytes: key.cipher for key in opened}, erased)


def keys_by_id(ids: Iterable[bytes]) -> dict[bytes, AESGCM]:
    """The keys to open with; a destroyed key is missing in the answer."""
    return look_up(ids).ciphers


def successor_of(key_id: bytes) -> bool:
    """Whether what this key sealed is to be sealed anew before it is saved: a newer version has taken its place.

    Raises SealBroken when the older version is gone already.
    """
    centre = current_centre()
    state = _ring.get((centre, key_id, "state"))
    if state is None:
        row = ClientKey.objects.filter(pk=UUID(bytes=key_id), centre=centre).first()
        state = _state_of(row) if row is not None else "current"
        _ring.put((centre, key_id, "state"), state)
    if state == "replaced":
        raise SealBroken("a value under a key that was replaced")
    return bool(state == "old")


def _state_of(row: ClientKey) -> str:
    """current; old: it still opens, a newer version seals; replaced: nothing lies under it any more. An erased one is current."""
    if row.superseded_by_id is None:
        return "current"
    if row.wrapped is not None:
        return "old"
    versions = ClientKey.objects.filter(centre=row.centre, subject=row.subject, key_class=row.key_class)
    return "replaced" if versions.filter(superseded_by=None, wrapped__isnull=False).exists() else "current"


def keyed_digest(text: str) -> str:
    """A fingerprint that only the holder of the host's key can compare: for evidence of what was searched."""
    schema = cast(str, connection.schema_name)  # type: ignore[attr-defined]  # the tenancy backend's attribute
    return hmac.new(fingerprint_key(schema), text.encode(), hashlib.sha256).hexdigest()


def fingerprint_key(schema: str) -> bytes:
    """A host's key for fingerprints, which stays when the centre's key is replaced: derived from its first version."""
    held = cast("bytes | None", _ring.get((schema, KeyClass.FINGERPRINT)))
    if held is not None:
        return held
    centre = _centre_secret(schema, create=True)
    if centre.version == 1 and centre.previous is None:
        key = first_fingerprint(centre)
    else:
        row = ClientKey.objects.get(centre=schema, subject=None, key_class=KeyClass.FINGERPRINT)
        key = _unwrapped(schema, row)
    _ring.put((schema, KeyClass.FINGERPRINT), key)
    return key


def first_fingerprint(centre: CentreSecret) -> bytes:
    return hashlib.sha256(b"digest|" + centre.secret).digest()


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


def context_of(row: ClientKey) -> str:
    return f"v1|{row.centre}|{row.subject or 'centre'}|{row.key_class}|{row.id}"


def _load(centre: str, owners: list[Owner]) -> dict[Owner, OpenKey]:
    subjects = Q(subject__in={owner.subject for owner in owners if owner.subject})
    if any(owner.subject is None for owner in owners):
        subjects |= Q(subject__isnull=True)
    wanted = set(owners)
    current = ClientKey.objects.filter(subjects, centre=centre, superseded_by=None)
    rows = [row for row in current if Owner(row.subject, row.key_class) in wanted]
    keys = _opened(centre, rows)
    return {Owner(row.subject, row.key_class): key for row, key in zip(rows, keys, strict=True)}


def _opened(centre: str, rows: list[ClientKey]) -> list[OpenKey]:
    """Unwrap and hold. Raises KeyGone if one of them, or the centre's, was destroyed."""
    keys = []
    for row in rows:
        if row.wrapped is None:
            raise KeyGone(str(row.id))
        secret = _unwrapped(centre, row)
        key = OpenKey(row.id, AESGCM(secret))
        wipe(secret)
        _ring.put((centre, row.id.bytes), key.cipher)
        _ring.put((centre, row.id.bytes, "state"), _state_of(row))
        if row.superseded_by_id is None:
            _ring.put((centre, Owner(row.subject, row.key_class)), key)
        keys.append(key)
    return keys


def _unwrapped(centre: str, row: ClientKey) -> bytes:
    """The key's bytes. What was read while the centre's key was being replaced is read once more."""
    try:
        return _centre_secret(centre, create=False).wrapping(row.under).unwrap(bytes(row.wrapped or b""), context_of(row))
    except WrongRoot:
        _ring.drop(centre)
        row = ClientKey.objects.get(pk=row.pk)
        if row.wrapped is None:
            raise KeyGone(str(row.pk)) from None
        return _centre_secret(centre, create=False).wrapping(row.under).unwrap(bytes(row.wrapped), context_of(row))


def _make(centre: str, owners: list[Owner]) -> None:
    made = _insert(centre, owners)
    if made is None:  # the centre's key was replaced since this process opened it
        _ring.drop(centre)
        made = _insert(centre, owners)
    if made is None:
        raise WrongRoot(centre)
    journal = _journal.get()
    if journal is not None:
        journal.extend(made)


def _insert(centre: str, owners: list[Owner]) -> list[UUID] | None:
    """Make keys under the newest version of the centre's key, or none: nothing may come to lie under one that is leaving."""
    secret = _centre_secret(centre, create=True)
    wrapping = secret.wrapping(secret.version)
    rows = [
        ClientKey(id=uuid4(), centre=centre, subject=owner.subject, key_class=owner.key_class, under=secret.version) for owner in owners
    ]
    for row in rows:
        row.wrapped = wrapping.wrap(os.urandom(KEY_BYTES), context_of(row))
    with transaction.atomic(using=KEYS, durable=True):  # committed before any row of the centre can need it
        lock_centre(centre, shared=True)
        if not CentreKey.objects.filter(pk=centre, version=secret.version, wrapped__isnull=False).exists():
            return None
        ClientKey.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return [row.id for row in rows]


def lock_centre(centre: str, *, shared: bool = False) -> None:
    """Until the end of the transaction on `keys`: many may make keys at once, one replaces the centre's."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connections[KEYS].cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, hashtext(%s))", [ROTATING, centre])


def _centre_secret(centre: str, *, create: bool) -> CentreSecret:
    secret = cast("CentreSecret | None", _ring.get(centre))
    if secret is None:
        secret = _unwrapped_centre_secret(centre, create=create)
        _ring.put(centre, secret)
    return secret


def _unwrapped_centre_secret(centre: str, *, create: bool) -> CentreSecret:
    row = CentreKey.objects.filter(pk=centre).first()
    if row is None and create:
        _make_centre_key(centre)
        row = CentreKey.objects.get(pk=centre)
    if row is None or row.wrapped is None:
        raise KeyGone(centre)
    return open_centre_key(row)


def open_centre_key(row: CentreKey) -> CentreSecret:
    """Raises WrongRoot, KeyServiceAway."""
    context = f"v1|{row.centre}"
    previous = unwrap(bytes(row.previous), context, row.root) if row.previous is not None else None
    return CentreSecret(row.version, unwrap(bytes(row.wrapped or b""), context, row.root), previous)


def _make_centre_key(centre: str) -> None:
    root = root_key()
    row = CentreKey(centre=centre, wrapped=root.wrap(os.urandom(KEY_BYTES), f"v1|{centre}"), root=root.label)
    with transaction.atomic(using=KEYS, durable=True):
        CentreKey.objects.bulk_create([row], ignore_conflicts=True)
