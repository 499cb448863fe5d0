"""電話受付: hearing someone, knowing that she has called before, putting right what was heard."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.gatekeeping import StaffRequest, staff_page
from casework.cases.access import find_case
from casework.cases.answers import posted, stand_on, status_of, take
from casework.cases.forms_reception import CorrectionForm, ReceptionForm, WaysForm, as_it_stands
from casework.cases.found import show_found
from casework.cases.models import Case
from casework.cases.permissions import can_correct_reception, can_receive
from casework.cases.reception import correct_reception, receive_person
from casework.cases.records import record_support
from casework.clients.search import find_similar
from disclosure import gate
from disclosure.outputs import output
from foundation import addresses, clock
from foundation.errors import RuleViolation, StaleVersion

SIMILAR = 5


@staff_page
@output("cases.reception")
@require_http_methods(["GET", "POST"])
def reception(request: StaffRequest) -> HttpResponse:
    if not can_receive(request.user):
        raise PermissionDenied
    form = ReceptionForm(posted(request), viewer=request.user)
    if form.is_valid():
        try:
            case = receive_person(by=request.user, today=clock.today(), **form.facts)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, f"{case.number} を受け付けました。次はスクリーニングです。")
            return redirect("cases:detail", pk=case.pk)
    return render(request, "cases/reception.html", {"form": form}, status=status_of(form))


@staff_page
@output("cases.reception_into")
@require_POST
def reception_into(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The caller's case is still open: what was heard becomes a record there, and nothing is received twice."""
    case = find_case(request.user, pk)
    form = ReceptionForm(request.POST, viewer=request.user)
    if not form.is_valid():
        return render(request, "cases/reception.html", {"form": form}, status=status_of(form))
    if not form.as_record:
        return redirect("cases:detail", pk=case.pk)
    try:
        record_support(case, method="phone", text=form.as_record, on=clock.today(), by=request.user, today=clock.today())
    except RuleViolation as violation:
        form.add_error("memo", violation)
        return render(request, "cases/reception.html", {"form": form}, status=status_of(form))
    messages.success(request, f"聞いたことを {case.number} に電話の記録として登録しました。")
    return redirect("cases:detail", pk=case.pk)


@staff_page
@output("clients.similar", channel="fragment")
@require_POST
def similar(request: StaffRequest) -> HttpResponse:
    """While a name, a reading or a number is typed: who has called before."""
    if not can_receive(request.user):
        raise PermissionDenied
    typed = {name: request.POST.get(name, "")[:80] for name in ("name", "kana", "phone")}
    page, people = show_found(request.user, find_similar(request.user, **typed), channel="fragment", size=SIMILAR)
    context = {"people": people, "count": page.paginator.count, "previous": request.POST.get("previous", ""), "asked": any(typed.values())}
    return render(request, "clients/similar.html", context)


@staff_page
@output("clients.postcode", channel="fragment")
@require_POST
def postcode(request: StaffRequest) -> HttpResponse:
    """The places of a postcode, half of one too; what is already typed as the address stays."""
    try:
        places = addresses.find(request.POST.get("postcode", "")[:20])
    except RuleViolation:
        places = []
    return render(request, "clients/address.html", {"places": places, "address": request.POST.get("address", "")[:200]})


@staff_page
@output("cases.edit")
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    if not can_correct_reception(request.user, case):
        raise PermissionDenied
    ways = list(case.client.contact_ways.filter(ended_on=None).order_by("pk"))
    form, known = CorrectionForm(posted(request)), WaysForm(posted(request), ways=ways)
    stale = False
    if form.is_bound and form.is_valid() and known.is_valid():
        try:
            _correct(request, case, form, known)
        except RuleViolation as violation:
            stale = isinstance(violation, StaleVersion)
            take(form, violation)
        else:
            messages.success(request, "受付の内容を直しました。")
            return redirect("cases:detail", pk=case.pk)
    return _edit_page(request, case, form, known, stale=stale)


def _correct(request: StaffRequest, case: Case, form: CorrectionForm, known: "WaysForm") -> None:
    correct_reception(
        case,
        version=form.cleaned_data["version"],
        client_version=form.cleaned_data["client_version"],
        changes=form.changes,
        contact_ways=form.contact_ways,
        changed_ways=known.changes,
        by=request.user,
        today=clock.today(),
    )


def _edit_page(request: StaffRequest, case: Case, form: CorrectionForm, known: "WaysForm", *, stale: bool) -> HttpResponse:
    """A stale save shows what the other one saved beside what was typed; saving again is then a choice."""
    if form.is_bound:
        case = Case.objects.select_related("client", "owner").get(pk=case.pk)
    opened, client, *ways = gate.reveal([case, case.client, *known.ways], viewer=request.user, channel="screen")
    stands = as_it_stands(opened, client)
    form.initial = stands
    differences = form.differences(stands) if stale else []
    if stale:
        stand_on(form, version=case.version, client_version=client.version)
    context: dict[str, Any] = {"case": case, "client": client, "form": form, "known": known.rows(ways), "differences": differences}
    return render(request, "cases/edit.html", context, status=status_of(form, known))
