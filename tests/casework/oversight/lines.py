"""Invented lines of the trail for the rules, which never ask where a line comes from."""

from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from casework.oversight.rules import Limits

DAY = date(2026, 5, 12)  # a Tuesday
LIMITS = Limits(time(9), time(20), 5, 3, 20, 20, 5, 15, 14, 10)
numbers = count(1)


def moment(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def line(actor: UUID, subjects: Sequence[UUID] = (), *, at: datetime | None = None, **facts: Any) -> Any:
    """A read on screen at eleven unless said otherwise. Any: columns of a line."""
    known = {"verdict": "read", "action": "record.read", "channel": "screen", "facts": {}} | facts
    return SimpleNamespace(id=next(numbers), at=at or moment(11), actor=actor, subjects=list(subjects), **known)


def people(number: int) -> list[UUID]:
    return [uuid4() for _ in range(number)]
