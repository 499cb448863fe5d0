"""How a value becomes bytes that say nothing, and back: typed encoding, padding to few lengths, AES-256-GCM bound to its place.

A sealed value is `0x01 | key id (16) | nonce (12) | ciphertext and tag`; the place is `v1|schema|table|column|pk`.
"""

import json
import os
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.refusals import SealBroken as SealBroken

VERSION = b"\x01"
NONCE_BYTES = 12
LENGTH_BYTES = 4
SMALLEST_BUCKET = 64
KEY_ID = slice(1, 17)
NONCE = slice(17, 17 + NONCE_BYTES)
BODY = slice(17 + NONCE_BYTES, None)


def encode(value: Any) -> bytes:  # any of the five types a sealed field may hold
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, date):
        return value.isoformat().encode()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


DECODERS: dict[type, Callable[[bytes], Any]] = {
    str: bytes.decode,
    date: lambda raw: date.fromisoformat(raw.decode()),
    int: json.loads,
    list: json.loads,
    dict: json.loads,
}


def padded(plain: bytes) -> bytes:
    """Fill up to 64, 256, 1k, 4k, … bytes, so that the length of a name or a note is not in the dump."""
    bucket = SMALLEST_BUCKET
    while bucket < LENGTH_BYTES + len(plain):
        bucket *= 4
    return (len(plain).to_bytes(LENGTH_BYTES, "big") + plain).ljust(bucket, b"\0")


def unpadded(padded_plain: bytes) -> bytes:
    length = int.from_bytes(padded_plain[:LENGTH_BYTES], "big")
    return padded_plain[LENGTH_BYTES : LENGTH_BYTES + length]


def place(schema: str, table: str, column: str, pk: object) -> bytes:
    return f"v1|{schema}|{table}|{column}|{pk}".encode()


def seal(plain: bytes, key_id: UUID, key: AESGCM, where: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + key_id.bytes + nonce + key.encrypt(nonce, padded(plain), where)


def is_sealed(value: bytes) -> bool:
    return value[:1] == VERSION and len(value) >= BODY.start


def key_id_of(sealed: bytes) -> bytes:
    """The 16 bytes of the key's id: thousands are compared in a search, so they stay bytes."""
    if not is_sealed(sealed):
        raise SealBroken("unknown format")
    return sealed[KEY_ID]


def unseal(sealed: bytes, key: AESGCM, where: bytes) -> bytes:
    if sealed[:1] != VERSION:
        raise SealBroken("unknown format")
    try:
        return unpadded(key.decrypt(sealed[NONCE], sealed[BODY], where))
    except (InvalidTag, ValueError) as broken:  # ValueError: cut too short for a tag
        raise SealBroken(where.decode()) from broken
