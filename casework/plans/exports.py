"""The plan on paper: the everyday paper of one person, so it comes at once with its usual purpose."""

from uuid import UUID

from django.http import Http404, QueryDict

from accounts.models import Account
from casework.cases.access import can_read_case
from casework.plans.files import find_plan, open_plan
from casework.plans.models import SupportPlan
from exports import exports
from exports.exports import Details, File, Mark
from exports.models import Purpose
from tenants.activation import active_host
from ui.paper import render_pdf

KIND = "plans.plan"
USUAL = Purpose.CLIENT


def register() -> None:
    exports.register(
        KIND, exports.Kind(label="プラン兼事業等利用申込書", channel="pdf", read=read, may=may_print, subjects=subjects, make=make)
    )


def read(said: QueryDict, account: Account) -> Details:
    try:
        return {"plan": str(UUID(said.get("plan", "")))}
    except ValueError as error:
        raise Http404 from error


def may_print(account: Account, details: Details) -> bool:
    plan = _plan(details)
    return plan is not None and can_read_case(account, plan.case)


def subjects(account: Account, details: Details) -> frozenset[UUID]:
    plan = _plan(details)
    return frozenset({plan.case.client_id} if plan else ())


def make(account: Account, details: Details, people: frozenset[UUID], mark: Mark) -> File:
    plan = find_plan(account, UUID(details["plan"]))
    context = {"case": plan.case, "file": open_plan(plan, account, "pdf"), "centre": active_host()}
    content = render_pdf("plans/plan_pdf.html", context, printed_by=account.name, mark=str(mark))
    return File(f"plan-{plan.case.number}-{plan.number}.pdf", "application/pdf", content)


def _plan(details: Details) -> SupportPlan | None:
    return SupportPlan.objects.select_related("case").filter(pk=details["plan"]).first()
