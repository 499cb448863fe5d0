"""How the pages of a case answer a form: what was typed stays, with 422 for a broken rule and 409 for a wrong state."""

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from accounts.gatekeeping import StaffRequest
from casework.cases.models import Case
from disclosure import gate
from foundation.errors import RuleViolation, StaleVersion, WrongState


def posted(request: StaffRequest) -> QueryDict | None:
    """What a form is bound to: a POST with nothing in it is a POST all the same."""
    return request.POST if request.method == "POST" else None


def take(form: forms.Form, violation: RuleViolation) -> None:
    """Say a broken rule beside the field it names, or above the form."""
    form.add_error(violation.field if violation.field in form.fields else None, violation)


def stand_on(form: forms.Form, **versions: int) -> None:
    """After a stale save the form takes the versions saved now: to save again is then a choice, made with both texts in view."""
    typed = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
    for name, version in versions.items():
        typed[name] = str(version)
    form.data = typed


def status_of(*shown: forms.Form) -> int:
    """200 for a fresh form, 422 for one that cannot be taken, 409 where the case has moved on meanwhile."""
    errors = [error for form in shown if form.is_bound for several in form.errors.as_data().values() for error in several]
    if any(isinstance(error, WrongState | StaleVersion) for error in errors):
        return 409
    return 422 if errors else 200


def step_page(request: StaffRequest, case: Case, form: forms.Form, template: str, **context: object) -> HttpResponse:
    """A step's form under the identity bar of its case; one line of evidence."""
    (client,) = gate.reveal([case.client], viewer=request.user, channel="screen")
    return render(request, template, {"case": case, "client": client, "form": form, **context}, status=status_of(form))
