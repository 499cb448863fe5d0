"""Everything that is due in a case, one row each; red when its day has passed."""

from datetime import date
from typing import NamedTuple

from django.db import models
from django.urls import reverse

from accounts.models import Account
from casework.cases.models import Case, Duty


class DutyKind(NamedTuple):
    label: str
    url_name: str


kinds: dict[str, DutyKind] = {}


def register_kinds(described: dict[str, tuple[str, str]]) -> None:
    """Say in AppConfig.ready() what a slice's duties are called and where they are fulfilled: kind → (label, URL name).

    A URL of the namespace `cases` takes the case, any other the object the duty is about (the case, if about none).
    """
    kinds.update({kind: DutyKind(*words) for kind, words in described.items()})


def label_of(duty: Duty) -> str:
    return kinds[duty.kind].label


def url_of(duty: Duty) -> str:
    url_name = kinds[duty.kind].url_name
    return reverse(url_name, args=[duty.case_id if url_name.startswith("cases:") else duty.about_id or duty.case_id])


def open_duty(
    case: Case, kind: str, *, due_on: date, opened_on: date, assigned_to: Account | None, about: models.Model | None = None
) -> Duty:
    """Open a duty, or move the due day of the one already open for the same kind and object."""
    assert kind in kinds, kind
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


def hand_over_duties(case: Case, *, giver: Account, taker: Account) -> None:
    Duty.objects.filter(case=case, closed_on=None, assigned_to=giver).update(assigned_to=taker)
