"""A file as sealed pieces: 1 MiB each, its place, its number and whether it is the last bound to it (security G).

A sealed file is `0x01 | key id (16)` and then `nonce (12) | ciphertext and tag` for each piece. A piece that was cut off, added,
put elsewhere or taken from another file does not open. Lengths are not hidden: a bucket shows them, and they say little.
"""

import os
from collections.abc import Iterator
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.refusals import SealBroken
from vault.sealing import KEY_ID, NONCE_BYTES, VERSION

PIECE = 1024 * 1024
TAG_BYTES = 16
SEALED_PIECE = NONCE_BYTES + PIECE + TAG_BYTES
HEAD = KEY_ID.stop


def place(schema: str, object_id: UUID) -> bytes:
    return f"v1|{schema}|files|{object_id}".encode()


def seal(plain: bytes, key_id: UUID, key: AESGCM, where: bytes) -> bytes:
    """An empty file is one empty piece, so that it too has a tag."""
    starts = range(0, max(len(plain), 1), PIECE)
    pieces = [VERSION + key_id.bytes]
    for number, start in enumerate(starts):
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound(where, key_id.bytes, number, final=start + PIECE >= len(plain))
        pieces.append(nonce + key.encrypt(nonce, plain[start : start + PIECE], bound))
    return b"".join(pieces)


def unseal(sealed: bytes, key: AESGCM, where: bytes) -> bytes:
    """The whole file or nothing of it. Raises SealBroken."""
    if sealed[:1] != VERSION or len(sealed) < HEAD + NONCE_BYTES + TAG_BYTES:
        raise SealBroken("unknown format")
    try:
        return b"".join(_opened(sealed, key, where))
    except (InvalidTag, ValueError) as broken:  # ValueError: cut too short for a tag
        raise SealBroken(where.decode()) from broken


def _opened(sealed: bytes, key: AESGCM, where: bytes) -> Iterator[bytes]:
    for number, start in enumerate(range(HEAD, len(sealed), SEALED_PIECE)):
        piece = sealed[start : start + SEALED_PIECE]
        bound = _bound(where, sealed[KEY_ID], number, final=start + SEALED_PIECE >= len(sealed))
        yield key.decrypt(piece[:NONCE_BYTES], piece[NONCE_BYTES:], bound)


def _bound(where: bytes, key_id: bytes, number: int, *, final: bool) -> bytes:
    return b"|".join((where, key_id.hex().encode(), str(number).encode(), b"final" if final else b"more"))
