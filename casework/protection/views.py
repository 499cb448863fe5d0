"""保護: setting it, what is kept about it, opening the places, whom she fled from, ending it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gatekeeping import StaffRequest, staff_page
from accounts.step_up import fresh_factor
from casework.cases.access import CaseClosedToYou, find_case
from casework.cases.answers import posted, status_of, step_page, take
from casework.cases.models import Case
from casework.protection import endings, newcomers, parties, protections
from casework.protection.forms import EndingForm, OpeningForm, PartyForm, PlaceForm, ProtectForm, split
from casework.protection.models import AdverseParty, BothSides, ProtectionEnding, SecretPlace
from casework.protection.page import page_of, places_of
from casework.protection.permissions import can_look_after, can_protect
from disclosure.openings import open_protected
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation
from ui.messages import undoable


@staff_page
@output("protection.case")
@require_GET
def case_page(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _page(request, find_case(request.user, pk))


@staff_page
@output("protection.set")
@require_http_methods(["GET", "POST"])
def protect_page(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Open to whoever takes calls, while she is still there for them; whoever is not on the team sees the number alone."""
    case, is_closed = find_case_or_number(request, pk)
    if not can_protect(request.user, case):
        raise PermissionDenied
    form = ProtectForm(posted(request))
    if form.is_valid():
        try:
            protections.protect(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, f"{case.number} を保護しました。居場所は、いまからどの画面と書類にも出ません。")
            return redirect("today") if is_closed else redirect("protection:case", case.pk)
    if is_closed:
        return render(request, "protection/set_by_number.html", {"case": case, "form": form}, status=status_of(form))
    return _page(request, case, protect=form)


def find_case_or_number(request: StaffRequest, pk: UUID) -> tuple[Case, bool]:
    try:
        return find_case(request.user, pk), False
    except CaseClosedToYou as closed:
        return closed.case, True


@staff_page
@output("protection.place_add")
@require_POST
def place_add(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    form = PlaceForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data | {"aliases": split(form.cleaned_data["aliases"])}
        try:
            protections.add_secret_place(case, by=request.user, today=clock.today(), **said)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "知られてはならない場所を登録しました。")
            return redirect("protection:case", case.pk)
    return _page(request, case, place=form)


@staff_page
@output("protection.place_remove")
@require_POST
def place_remove(request: StaffRequest, pk: UUID, place_pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    place = get_object_or_404(SecretPlace, pk=place_pk, client=case.client_id)
    way_back = reverse("protection:place_restore", args=[case.pk, place.pk])
    return _done(request, case, lambda: protections.remove_secret_place(place, case=case, by=request.user), "場所を外しました。", way_back)


@staff_page
@output("protection.place_restore")
@require_POST
def place_restore(request: StaffRequest, pk: UUID, place_pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    place = get_object_or_404(SecretPlace, pk=place_pk, client=case.client_id)
    return _done(request, case, lambda: protections.restore_secret_place(place, case=case, by=request.user), "外した場所を元に戻しました。")


@staff_page
@output("protection.party_add")
@require_POST
def party_add(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    form = PartyForm(request.POST, viewer=request.user)
    if form.is_valid():
        try:
            parties.add_adverse_party(case, relation=form.cleaned_data["relation"], facts=form.facts, by=request.user, today=clock.today())
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "知られてはならない相手を登録しました。")
            return redirect("protection:case", case.pk)
    return _page(request, case, party=form)


@staff_page
@output("protection.party_end")
@require_POST
def party_end(request: StaffRequest, pk: UUID, party_pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    party = get_object_or_404(AdverseParty, pk=party_pk, client=case.client_id)
    return _done(request, case, lambda: parties.end_adverse_party(party, case=case, by=request.user), "相手を外しました。")


@never_cache
@staff_page
@output("protection.open")
@require_http_methods(["GET", "POST"])
def open_places(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The case is looked for first, so that an id nobody has is answered the same with and without a proof."""
    return _opening_page(request, case=_own_case(request, pk))


@fresh_factor
def _opening_page(request: StaffRequest, case: Case) -> HttpResponse:
    """What is covered, for this answer only: nothing of it is kept, the next page covers it again."""
    form = OpeningForm(posted(request))
    opened = None
    if form.is_valid():
        opened = places_of(case, request.user, open_protected(request, form.cleaned_data["purpose"]))
    return _page(request, case, opening=form, opened=opened, template="protection/open.html")


@staff_page
@output("protection.end")
@require_http_methods(["GET", "POST"])
def ending_ask(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    form = EndingForm(posted(request))
    if form.is_valid():
        try:
            endings.ask_to_end(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "保護を終える依頼を出しました。もう一人が承認するまで、保護は続きます。")
            return redirect("protection:case", case.pk)
    return step_page(request, case, form, "protection/end.html")


@staff_page
@output("protection.end_decide")
@require_POST
def ending_decide(request: StaffRequest, pk: UUID, ending_pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    return _decide_ending(request, case, get_object_or_404(ProtectionEnding, pk=ending_pk, client=case.client_id))


@fresh_factor
def _decide_ending(request: StaffRequest, case: Case, ending: ProtectionEnding) -> HttpResponse:
    try:
        if request.POST.get("act") == "approve":
            endings.approve_ending(ending, by=request.user)
        else:
            endings.decline_ending(ending, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, "依頼への返事を登録しました。")
    return redirect("protection:case", case.pk)


@staff_page
@output("protection.both_allow")
@require_POST
def both_allow(request: StaffRequest, pk: UUID, both_pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    both = get_object_or_404(BothSides, pk=both_pk, party__client=case.client_id)
    done = "両方の担当を認めました。"
    return fresh_factor(_done)(request, case, lambda: parties.allow_colleague(both, by=request.user), done)


@staff_page
@output("protection.possible_answer")
@require_POST
def possible_answer(request: StaffRequest, pk: UUID, possible_pk: UUID) -> HttpResponse:
    case = _own_case(request, pk)
    possible = get_object_or_404(newcomers.asked_of(case.client_id, request.user), pk=possible_pk)
    is_same = request.POST.get("act") == "same"
    told = "相手がここの相談者であることを登録しました。" if is_same else "別の人として登録しました。"
    today = clock.today()
    return _done(request, case, lambda: newcomers.answer(possible, is_same=is_same, by=request.user, today=today), told)


def _done(request: StaffRequest, case: Case, act: Callable[[], object], told: str, undo_url: str = "") -> HttpResponse:
    """A button of the page without a form: back to it, with what became of it and, where there is one, the way back."""
    try:
        act()
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        undoable(request, told, undo_url=undo_url) if undo_url else messages.success(request, told)
    return redirect("protection:case", case.pk)


def _own_case(request: StaffRequest, pk: UUID) -> Case:
    case = find_case(request.user, pk)
    if not can_look_after(request.user, case):
        raise PermissionDenied
    return case


def _page(request: StaffRequest, case: Case, template: str = "protection/case.html", **forms: object) -> HttpResponse:
    context = page_of(case, request.user, **forms)
    bound = [form for form in forms.values() if isinstance(form, (ProtectForm, PlaceForm, PartyForm, OpeningForm))]
    return render(request, template, context, status=status_of(*bound))
