"""The only writer of evidence. A change leaves its line in the caller's transaction, a read or a refusal in one of its own, committed first."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, models, transaction
from django.db.models import prefetch_related_objects

from audit.models import Verdict
from vault.fields import CENTRE, sealed_fields, subject_of
from vault.keys import keyed_digest

# Neither a name nor a sentence, a mail address or a phone number is a code; a day is.
CODE = re.compile(r"(?![0-9\-]{9,15}$)[A-Za-z0-9_.:/\-]{0,80}|[0-9]{4}-[0-9]{2}-[0-9]{2}")

Objects = Any  # one object, several, or none; what the gate opened counts as what it was opened from
Facts = Any  # a code, an id, a number, a day, or several of them


class EvidenceUnavailable(Exception):
    """The line could not be written, so nothing is opened and nothing is changed: 503."""


class Actor(Protocol):
    """Whoever signs in, seen from below accounts."""

    pk: Any


after_write: list[Callable[[str, Sequence[models.Model]], None]] = []


def record(
    action: str,
    *,
    by: Actor | None,
    about: Objects = None,
    subjects: Iterable[UUID] | None = None,
    channel: str = "",
    purpose: str = "",
    fields: Mapping[str, Iterable[str]] | None = None,
    **facts: Facts,
) -> int:
    """A change, in the caller's transaction: both are committed or neither."""
    line = _append(Verdict.WRITE, action, by, about, subjects, channel, purpose, fields, facts)
    touched = _objects(about)
    for listener in after_write:
        listener(action, touched)
    return line


def record_event(
    action: str, *, by: Actor | None, about: Objects = None, subjects: Iterable[UUID] | None = None, channel: str = "", **facts: Facts
) -> int:
    """Something that happened and changed no record: a sign-in, a job that was parked."""
    return _append(Verdict.EVENT, action, by, about, subjects, channel, "", None, facts)


def record_read(
    action: str,
    *,
    by: Actor | None,
    about: Objects = None,
    subjects: Iterable[UUID] | None = None,
    channel: str = "",
    purpose: str = "",
    fields: Mapping[str, Iterable[str]] | None = None,
    **facts: Facts,
) -> int:
    """A read, committed before the caller opens anything; refuses inside a transaction, because there it could be rolled back."""
    with transaction.atomic(durable=True):
        return _append(Verdict.READ, action, by, about, subjects, channel, purpose, fields, facts)


def record_use(
    action: str,
    *,
    by: Actor | None,
    about: Objects = None,
    subjects: Iterable[UUID] | None = None,
    fields: Mapping[str, Iterable[str]] | None = None,
    **facts: Facts,
) -> int:
    """A rule or a job reads inside the caller's transaction; the line stands or falls with what it did there."""
    return _append(Verdict.READ, action, by, about, subjects, "job", "rule", fields, facts)


def record_refusal(
    action: str, *, by: Actor | None, about: Objects = None, subjects: Iterable[UUID] | None = None, channel: str = "", **facts: Facts
) -> int:
    """Somebody was turned away; committed at once."""
    with transaction.atomic(durable=True):
        return _append(Verdict.REFUSED, action, by, about, subjects, channel, "", None, facts)


def digest(term: str) -> str:
    """A fingerprint of what somebody typed; only the holder of the host's key can ask whether it was this word."""
    return keyed_digest(term)


# Of the request that is served: the sign-in and the machine it comes from, as codes. Asked for when a line is written.
circumstances: ContextVar[Callable[[], Mapping[str, Facts]] | None] = ContextVar("circumstances of the request", default=None)

APPEND = "SELECT audit_append(%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::uuid[], %s::jsonb, %s::jsonb, %s, %s::jsonb)"


def _append(
    verdict: Verdict,
    action: str,
    by: Actor | None,
    about: Objects,
    subjects: Iterable[UUID] | None,
    channel: str,
    purpose: str,
    fields: Mapping[str, Iterable[str]] | None,
    facts: Mapping[str, Facts],
) -> int:
    touched = _objects(about)
    whose = subjects_of(touched) if subjects is None else list(dict.fromkeys(subjects))
    values: list[Any] = [
        *_actor(by, action, verdict.value, channel, purpose),
        json.dumps([[thing._meta.label, str(thing.pk)] for thing in touched]),
        whose,
        json.dumps({label: sorted(names) for label, names in (fields or {}).items()}),
        json.dumps({name: _code(name, fact) for name, fact in facts.items()}),
        str(structlog.contextvars.get_contextvars().get("request_id", "")),
        json.dumps(_circumstances()),
    ]
    try:
        with connection.cursor() as cursor:
            cursor.execute(APPEND, values)
            return int(cursor.fetchone()[0])
    except DatabaseError as refused:
        raise EvidenceUnavailable(action) from refused


def _circumstances() -> dict[str, object]:
    ask = circumstances.get()
    return {name: _code(name, fact) for name, fact in ask().items()} if ask is not None else {}


def _actor(by: Actor | None, action: str, verdict: str, channel: str, purpose: str) -> list[object]:
    membership = getattr(by, "membership", None)
    if by is None:
        kind = "system"
    elif by.pk is None:
        kind = "anonymous"
    else:
        kind = str(getattr(by, "kind", "staff"))
    return [getattr(by, "pk", None), kind, getattr(membership, "pk", None), action, verdict, channel, purpose]


def _objects(about: Objects) -> list[models.Model]:
    if about is None:
        return []
    several: Iterable[Any] = about if isinstance(about, Iterable) else [about]
    return [getattr(thing, "original", thing) for thing in several]


def _code(name: str, fact: Facts) -> object:
    if fact is None or isinstance(fact, bool | int):
        return fact
    if isinstance(fact, UUID | datetime | date):
        return str(fact) if isinstance(fact, UUID) else fact.isoformat()
    if isinstance(fact, list | tuple | set | frozenset):
        return [_code(name, one) for one in (sorted(fact, key=str) if isinstance(fact, set | frozenset) else fact)]
    if isinstance(fact, str) and CODE.fullmatch(fact):
        return str(fact)
    raise ValueError(f"{name}: evidence holds codes and ids, never values")


def is_code(fact: Facts) -> bool:
    """Whether this may stand in a line at all."""
    try:
        _code("", fact)
    except ValueError:
        return False
    return True


def subject_path(model: type[models.Model]) -> str | None:
    """Where a model says whose it is: by its sealed fields, or by an attribute `audit_subject` where it has none."""
    paths = [field.subject for field in sealed_fields(model) if field.subject != CENTRE]
    return paths[0] if paths else getattr(model, "audit_subject", None)


def subjects_of(things: Iterable[models.Model]) -> list[UUID]:
    """Whose data the objects are; relations that are not loaded yet are fetched once per model, not once per object."""
    by_model: dict[type[models.Model], list[models.Model]] = {}
    for thing in things:
        by_model.setdefault(type(thing), []).append(thing)
    found: dict[UUID, None] = {}
    for model, group in by_model.items():
        path = subject_path(model)
        if path is None:
            continue
        *relations, _last = path.split(".")
        if relations:
            prefetch_related_objects(group, "__".join(relations))
        found |= dict.fromkeys(subject for thing in group if (subject := subject_of(thing, path)) is not None)
    return list(found)
