"""History of a record: every change keeps what stood before, and a stale change is refused."""

from datetime import date, time
from typing import Any, TypeVar

from accounts.models import Account
from casework.cases.models import Revision
from casework.clients.models import Client
from disclosure import gate
from foundation import clock
from foundation.errors import StaleVersion
from vault.fields import SealedModel

T = TypeVar("T", bound=SealedModel)


def save_changes(
    obj: T, changes: dict[str, Any], *, version: int, by: Account, client: Client | None, parts: dict[str, tuple[Any, Any]] | None = None
) -> T:
    """Write the fields that really differ, keep what stood before as a Revision, and raise the version by one.

    `obj` is locked by the caller. `parts` are rows that belong to it, as (before, after) plain values: the caller writes
    them, they are kept in the same Revision. Raises StaleVersion (409) when `version` is not the record's own: somebody
    saved in between. Nothing to change writes nothing and leaves the version alone.
    """
    current: int = obj.version  # type: ignore[attr-defined]  # every revisable model has one
    if version != current:
        raise StaleVersion("ほかの人が先に保存しました。新しい内容を確かめて、もう一度保存してください。")
    (opened,) = gate.compute([obj], rule="revision", by=by)
    before = {name: getattr(opened, name) for name in changes}
    different = {name: value for name, value in changes.items() if (value or None) != (before[name] or None)}
    kept = {name: _plain(before[name]) for name in different}
    kept |= {name: was for name, (was, now) in (parts or {}).items() if was != now}
    if not kept:
        return obj
    Revision.objects.create(
        client=client,
        object_label=obj._meta.label,
        object_id=obj.pk,
        version=current,
        changed=kept,
        by=by,
        at=clock.now(),
    )
    for name, value in different.items():
        setattr(obj, name, value)
    obj.version = current + 1  # type: ignore[attr-defined]
    obj.save(update_fields=[*different, "version"])
    return obj


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | time) else value
