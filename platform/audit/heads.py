"""Signed tree heads: how far the trail of a host has come, said in a text that can be kept outside and checked by anybody.

The private key is read by the sealing process alone. A head is made when the trail has grown, at most every settings.ANCHOR_SECONDS.
"""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from audit.models import AuditHead
from audit.sealing import closed_days, leaves_of, take_turn, tip_of
from audit.trees import DayRoot, canonical, instant, root_of

PEM_END = b"-----END PUBLIC KEY-----"


class Head(NamedTuple):
    """`body` is what was signed: canonical JSON of host, size, root, link, prev and time."""

    host: str
    size: int
    body: str
    signature: bytes
    key: str

    @property
    def facts(self) -> dict[str, Any]:  # Any: what the body says
        return cast(dict[str, Any], json.loads(self.body))

    @property
    def digest(self) -> str:
        """What the next head names as its `prev`."""
        return sha256(self.body.encode()).hexdigest()

    @property
    def text(self) -> str:
        """The head as one object of a store outside."""
        return canonical({"body": self.body, "key": self.key, "signature": self.signature.hex()})


def head_from(text: str) -> Head:
    """Raises ValueError for what is no head."""
    try:
        outer = json.loads(text)
        facts = json.loads(outer["body"])
        return Head(str(facts["host"]), int(facts["size"]), outer["body"], bytes.fromhex(outer["signature"]), outer["key"])
    except (KeyError, TypeError) as incomplete:
        raise ValueError("not a head") from incomplete


def key_id(key: Ed25519PublicKey) -> str:
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


class Signer:
    """Holds the private key of the sealing process."""

    def __init__(self, path: str) -> None:
        try:
            key = load_pem_private_key(Path(path).read_bytes(), password=None)
        except (OSError, ValueError) as unreadable:
            raise ImproperlyConfigured(f"ANCHOR_KEY_FILE {path} が読めません。") from unreadable
        if not isinstance(key, Ed25519PrivateKey):
            raise ImproperlyConfigured(f"ANCHOR_KEY_FILE {path} は Ed25519 の鍵ではありません。")
        self._key, self.id = key, key_id(key.public_key())

    def sign(self, body: str) -> bytes:
        return self._key.sign(body.encode())


class Keyring:
    """The public keys that heads may be signed with: the present one, and the earlier ones below it in the same file."""

    def __init__(self, pem: bytes) -> None:
        parts = [part.strip() + b"\n" + PEM_END + b"\n" for part in pem.split(PEM_END) if part.strip()]
        keys = [load_pem_public_key(part) for part in parts]
        self._keys = {key_id(key): key for key in keys if isinstance(key, Ed25519PublicKey)}

    @classmethod
    def from_file(cls, path: str) -> "Keyring":
        try:
            return cls(Path(path).read_bytes())
        except (OSError, ValueError) as unreadable:
            raise ImproperlyConfigured(f"ANCHOR_PUBLIC_KEY_FILE {path} が読めません。") from unreadable

    def accepts(self, head: Head) -> bool:
        key = self._keys.get(head.key)
        if key is None:
            return False
        try:
            key.verify(head.signature, head.body.encode())
        except InvalidSignature:
            return False
        return True


def day_roots(cursor: Any) -> list[DayRoot]:  # Any: Django's cursor
    """The closed days and the one that is running, as a head binds them."""
    days, tip = closed_days(cursor), tip_of(cursor)
    if tip.day is not None:
        leaves = leaves_of(cursor, tip.day)
        days.append(DayRoot(tip.day, tip.seq - len(leaves) + 1, tip.seq, root_of(leaves)))
    return days


def head_root(days: Sequence[DayRoot]) -> bytes:
    return root_of(day.leaf for day in days)


@transaction.atomic
def make_head(host: str, signer: Signer) -> Head | None:
    """Sign how far the trail has come and keep the head; None when it has not grown. Raises sealing.Busy."""
    with connection.cursor() as cursor:
        take_turn(cursor)
        tip, last = tip_of(cursor), latest_head()
        if tip.seq == 0 or (last is not None and last.size >= tip.seq):
            return None
        root = head_root(day_roots(cursor))
        cursor.execute("SELECT clock_timestamp()")
        facts = {
            "host": host,
            "size": tip.seq,
            "root": root.hex(),
            "link": tip.link.hex(),
            "prev": last.digest if last else "",
            "time": instant(cursor.fetchone()[0]),
        }
        head = Head(host, tip.seq, body := canonical(facts), signer.sign(body), signer.id)
        cursor.execute("SELECT audit_keep_head(%s, %s, %s, %s)", [head.size, head.body, head.signature, head.key])
    return head


def kept_heads() -> list[Head]:
    """The host's own copies, oldest first."""
    return [_head(row) for row in AuditHead.objects.all()]


def latest_head() -> Head | None:
    row = AuditHead.objects.last()
    return _head(row) if row else None


def undelivered(store: str) -> list[Head]:
    """What the store outside does not have yet, oldest first."""
    rows = AuditHead.objects.raw(
        "SELECT h.* FROM audit_audithead h WHERE NOT EXISTS (SELECT 1 FROM audit_auditdelivery d WHERE d.size = h.size AND d.store = %s) "
        "ORDER BY h.size",
        [store],
    )
    return [_head(row) for row in rows]


def note_delivery(head: Head, store: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_note_delivery(%s, %s)", [head.size, store])


def anchored_head(stores: Iterable[str]) -> Head | None:
    """The newest head that every one of these stores outside has taken."""
    wanted = list(stores)
    rows = AuditHead.objects.raw(
        "SELECT h.* FROM audit_audithead h WHERE (SELECT count(*) FROM audit_auditdelivery d WHERE d.size = h.size AND d.store = ANY(%s)) = %s "
        "ORDER BY h.size DESC LIMIT 1",
        [wanted, len(wanted)],
    )
    return next((_head(row) for row in rows), None)


def _head(row: AuditHead) -> Head:
    return Head(str(json.loads(row.body)["host"]), row.size, row.body, bytes(row.signature), row.key)
