"""Coming to a case from outside its team: what for, in an emergency, to join it, or never."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts import approvals
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.models import Approval
from accounts.step_up import fresh_factor
from casework.cases import blocks as blocking
from casework.cases import broken_glass as glass
from casework.cases import team_requests
from casework.cases.access import PurposeNeeded, can_read_case, find_case, find_known_case
from casework.cases.answers import posted, status_of, take
from casework.cases.care_team import note_team_seen
from casework.cases.forms_access import BlockForm, BreakGlassForm, DeclareForm, PurposeForm, ReviewForm
from casework.cases.models import Case
from casework.cases.models_access import CaseBlock, CaseOpening, OpeningKind
from casework.cases.openings import Looked, can_supervise, open_openings, supervise
from disclosure.outputs import output
from foundation.errors import RuleViolation

DECISIONS = {"approve": approvals.approve, "decline": approvals.decline}


def page_asked_for(request: StaffRequest, case: Case) -> str:
    """Where she wanted to go: a page of ours, the case's own otherwise."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else case.get_absolute_url()


def refuse_like_the_case(request: StaffRequest, case: Case) -> None:
    """As the case itself answers her; where it opens, the act is still not hers."""
    find_case(request.user, case.pk)
    raise PermissionDenied


@staff_page
@output("cases.purpose")
@require_http_methods(["GET", "POST"])
def purpose(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What a chief opens this case for; nothing of it is shown here but its number and owner."""
    case = find_known_case(request.user, pk)
    if not can_supervise(request.user, case):
        refuse_like_the_case(request, case)
    form = PurposeForm(posted(request))
    if form.is_valid():
        try:
            supervise(case, by=request.user, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            return redirect(page_asked_for(request, case))
    elif not form.is_bound and not _purpose_is_needed(request, pk):
        return redirect(page_asked_for(request, case))
    context = {"case": case, "form": form, "next": page_asked_for(request, case)}
    return render(request, "cases/purpose.html", context, status=status_of(form))


def _purpose_is_needed(request: StaffRequest, pk: UUID) -> bool:
    try:
        find_case(request.user, pk)
    except PurposeNeeded:
        return True
    return False


@staff_page
@output("cases.break_glass")
@require_http_methods(["GET", "POST"])
def break_glass(request: StaffRequest, pk: UUID) -> HttpResponse:
    """緊急に開く; whether it may be asked for at all is said before the proof is."""
    case = find_known_case(request.user, pk)
    if not glass.may_break_glass(request.user, case):
        refuse_like_the_case(request, case)
    return glass_page(request, case)


@fresh_factor
def glass_page(request: StaffRequest, case: Case) -> HttpResponse:
    """Says what is recorded and who is told before anything is asked."""
    form = BreakGlassForm(posted(request))
    if form.is_valid():
        try:
            opening = glass.break_glass(case, by=request.user, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            if opening.opened_at is not None:
                return redirect("cases:detail", pk=case.pk)
            messages.warning(request, "主任相談支援員の承認を待っています。承認されると、このケースを60分開けます。")
            return redirect("today")
    used = glass.used_lately(request.user)
    context = {"case": case, "form": form, "used": used, "free": glass.FREE_USES, "needs_chief": used >= glass.FREE_USES}
    return render(request, "cases/break_glass.html", context, status=status_of(form))


@staff_page
@output("cases.break_glass_end")
@require_POST
def break_glass_end(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_known_case(request.user, pk)
    opening = get_object_or_404(CaseOpening.objects.order_by("-asked_at"), case=case, account=request.user, **glass.OPEN)
    glass.end_glass(opening, by=request.user)
    messages.success(request, f"{case.number} の緊急閲覧を終えました。")
    return redirect("today")


@staff_page
@output("cases.openings")
@require_http_methods(["GET", "POST"])
def openings(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Who looked into the case from outside its team and why; its owner or a chief reviews broken glass here."""
    case = find_known_case(request.user, pk)
    if not glass.can_keep_watch(request.user, case):
        refuse_like_the_case(request, case)
    form = ReviewForm(posted(request))
    if form.is_valid():
        opening = get_object_or_404(CaseOpening, case=case, kind=OpeningKind.BREAK_GLASS, pk=request.POST.get("opening") or None)
        try:
            glass.review_glass(opening, by=request.user, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "緊急閲覧の確認を記録しました。")
            return redirect("cases:openings", pk=case.pk)
    page = open_openings(case, request.user, page=request.GET.get("page"))
    rows = [_row(request, row, form) for row in page]
    return render(request, "cases/openings.html", {"case": case, "form": form, "rows": rows, "page": page}, status=status_of(form))


def _row(request: StaffRequest, row: Looked, typed: ReviewForm) -> dict[str, Any]:  # Any: what the template prints
    """With the form to review it for who may; what was typed and refused stands in its own row."""
    name = str(row.opening.pk)
    may_review = row.waits and glass.can_review(request.user, row.opening.original)
    form = typed if request.POST.get("opening") == name else ReviewForm(auto_id=f"id_{name}_%s")
    may_approve = row.asked is not None and approvals.can_decide(request.user, row.asked)
    return {"opening": row.opening, "is_glass": row.is_glass, "waits": row.waits, "asked": row.asked} | {
        "may_review": may_review,
        "may_approve": may_approve,
        "form": form,
    }


@staff_page
@output("cases.glass_answer")
@require_POST
def glass_answer(request: StaffRequest, pk: UUID, approval_pk: UUID) -> HttpResponse:
    case = find_known_case(request.user, pk)
    asked = get_object_or_404(approvals.waiting(glass.KIND), pk=approval_pk)
    if not CaseOpening.objects.filter(case=case, pk=asked.about_id).exists():
        raise Http404
    return fresh_factor(_decide)(request, asked, case, "cases:openings", "緊急閲覧を認めました。")


@staff_page
@output("cases.join")
@require_http_methods(["GET", "POST"])
def join(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A colleague asks the owner to be let onto the team."""
    case = find_known_case(request.user, pk)
    if not team_requests.may_ask_to_join(request.user, case):
        refuse_like_the_case(request, case)
    if request.method == "POST":
        try:
            team_requests.ask_to_join(case, by=request.user)
        except RuleViolation as violation:
            messages.error(request, violation.message)
        else:
            messages.success(request, f"{case.owner.name}さんに、{case.number} への参加を頼みました。返事があるまでお待ちください。")
        return redirect("today")
    return render(request, "cases/join.html", {"case": case})


@staff_page
@output("cases.join_answer")
@require_POST
def join_answer(request: StaffRequest, pk: UUID, approval_pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    asked = get_object_or_404(approvals.waiting(team_requests.KIND), pk=approval_pk)
    if asked.about_id not in {each.request.pk for each in team_requests.requests_for(case, request.user)}:
        raise Http404
    return _decide(request, asked, case, "cases:team", "支援チームに加えました。")


@staff_page
@output("cases.team_seen")
@require_POST
def team_seen(request: StaffRequest, pk: UUID) -> HttpResponse:
    note_team_seen(find_case(request.user, pk), by=request.user)
    return redirect("cases:team", pk=pk)


@staff_page
@output("cases.declare")
@require_http_methods(["GET", "POST"])
def declare(request: StaffRequest, pk: UUID) -> HttpResponse:
    """この人と関係がある: from the next request on there is no such case for her."""
    case = find_known_case(request.user, pk)
    form = DeclareForm(posted(request))
    if form.is_valid():
        try:
            blocking.block(case, request.user, by=request.user, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "届け出を受け付けました。このケースは、もう表示されません。")
            return redirect("today")
    back = case.get_absolute_url() if can_read_case(request.user, case) else reverse("today")  # knocking again would be a refusal
    return render(request, "cases/declare.html", {"case": case, "form": form, "back": back}, status=status_of(form))


@staff_page
@output("cases.blocks")
@require_http_methods(["GET", "POST"])
def blocks(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Who must not see this case's client: kept by the chief, and by the administrator by number only."""
    case = find_known_case(request.user, pk, or_keeps_staff=True)
    if not blocking.can_see_blocks(request.user, case):
        refuse_like_the_case(request, case)
    may_add = blocking.can_block_others(request.user, case)
    form = BlockForm(posted(request))
    if form.is_bound and not may_add:
        raise PermissionDenied
    if form.is_valid():
        try:
            blocking.block(case, by=request.user, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, f"{form.cleaned_data['account'].name}さんには、もう見えません。")
            return redirect("cases:blocks", pk=case.pk)
    context = {"case": case, "form": form, "may_add": may_add, "rows": blocking.open_blocks(case, request.user)}
    context["attempts"] = blocking.attempts_on(case)
    return render(request, "cases/blocks.html", context, status=status_of(form))


@staff_page
@output("cases.block_end")
@require_POST
def block_end(request: StaffRequest, pk: UUID, block_pk: UUID) -> HttpResponse:
    """The first person asks for its end, the second decides; the word is the button's."""
    case = find_known_case(request.user, pk, or_keeps_staff=True)
    made = get_object_or_404(CaseBlock, client=case.client_id, pk=block_pk)
    if not blocking.can_see_blocks(request.user, case):
        refuse_like_the_case(request, case)
    asked = approvals.waiting_for(blocking.KIND, made.pk).first()
    if asked is not None and request.POST.get("decision") in DECISIONS:
        return fresh_factor(_decide)(request, asked, case, "cases:blocks", "届け出を解除しました。")
    try:
        blocking.ask_to_end_block(made, case=case, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, "解除を頼みました。もう一人が承認すると解除されます。")
    return redirect("cases:blocks", pk=case.pk)


@staff_page
@output("cases.attempts_seen")
@require_POST
def attempts_seen(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_known_case(request.user, pk, or_keeps_staff=True)
    blocking.note_attempts_seen(case, by=request.user)
    return redirect("cases:blocks", pk=case.pk)


def _decide(request: StaffRequest, asked: Approval, case: Case, back: str, done: str) -> HttpResponse:
    said = request.POST.get("decision", "")
    if said not in DECISIONS:
        messages.error(request, "認めるか断るかを選んでください。")
        return redirect(back, pk=case.pk)
    try:
        DECISIONS[said](asked, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, done if said == "approve" else "断りました。")
    return redirect(back, pk=case.pk)
