from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gatekeeping import StaffRequest, staff_page
from accounts.throttles import throttled
from casework.cases.access import can_work_on_case, find_case
from casework.cases.models import Case
from casework.plans import exports
from casework.plans.agreements import agree_plan
from casework.plans.closing import close_case
from casework.plans.comparison import Difference, differences
from casework.plans.deadlines import usual_end, usual_monitoring
from casework.plans.decisions import record_decision
from casework.plans.evaluations import evaluate_plan
from casework.plans.files import find_plan, open_plan, open_sources, open_together
from casework.plans.forms import AgreementForm, ClosingForm, DecisionForm, EvaluationForm, MonitoringForm, PlanEditor
from casework.plans.models import SupportPlan
from casework.plans.monitoring import monitor_plan
from casework.plans.next_steps import next_step
from casework.plans.permissions import can_record_decision
from casework.plans.plans import REVISABLE, make_plan, revise_plan
from disclosure.answers import answer_for
from disclosure.outputs import output
from exports.views import paper_answer
from foundation import clock, codes
from foundation.errors import RuleViolation, StaleVersion

DONE = 302


def typed(request: StaffRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def attempt(form: forms.Form, act: Callable[[], object]) -> int:
    """Try it: DONE, or the status with which the form is shown (again)."""
    if not form.is_valid():
        return 422 if form.is_bound else 200
    try:
        act()
    except RuleViolation as violation:
        return refuse(form, violation)
    return DONE


def refuse(form: forms.Form, violation: RuleViolation) -> int:
    form.add_error(violation.field if violation.field in form.fields else None, violation)
    answer = answer_for(violation)
    assert answer is not None
    return answer.status


@output("plans.of_case", channel="screen")
@require_GET
@staff_page
def of_case(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The case's latest plan; before the first one, what it takes."""
    case = find_case(request.user, pk, to_look=True)
    latest = case.plans.order_by("-number").first()
    if latest is not None:
        return redirect("plans:detail", latest.pk)
    may_make = can_work_on_case(request.user, case) and case.is_open and case.assessments.exists()
    context = {"case": case, "may_make": may_make, **open_together(request.user, "screen", client=case.client)}
    return render(request, "plans/none.html", context)


@output("plans.make", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def make(request: StaffRequest, pk: UUID) -> HttpResponse:
    case, today = find_case(request.user, pk), clock.today()
    sources = open_sources(case, request.user)
    given = {"on": today, "period_from": today, "period_until": usual_end(today)}
    editor = PlanEditor(typed(request), given=given, day=today, is_new=True)
    status = 200 if editor.asked_row or not editor.form.is_bound else 422
    if editor.is_valid():
        try:
            plan = make_plan(case, on=editor.form.cleaned_data["on"], by=request.user, today=today, **editor.parts())
        except RuleViolation as violation:
            status = refuse(editor.form, violation)
        else:
            messages.success(request, "プランを保存しました。")
            return redirect("plans:detail", plan.pk)
    context = {"case": case, "client": sources["client"], "editor": editor, "form": editor, "sources": sources}
    return render(request, "plans/edit.html", context, status=status)


@output("plans.edit", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    plan, today = find_plan(request.user, pk), clock.today()
    sources = open_sources(plan.case, request.user, plan)
    given = as_typed(sources, plan)
    editor = PlanEditor(typed(request), given=given, day=plan.made_on, is_new=False)
    status = 200 if editor.asked_row or not editor.form.is_bound else 422
    theirs: list[Difference] = []
    if editor.is_valid():
        parts, version = editor.parts(), editor.form.cleaned_data["version"]
        try:
            revise_plan(plan, version=version if version is not None else -1, by=request.user, today=today, **parts)
        except RuleViolation as violation:
            status = refuse(editor.form, violation)
            if isinstance(violation, StaleVersion):
                theirs = differences(given, parts)
                editor.accept_version(plan.version)
        else:
            messages.success(request, "プランを保存しました。")
            return redirect("plans:detail", plan.pk)
    context = {
        "case": plan.case,
        "client": sources["client"],
        "editor": editor,
        "form": editor,
        "sources": sources,
        "plan": plan,
        "theirs": theirs,
    }
    return render(request, "plans/edit.html", context, status=status)


def as_typed(sources: dict[str, Any], plan: SupportPlan) -> dict[str, Any]:
    """The opened plan as the editor's first values. Any: values of all kinds of fields."""
    opened = sources["plan"]
    names = ("wishes", "issues", "cautions", "is_employment_target", "period_from", "period_until", "version")
    return {name: getattr(opened, name) for name in names} | {
        "service_uses": list(plan.service_uses.values_list("service", flat=True)),
        "goals": [{"text": goal.text, "target_date": goal.target_date} for goal in sources["goals"]],
        "actions": [{"text": row.text, "actor": row.actor, "timing": row.timing} for row in sources["actions"]],
    }


@output("plans.detail", channel="screen")
@require_GET
@staff_page
def detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    plan, today = find_plan(request.user, pk, to_look=True), clock.today()
    may_work = can_work_on_case(request.user, plan.case)
    context = {
        "case": plan.case,
        "file": open_plan(plan, request.user, "screen"),
        "step": next_step(plan, today=today) if may_work else None,
        "may_revise": may_work and plan.case.is_open and plan.state in REVISABLE,
        "may_evaluate": may_work and plan.case.is_open and plan.state == "decided",
        "plans": list(plan.case.plans.order_by("number")),
    }
    return render(request, "plans/detail.html", context)


@output("plans.pdf", channel="pdf")
@require_GET
@staff_page
@throttled("paper")
def pdf(request: StaffRequest, pk: UUID) -> HttpResponse:
    plan = find_plan(request.user, pk)
    return paper_answer(request, exports.KIND, {"plan": str(plan.pk)}, purpose=exports.USUAL)


@output("plans.agree", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def agree(request: StaffRequest, pk: UUID) -> HttpResponse:
    plan, today = find_plan(request.user, pk), clock.today()
    form = AgreementForm(typed(request), initial={"on": today, "version": plan.version})
    status = attempt(form, lambda: agree_plan(plan, by=request.user, today=today, **form.cleaned_data))
    if status == DONE:
        messages.success(request, "本人の同意を記録しました。次の支援調整会議の議題に載ります。")
        return redirect("plans:detail", plan.pk)
    return step_page(request, "plans/agree.html", plan, form, status)


@output("plans.decide", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    plan, today = find_plan(request.user, pk), clock.today()
    form = DecisionForm(typed(request), initial={"on": today, "decision_kind": usual_decision(plan, today)}, day=today)
    status = attempt(form, lambda: record_decision(plan, by=request.user, today=today, **form.cleaned_data))
    if status == DONE:
        messages.success(request, "支援決定・確認を記録しました。支援が始まります。")
        return redirect("plans:detail", plan.pk)
    return step_page(request, "plans/decide.html", plan, form, status, may_decide=can_record_decision(request.user, plan.case))


def usual_decision(plan: SupportPlan, today: date) -> str:
    """The municipality decides on services under the Act; other plans it confirms (P11)."""
    groups = dict(codes.grouped_choices("service_use", on=today))
    statutory = {code for code, _ in next(iter(groups.values()))}
    return "decision" if plan.service_uses.filter(service__in=statutory).exists() else "confirmation"


@output("plans.monitor", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def monitor(request: StaffRequest, pk: UUID) -> HttpResponse:
    plan, today = find_plan(request.user, pk), clock.today()
    form = MonitoringForm(typed(request), initial={"on": today, "next_on": usual_monitoring(today)})
    status = attempt(form, lambda: monitor_plan(plan, by=request.user, today=today, **form.cleaned_data))
    if status == DONE:
        messages.success(request, "モニタリングを記録しました。")
        return redirect("plans:detail", plan.pk)
    return step_page(request, "plans/monitor.html", plan, form, status)


@output("plans.evaluate", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def evaluate(request: StaffRequest, pk: UUID) -> HttpResponse:
    plan, today = find_plan(request.user, pk), clock.today()
    goals = list(plan.goals.all())
    form = EvaluationForm(typed(request), initial={"on": today}, goals=goals, day=today)
    status = attempt(form, lambda: evaluate_plan(plan, by=request.user, today=today, **form.facts()))
    if status == DONE:
        messages.success(request, "プランを評価しました。")
        return redirect("plans:detail", plan.pk)
    return step_page(request, "plans/evaluate.html", plan, form, status)


@output("plans.close", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    case, today = find_case(request.user, pk), clock.today()
    form = ClosingForm(typed(request), initial={"on": today}, day=today)
    status = attempt(form, lambda: close_case(case, by=request.user, today=today, **form.cleaned_data))
    if status == DONE:
        messages.success(request, "ケースを終結しました。記録は読むことができ、見守りの記録も残せます。")
        return redirect(case)
    context = {"case": case, "form": form, **open_together(request.user, "screen", client=case.client)}
    return render(request, "plans/close.html", context, status=status)


def step_page(request: StaffRequest, template: str, plan: SupportPlan, form: forms.Form, status: int, **more: object) -> HttpResponse:
    """A page with the plan to read and the form of one step."""
    case: Case = plan.case
    context = {"case": case, "plan": plan, "form": form, "file": open_plan(plan, request.user, "screen"), **more}
    return render(request, template, context, status=status)
