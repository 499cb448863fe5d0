"""Referrals on the page of their case: a card, the link to a new one, and their lines on the timeline."""

from django.urls import reverse

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases import cards, timeline
from casework.cases.models import Case
from foundation import clock
from network.collaboration.models import Referral

SHOWN = 5


def register() -> None:
    cards.register_card(cards.CaseCard(30, "collaboration/case_card.html", referral_facts))
    cards.register_link(cards.CaseLink(60, "関係機関へつなぐ", "arrow-up-right", _refer, may_refer))
    timeline.register_links({"collaboration.Referral": ("collaboration:referral", lambda _event: "つなぎを開く")})


def referral_facts(case: Case, viewer: Account) -> cards.Facts | None:
    """The newest referrals by their clear facts; None where there are none."""
    rows = Referral.objects.filter(case=case).select_related("agency").defer("name", "kana", "reason", "content", "answer")
    newest = list(rows.order_by("-referred_on", "pk")[: SHOWN + 1])
    if not newest:
        return None
    today = clock.today()
    shown = [(row, row.answered_on is None and row.follow_up_on < today) for row in newest[:SHOWN]]
    return {"referrals": shown, "has_more": len(newest) > SHOWN}


def may_refer(account: Account, case: Case) -> bool:
    """Behind find_case, which answers for the care team: what `can_refer` has left to ask."""
    return case.is_open and allowed(account, Permission.REFER_AND_SHARE) and allowed(account, Permission.WORK_ON_CASE)


def _refer(case: Case) -> str:
    return reverse("collaboration:refer", args=[case.pk])
