"""消去: asking for it, and keeping somebody from it. Each asks for a fresh proof that it is she who sits there."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import approvals
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.step_up import fresh_factor
from casework.cases.access import find_case
from casework.cases.answers import posted, status_of, take
from casework.cases.models import Case
from casework.erasures.erasures import KIND, ask_erasure, can_ask, kept_until, lift_hold, obstacles, place_hold
from casework.erasures.forms import ErasureForm, HoldForm
from casework.erasures.models import ErasureHold, ErasureRequest
from disclosure import gate
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation


@staff_page
@output("erasures.ask")
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _ask(request, _case(request, pk))


@staff_page
@output("erasures.hold")
@require_POST
def hold(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _hold(request, _case(request, pk))


@staff_page
@output("erasures.lift")
@require_POST
def lift(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _lift(request, _case(request, pk))


def _case(request: StaffRequest, pk: UUID) -> Case:
    """The proof comes after it: whether a case exists is not to be learnt from being asked for one."""
    case = find_case(request.user, pk)
    if not can_ask(request.user, case):
        raise PermissionDenied
    return case


@fresh_factor
def _ask(request: StaffRequest, case: Case) -> HttpResponse:
    form = ErasureForm(posted(request))
    if form.is_valid():
        try:
            ask_erasure(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "消去を依頼しました。別の人が承認すると、元に戻せなくなります。")
            return redirect("erasures:ask", pk=case.pk)
    return _page(request, case, form, HoldForm())


@fresh_factor
def _hold(request: StaffRequest, case: Case) -> HttpResponse:
    form = HoldForm(request.POST)
    if form.is_valid():
        try:
            place_hold(case, reason=form.cleaned_data["hold_reason"], by=request.user, today=clock.today())
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "保留しました。解くまで、この方の記録は消去できません。")
            return redirect("erasures:ask", pk=case.pk)
    return _page(request, case, ErasureForm(), form)


@fresh_factor
def _lift(request: StaffRequest, case: Case) -> HttpResponse:
    lift_hold(case, by=request.user, today=clock.today())
    messages.success(request, "保留を解きました。")
    return redirect("erasures:ask", pk=case.pk)


def _page(request: StaffRequest, case: Case, form: ErasureForm, hold_form: HoldForm) -> HttpResponse:
    today = clock.today()
    asked = ErasureRequest.objects.select_related("asked_by").filter(client=case.client_id).order_by("-asked_at").first()
    (client,) = gate.reveal([case.client], viewer=request.user, channel="screen")
    context = {
        "case": case,
        "client": client,
        "form": form,
        "hold_form": hold_form,
        "asked": asked,
        "waits": asked is not None and approvals.waiting_for(KIND, asked.pk).exists(),
        "obstacles": obstacles(case.client, on=today),
        "kept_until": kept_until(case.client, on=today),
        "hold": ErasureHold.objects.select_related("placed_by").filter(client=case.client_id, lifted_on=None).first(),
    }
    return render(request, "erasures/ask.html", context, status=status_of(form, hold_form))
