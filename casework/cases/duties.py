"""Everything that is due in a case, one row each; red when its day has passed."""

from datetime import date

from django.db import models

from accounts.models import Account
from casework.cases.models import Case, Duty


def open_duty(case: Case, kind: str, *, due_on: date, opened_on: date, assigned_to: Account | None, about: models.Model | None = None) -> Duty:
    """Open a duty, or move the due day of the one already open for the same kind and object."""
    mark = {"about_label": about._meta.label if about else "", "about_id": about.pk if about else None}
    duty = Duty.objects.filter(case=case, kind=kind, closed_on=None, **mark).first()
    if duty is None:
        return Duty.objects.create(case=case, kind=kind, due_on=due_on, opened_on=opened_on, assigned_to=assigned_to, **mark)
    duty.due_on, duty.assigned_to = due_on, assigned_to
    duty.save(update_fields=["due_on", "assigned_to"])
    return duty


def close_duty(case: Case, kind: str, *, by: Account, on: date, about: models.Model | None = None) -> None:
    """Close what is open of this kind (and object, when given); nothing open is no error."""
    open_ones = Duty.objects.filter(case=case, kind=kind, closed_on=None)
    if about is not None:
        open_ones = open_ones.filter(about_id=about.pk)
    open_ones.update(closed_on=on, closed_by=by)


def close_all_duties(case: Case, *, by: Account, on: date) -> None:
    """At the end of a case nothing of it is due any more."""
    Duty.objects.filter(case=case, closed_on=None).update(closed_on=on, closed_by=by)
