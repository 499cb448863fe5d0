"""Destroying keys for good, and the ledger that says so. What was sealed stays as bytes that nobody can open any more.

The ledger is told to S3 too: over a database of keys that was restored from a backup it is replayed, and erases again.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

import boto3
from botocore.config import Config
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from vault import keys
from vault.models import CentreKey, ClientKey, Erasure, KeyClass
from vault.routing import KEYS

PREFIX = "erasures/"
PERSONAL = (KeyClass.GENERAL, KeyClass.WHEREABOUTS)


class Decided(NamedTuple):
    """By whom and why; ids and codes, never names."""

    reason: str
    asked_by: str
    approved_by: str


def erase_subjects(centre: str, subjects: Iterable[UUID], decided: Decided) -> list[UUID]:
    """Destroy every version of every key of these people; a second time changes nothing. Returns the ids of their keys."""
    destroyed: list[UUID] = []
    for subject in subjects:
        line = Erasure(
            id=uuid4(), centre=centre, subject=subject, keys=[], at=timezone.now(), **decided._asdict()
        )  # fmt: skip
        destroyed += _apply(line)
    keys.forget()
    return destroyed


def erase_centre(centre: str, decided: Decided) -> Erasure:
    """Destroy the centre's key and all under it; a second time answers with the line of the first. As owner of the keys.

    Raises KeyGone when there never was one.
    """
    with transaction.atomic(using=KEYS):
        keys.lock_centre(centre)
        if not CentreKey.objects.filter(pk=centre).exists():
            raise keys.KeyGone(centre)
        line = Erasure(id=uuid4(), centre=centre, subject=None, keys=[], at=timezone.now(), **decided._asdict())
        _apply(line)
    keys.forget()
    return Erasure.objects.get(centre=centre, subject=None)


def _apply(line: Erasure) -> list[UUID]:
    """Make what a line says true, whatever state the database of keys is in."""
    with transaction.atomic(using=KEYS):
        keys.lock_centre(line.centre)  # alone: a rotation that is just making a new version of her key would have it survive
        mine = ClientKey.objects.filter(centre=line.centre)
        if line.subject is not None:
            mine = mine.filter(subject=line.subject)
            _leave_tombstones(line)
        else:
            CentreKey.objects.filter(pk=line.centre, wrapped__isnull=False).update(wrapped=None, previous=None, destroyed_at=timezone.now())
        mine.filter(wrapped__isnull=False).update(wrapped=None, destroyed_at=timezone.now())
        line.keys = list(mine.order_by("made_at", "pk").values_list("pk", flat=True))
        Erasure.objects.bulk_create([line], ignore_conflicts=True)
    return line.keys


def _leave_tombstones(line: Erasure) -> None:
    """Also of the classes she never had a key of: nobody makes one for her later."""
    tombs = [
        ClientKey(id=uuid4(), centre=line.centre, subject=line.subject, key_class=key_class, wrapped=None, destroyed_at=timezone.now())
        for key_class in PERSONAL
    ]
    ClientKey.objects.bulk_create(tombs, ignore_conflicts=True)


def is_erased(centre: str, subject: UUID) -> bool:
    return Erasure.objects.filter(centre=centre, subject=subject).exists()


# -- the ledger outside


def as_text(line: Erasure) -> str:
    facts = {
        "centre": line.centre,
        "subject": str(line.subject) if line.subject else None,
        "reason": line.reason,
        "asked_by": line.asked_by,
        "approved_by": line.approved_by,
        "keys": [str(key) for key in line.keys],
        "at": line.at.isoformat(),
    }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


class NoLine(Exception):
    """What stands there, by its place, is no line of the ledger."""


def from_text(text: str, place: str) -> Erasure:
    """Raises NoLine."""
    try:
        facts: dict[str, Any] = json.loads(text)
        return Erasure(
            id=uuid4(),
            centre=str(facts["centre"]),
            subject=UUID(facts["subject"]) if facts["subject"] else None,
            reason=str(facts["reason"]),
            asked_by=str(facts["asked_by"]),
            approved_by=str(facts["approved_by"]),
            keys=[UUID(key) for key in facts["keys"]],
            at=datetime.fromisoformat(facts["at"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise NoLine(place) from broken


def tell_outside(lines: Iterable[Erasure]) -> int:
    """One object each, beside the attachments; the same line again is the same object. Raises botocore's errors."""
    store, count = _store(), 0
    for line in lines:
        count += 1
        name = f"{PREFIX}{line.centre}/{line.subject or 'centre'}.json"
        store.put_object(Bucket=settings.S3_BUCKET, Key=name, Body=as_text(line).encode(), ContentType="application/json")
    return count


def told_outside() -> Iterator[Erasure]:
    store, more = _store(), ""
    while True:
        page = store.list_objects_v2(Bucket=settings.S3_BUCKET, Prefix=PREFIX, **({"ContinuationToken": more} if more else {}))
        for entry in page.get("Contents", ()):
            yield from_text(
                store.get_object(Bucket=settings.S3_BUCKET, Key=entry["Key"])["Body"].read().decode(errors="replace"), entry["Key"]
            )
        more = page.get("NextContinuationToken", "")
        if not more:
            return


def _store() -> Any:  # boto3 makes its clients' classes at run time
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL,
        aws_access_key_id=settings.S3_ACCESS_KEY,
        aws_secret_access_key=settings.S3_SECRET_KEY,
        region_name="us-east-1",
        config=Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
    )


def replay(lines: Iterable[Erasure]) -> tuple[int, int]:
    """Erase again whatever the ledger says and this database of keys does not know. Returns (lines, keys destroyed now)."""
    count = destroyed = 0
    for line in lines:
        count += 1
        alive = ClientKey.objects.filter(centre=line.centre, wrapped__isnull=False)
        destroyed += (alive.filter(subject=line.subject) if line.subject else alive).count()
        _apply(line)
    keys.forget()
    return count, destroyed


def still_alive() -> int:
    """Keys that the ledger says are destroyed and that are not: none, after a replay."""
    lines = Erasure.objects.values_list("centre", "subject")
    subjects = {(centre, subject) for centre, subject in lines if subject}
    centres = {centre for centre, subject in lines if subject is None}
    living = ClientKey.objects.filter(wrapped__isnull=False, centre__in={centre for centre, _ in subjects} | centres)
    pairs = cast("Iterable[tuple[str, UUID | None]]", living.values_list("centre", "subject"))
    return sum(1 for centre, subject in pairs if centre in centres or (centre, subject) in subjects)
