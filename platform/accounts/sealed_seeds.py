"""Seeds of second factors at rest: sealed under a key derived from SECRET_KEY, bound to the host they belong to."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from tenants.activation import active_host

NONCE = 12


def seal(text: str) -> str:
    nonce = os.urandom(NONCE)
    return base64.b64encode(nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), _host())).decode()


def unseal(sealed: str) -> str:
    """Tries the keys that SECRET_KEY_FALLBACKS still names. Raises InvalidTag for another host's seed or an unknown key."""
    data = base64.b64decode(sealed)
    for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            return _cipher(secret).decrypt(data[:NONCE], data[NONCE:], _host()).decode()
        except InvalidTag:
            continue
    raise InvalidTag


def _cipher(secret: str | bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tsunagi second factor v1").derive(force_bytes(secret)))


def _host() -> bytes:
    return f"v1|{active_host().schema_name}".encode()
