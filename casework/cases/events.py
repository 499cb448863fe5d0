"""Everything that happened in a case, one row each, and what each kind is called."""

from datetime import date
from typing import Any, NamedTuple

from django.db import models

from accounts.models import Account
from casework.cases.models import Case, Event
from foundation import clock


class EventKind(NamedTuple):
    label: str
    icon: str


kinds: dict[str, EventKind] = {}


def register_kinds(described: dict[str, tuple[str, str]]) -> None:
    """Say in AppConfig.ready() how a slice's events read on the timeline: kind → (Japanese label, icon)."""
    kinds.update({kind: EventKind(*words) for kind, words in described.items()})


def record_event(
    case: Case, kind: str, *, on: date, by: Account, about: models.Model | None = None, facts: dict[str, Any] | None = None
) -> Event:
    """Add a line to the case's timeline. `facts` holds codes, ids and dates only, never what people said.

    Called by domain functions inside their transaction; `on` is the day it happened, not the day it was typed.
    KeyError for a kind that no slice has described.
    """
    assert kind in kinds, kind
    return Event.objects.create(
        case=case,
        kind=kind,
        happened_on=on,
        at=clock.now(),
        by=by,
        about_label=about._meta.label if about else "",
        about_id=about.pk if about else None,
        facts=facts or {},  # Any: each kind has facts of its own
    )
