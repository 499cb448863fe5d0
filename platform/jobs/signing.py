"""A message is (centre, outbox id, signature) and nothing else; who cannot sign cannot make a worker do anything."""

import hashlib
import hmac

from django.conf import settings


class ForgedMessage(Exception):
    """No signature, a wrong one, or one of another message."""


def signature(*parts: str) -> str:
    return hmac.new(settings.ENVELOPE_KEY, "\x1f".join(("v1", *parts)).encode(), hashlib.sha256).hexdigest()


def verify(claimed: object, *parts: object) -> None:
    if not isinstance(claimed, str) or not all(isinstance(part, str) for part in parts):
        raise ForgedMessage("no signature")
    if not hmac.compare_digest(claimed.encode(), signature(*map(str, parts)).encode()):
        raise ForgedMessage("wrong signature")
