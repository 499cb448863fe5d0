"""The plan on the page of its case: a card with where it stands, a link to the next one, a tab, and its lines on the timeline."""

from uuid import UUID

from django.urls import reverse

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases import cards, headings, timeline
from casework.cases.models import Case, Event
from casework.plans.models import SupportPlan


def register() -> None:
    cards.register_card(cards.CaseCard(20, "plans/case_card.html", plan_facts))
    cards.register_link(cards.CaseLink(40, "プランを作る", "file-plus", _make, may_make))
    cards.register_link(cards.CaseLink(95, "ケースを終結する", "flag", _close, may_close))
    headings.register_tab(headings.CaseTab(30, "プラン", _plans_of, ("plans:",)))
    timeline.register_links({"plans.SupportPlan": ("plans:detail", plan_title)})


def plan_facts(case: Case, viewer: Account) -> cards.Facts | None:
    """The newest plan by its clear facts; None before the first."""
    plan = SupportPlan.objects.filter(case=case).defer("wishes", "issues", "cautions").order_by("-number").first()
    return {"plan": plan} if plan else None


def may_make(account: Account, case: Case) -> bool:
    """After an assessment, while no plan is unfinished; the stage says both without a question to the plans."""
    return allowed(account, Permission.WORK_ON_CASE) and case.stage in {"assessed", "suspended"}


def may_close(account: Account, case: Case) -> bool:
    return allowed(account, Permission.WORK_ON_CASE) and case.is_open


def plan_title(event: Event) -> str:
    return f"プラン 第{event.facts['number']}回" if "number" in event.facts else "プラン"


def _plans_of(case: UUID) -> str:
    return reverse("plans:of_case", args=[case])


def _make(case: Case) -> str:
    return reverse("plans:make", args=[case.pk])


def _close(case: Case) -> str:
    return reverse("plans:close", args=[case.pk])
