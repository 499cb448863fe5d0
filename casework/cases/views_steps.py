"""The steps of a case that follow its reception."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.gatekeeping import StaffRequest, staff_page
from accounts.models import Account
from casework.cases.access import find_case, is_on_team
from casework.cases.answers import posted, status_of, step_page, take
from casework.cases.applications import ConsentFacts, apply_for_support, give_consent, withdraw_consent
from casework.cases.blocks import can_see_blocks
from casework.cases.care_team import MANY, RECEIVED_AGAIN, TEAM_CHANGED, hand_over, join_team, leave_team, team_of
from casework.cases.emergency_starts import start_support_early
from casework.cases.forms_steps import (
    ApplicationForm,
    ColleagueForm,
    ConsentForm,
    EmergencyStartForm,
    OutcomeForm,
    ScreeningForm,
    WithdrawalForm,
)
from casework.cases.models import Case
from casework.cases.outcomes import record_outcome
from casework.cases.permissions import can_assign_team
from casework.cases.screening import screen_case
from casework.cases.team_requests import ask_to_add, ask_to_join, requests_for
from casework.clients.models import Consent
from disclosure import gate
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation


@staff_page
@output("cases.screen")
@require_http_methods(["GET", "POST"])
def screen(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form = ScreeningForm(posted(request), initial={"result": request.GET.get("result", "")})
    if form.is_valid():
        try:
            screening = screen_case(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "スクリーニングの結果を登録しました。")
            return redirect("cases:apply" if screening.result == "continue_plan" else "cases:detail", pk=case.pk)
    client, heard = gate.reveal([case.client, case], viewer=request.user, channel="screen")
    return render(request, "cases/screen.html", {"case": case, "client": client, "heard": heard, "form": form}, status=status_of(form))


@staff_page
@output("cases.apply")
@require_http_methods(["GET", "POST"])
def apply(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form = ApplicationForm(posted(request))
    if form.is_valid():
        try:
            apply_for_support(case, consents=form.consents_given, on=form.cleaned_data["on"], by=request.user, today=clock.today())
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "利用申込を登録しました。次はアセスメントです。")
            return redirect("cases:detail", pk=case.pk)
    return step_page(request, case, form, "cases/apply.html")


@staff_page
@output("cases.consent")
@require_http_methods(["GET", "POST"])
def consent(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form = ConsentForm(posted(request))
    if form.is_valid():
        facts = ConsentFacts(form.cleaned_data["kind"], form.cleaned_data["scope"].strip())
        try:
            give_consent(case, facts, on=form.cleaned_data["on"], by=request.user, today=clock.today())
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "同意を登録しました。")
            return redirect("cases:consent", pk=case.pk)
    given = list(case.client.consents.select_related("recorded_by").order_by("-given_on", "pk"))
    client, *consents = gate.reveal([case.client, *given], viewer=request.user, channel="screen")
    return render(
        request, "cases/consent.html", {"case": case, "client": client, "consents": consents, "form": form}, status=status_of(form)
    )


@staff_page
@output("cases.consent_withdraw")
@require_http_methods(["GET", "POST"])
def consent_withdraw(request: StaffRequest, pk: UUID, consent_pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    given = Consent.objects.filter(client=case.client_id, pk=consent_pk).first()
    if given is None:
        raise Http404
    form = WithdrawalForm(posted(request))
    if form.is_valid():
        try:
            withdraw_consent(given, on=form.cleaned_data["on"], by=request.user, today=clock.today())
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "同意の撤回を登録しました。いまから共有されません。")
            return redirect("cases:consent", pk=case.pk)
    return step_page(request, case, form, "cases/consent_withdraw.html", consent=given)


@staff_page
@output("cases.emergency")
@require_http_methods(["GET", "POST"])
def emergency(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form = EmergencyStartForm(posted(request))
    if form.is_valid():
        try:
            start_support_early(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "会議前の支援の開始を登録しました。次の支援調整会議の議題に載ります。")
            return redirect("cases:detail", pk=case.pk)
    return step_page(request, case, form, "cases/emergency.html")


@staff_page
@output("cases.outcome")
@require_http_methods(["GET", "POST"])
def outcome(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form = OutcomeForm(posted(request))
    if form.is_valid():
        try:
            record_outcome(case, by=request.user, today=clock.today(), **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "就労・増収を登録しました。")
            return redirect("cases:detail", pk=case.pk)
    return step_page(request, case, form, "cases/outcome.html")


ACTS = {"join": (join_team, "支援チームに加えました。"), "hand_over": (hand_over, "主担当を引き継ぎました。")}


@staff_page
@output("cases.team")
@require_http_methods(["GET", "POST"])
def team(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    form = ColleagueForm(posted(request))
    if form.is_valid():
        act, done = ACTS.get(request.POST.get("act", ""), ACTS["join"])
        try:
            done = change_team(request, case, form.cleaned_data["account"], act) or done
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, f"{form.cleaned_data['account'].name}さん：{done}")
            return redirect("cases:team", pk=case.pk)
    context = {"team": team_of(case), "may_assign": can_assign_team(request.user, case), "requests": requests_for(case, request.user)}
    context["may_block"] = can_see_blocks(request.user, case)
    mine = case.duties.filter(closed_on=None, assigned_to=request.user)
    kinds = set(mine.filter(kind__in=(TEAM_CHANGED, RECEIVED_AGAIN)).values_list("kind", flat=True))
    context |= {"changed": TEAM_CHANGED in kinds, "again": RECEIVED_AGAIN in kinds}
    return step_page(request, case, form, "cases/team.html", **context)


def change_team(request: StaffRequest, case: Case, account: Account, act: Callable[..., Case]) -> str:
    """What one person may not do alone becomes a request to a second one; then its words are returned."""
    by = request.user
    try:
        if act is join_team and account == by and not is_on_team(by, case):
            ask_to_join(case, by=by)
            return "支援チームへの参加を頼みました。主担当かほかの主任が承認すると加わります。"
        act(case, account, by=by, today=clock.today())
    except RuleViolation as violation:
        if violation.code != "needs_second":
            raise
        ask_to_add([case], account, by=by)
        return f"一日に{MANY}件を超えるため、もう一人の承認を頼みました。"
    return ""


@staff_page
@output("cases.team_leave")
@require_http_methods(["POST"])
def team_leave(request: StaffRequest, pk: UUID, account_pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk)
    member = Account.objects.filter(pk=account_pk).first()
    if member is None:
        raise Http404
    try:
        leave_team(case, member, by=request.user, today=clock.today())
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return redirect("cases:team", pk=case.pk)
    messages.success(request, f"{member.name}さんは支援チームから外れました。")
    return redirect("/") if member == request.user else redirect("cases:team", pk=case.pk)
