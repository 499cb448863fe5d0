"""Everything that happened in a case, one row each."""

from datetime import date
from typing import Any

from django.db import models

from accounts.models import Account
from casework.cases.models import Case, Event
from foundation import clock


def record_event(case: Case, kind: str, *, on: date, by: Account, about: models.Model | None = None, facts: dict[str, Any] | None = None) -> Event:
    """Add a line to the case's timeline. `facts` holds codes, ids and dates only, never what people said.

    Called by domain functions inside their transaction; `on` is the day it happened, not the day it was typed.
    """
    return Event.objects.create(
        case=case,
        kind=kind,
        happened_on=on,
        at=clock.now(),
        by=by,
        about_label=about._meta.label if about else "",
        about_id=about.pk if about else None,
        facts=facts or {},
    )
