"""アセスメント: the sheet written over the version before, the versions, and what changed between them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.permissions import allowed
from casework.cases.access import find_case
from casework.cases.answers import posted, stand_on, status_of, take
from casework.cases.assessment_words import Difference, answers_in, differences
from casework.cases.assessments import Sheet, assess_case, sheet_of
from casework.cases.forms_assessment import AssessmentForm, initial_of
from casework.cases.models import Assessment, Case
from disclosure import gate
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation, StaleVersion


@staff_page
@output("cases.assess")
@require_http_methods(["GET", "POST"])
def assess(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form, stale = AssessmentForm(posted(request)), False
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("issue_traits", "summary", "direction", "on", "based_on")}
        try:
            assessment = assess_case(case, sections=form.sections, by=request.user, today=clock.today(), **given)
        except RuleViolation as violation:
            stale = isinstance(violation, StaleVersion)
            take(form, violation)
        else:
            messages.success(request, f"アセスメント 第{assessment.number}版を保存しました。")
            return redirect("cases:assess", pk=case.pk)
    return assessment_page(request, case, form, stale=stale)


def assessment_page(request: StaffRequest, case: Case, form: AssessmentForm, *, stale: bool) -> HttpResponse:
    """Opened by one reveal: who it is, what was heard at reception, the newest version and the two that are compared."""
    versions = list(case.assessments.select_related("made_by").order_by("-number"))
    compared = pair(versions, request.GET.get("version", ""))
    opened = gate.reveal(
        {each.pk: each for each in [case, case.client, *versions[:1], *compared]}.values(), viewer=request.user, channel="screen"
    )
    by_pk = {(type(each.original), each.pk): each for each in opened}
    heard = by_pk[Case, case.pk]
    sheet = sheet_of(heard, by_pk[Assessment, versions[0].pk] if versions else None)
    form.initial = initial_of(sheet)
    context: dict[str, Any] = {
        "case": case,
        "client": by_pk[type(case.client), case.client_id],
        "heard": heard,
        "form": form,
        "sections": form.shown_sections(sheet.sections),
        "answers": answers_in(sheet),
        "versions": versions,
        "may_write": form.is_bound or may_write(request, case),  # what was typed is shown even where it came too late
        "differences": overtaken(form, sheet) if stale else [],
        "changed": changes([sheet_of(heard, by_pk[Assessment, each.pk]) for each in compared]),
        "compared": f"第{compared[0].number}版" if compared else "",
    }
    return render(request, "cases/assess.html", context, status=status_of(form))


def may_write(request: StaffRequest, case: Case) -> bool:
    return allowed(request.user, Permission.WORK_ON_CASE) and case.is_open and case.applied_on is not None


def overtaken(form: AssessmentForm, saved: Sheet) -> list[Difference]:
    """What somebody else saved meanwhile against what was typed; the form now stands on that version."""
    given = form.cleaned_data
    typed = Sheet(saved.based_on, form.sections, given["issue_traits"], given["summary"].strip(), given["direction"].strip())
    stand_on(form, based_on=saved.based_on)
    return differences(saved, typed)


def changes(newer_first: list[Sheet]) -> list[Difference]:
    return differences(newer_first[1], newer_first[0]) if newer_first else []


def pair(versions: list[Assessment], asked: str) -> list[Assessment]:
    """The version asked for and the one before; nothing for the first one, which changed nothing, and for nonsense."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 0
    found = [each for each in versions if each.number in {number, number - 1}]
    return found if len(found) == 2 else []
