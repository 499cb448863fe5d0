"""The root key: the only secret that wraps the centres' keys. A file (demo, one's own machine) or a key management service.

`ROOT_KEY` is `file:/path` or `kms:key-id`; while it is being replaced, `ROOT_KEY_RETIRING` names the one before. Every wrapped
key says by its label which root opens it.
"""

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from vault.refusals import WrongRoot

KEY_BYTES = 32
NONCE_BYTES = 12


class WrappingKey(Protocol):
    """`context` names what is wrapped, so that a wrapped key moved to another place does not open there."""

    def wrap(self, key: bytes, context: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes: ...


class RootKey(WrappingKey, Protocol):
    @property
    def label(self) -> str: ...


class LocalKey:
    """A wrapping key that this process holds."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.label = "file:" + hashlib.sha256(b"label|" + key).hexdigest()[:16]

    def wrap(self, key: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context.encode())
        except InvalidTag as broken:
            raise WrongRoot(context) from broken


def root_key() -> RootKey:
    """The root that wraps from now on. Raises ImproperlyConfigured."""
    return _root_at(str(settings.ROOT_KEY))


def unwrap(wrapped: bytes, context: str, label: str) -> bytes:
    """Open what a root key wrapped, by the root it names; what is older than labels is tried under each.

    Raises WrongRoot, KeyServiceAway.
    """
    for root in _known_roots():
        if label == root.label:
            return root.unwrap(wrapped, context)
    if not label:
        for root in _known_roots():
            try:
                return root.unwrap(wrapped, context)
            except WrongRoot:
                continue
    raise WrongRoot(context)


def _known_roots() -> Iterator[RootKey]:
    yield root_key()
    if settings.ROOT_KEY_RETIRING:
        yield _root_at(str(settings.ROOT_KEY_RETIRING))


@lru_cache(maxsize=4)
def _root_at(address: str) -> RootKey:
    kind, _, rest = address.partition(":")
    if kind == "file" and rest:
        return _from_file(rest)
    if kind == "kms" and rest:
        from vault.key_service import ServiceKey

        return ServiceKey(rest)
    raise ImproperlyConfigured(f"ROOT_KEY は file:/パス か kms:鍵の名前 です（今の値: {address}）。")


def _from_file(path: str) -> LocalKey:
    try:
        content = Path(path).read_bytes()
    except OSError as problem:
        raise ImproperlyConfigured(f"ROOT_KEY {path} が読めません。") from problem
    return LocalKey(_decoded(content, path))


def _decoded(content: bytes, path: str) -> bytes:
    if len(content) == KEY_BYTES:
        return content
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except (UnicodeDecodeError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"ROOT_KEY {path} は 32 バイト、または 16 進 64 文字です。")
    return key
