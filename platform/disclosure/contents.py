"""The door for what lies in a file. Each object has a key of its own, kept sealed in the row that knows the object; so whoever may open
that field may open the object, its erasure and its rotation are those of the field, and the line of evidence names the field.
"""

import os
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import PermissionDenied
from django.db import models

from disclosure import gate
from disclosure.channels import Channel
from disclosure.opened import GONE
from vault import keys, pieces
from vault.fields import Covered
from vault.keys import KeyGone
from vault.refusals import SealBroken

KEY_BYTES: Final = 32


class SealedContent(NamedTuple):
    """What goes to the store under `object_id`, and the key for the sealed field of the row."""

    object_id: UUID
    sealed: bytes
    key: str


class Lying(NamedTuple):
    """An object of a row: the field that holds its key, its id, and its bytes as they were fetched (None: the store has none)."""

    row: models.Model
    key_field: str
    object_id: UUID
    sealed: bytes | None


def seal_content(plain: bytes) -> SealedContent:
    """Under a new key and a new id, bound to the active centre."""
    key, object_id = os.urandom(KEY_BYTES), uuid4()
    sealed = pieces.seal(plain, object_id, AESGCM(key), pieces.place(keys.current_centre(), object_id))
    return SealedContent(object_id, sealed, key.hex())


def reveal_content(lying: Lying, *, viewer: Any, channel: str = Channel.FILE, opening: gate.Opening | None = None) -> bytes:
    """For a person: what `gate.reveal` decides and writes down comes before a byte is opened.

    Raises what `reveal` raises, PermissionDenied when the content is not hers or is covered, KeyGone for one that was erased,
    SealBroken for an object that is missing or is not the one that was kept. Any: an account, seen from below casework.
    """
    (row,) = gate.reveal([lying.row], viewer=viewer, channel=channel, fields={lying.key_field}, opening=opening)
    try:
        return _opened(lying, getattr(row, lying.key_field))
    except SealBroken as broken:
        gate.note_broken_seals({lying.row._meta.label: [lying.key_field]}, [lying.row.pk], by=viewer, channel=channel)
        broken.noted = True
        raise


def compute_content(lying: Lying, *, rule: str) -> bytes:
    """For a job, in its transaction, as `gate.compute`. Raises KeyGone, SealBroken."""
    (row,) = gate.compute([lying.row], rule=rule, by=None, fields={lying.key_field})
    return _opened(lying, getattr(row, lying.key_field))


def _opened(lying: Lying, key: Any) -> bytes:  # Any: an opened value
    if key is GONE:
        raise KeyGone(str(lying.row.pk))
    if isinstance(key, Covered) or key is None:
        raise PermissionDenied
    if lying.sealed is None:
        raise SealBroken(str(lying.object_id))
    return pieces.unseal(lying.sealed, AESGCM(bytes.fromhex(key)), pieces.place(keys.current_centre(), lying.object_id))
