"""The root key: the only secret that wraps the centres' keys. Here a file; a key management service fits the same two methods."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
NONCE_BYTES = 12


class WrongRoot(Exception):
    """A wrapped key does not open: another root key, another place, or altered bytes."""


class WrappingKey(Protocol):
    """`context` names what is wrapped, so that a wrapped key moved to another place does not open there."""

    def wrap(self, key: bytes, context: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes: ...


class LocalKey:
    """A wrapping key that this process holds."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def wrap(self, key: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context.encode())
        except InvalidTag as broken:
            raise WrongRoot(context) from broken


def root_key() -> WrappingKey:
    return _from_file(str(settings.ROOT_KEY_FILE))


@lru_cache(maxsize=2)
def _from_file(path: str) -> WrappingKey:
    try:
        content = Path(path).read_bytes()
    except OSError as problem:
        raise ImproperlyConfigured(f"ROOT_KEY_FILE {path} が読めません。") from problem
    return LocalKey(_decoded(content, path))


def _decoded(content: bytes, path: str) -> bytes:
    if len(content) == KEY_BYTES:
        return content
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except (UnicodeDecodeError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"ROOT_KEY_FILE {path} は 32 バイト、または 16 進 64 文字です。")
    return key
