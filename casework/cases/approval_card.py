"""On 今日, for whoever may decide: how many requests of colleagues wait for a second person."""

from datetime import date

from django.urls import reverse

from accounts import approvals
from accounts.models import Account, Approval
from casework.cases import cards

SHOWN = 5


def register() -> None:
    cards.register_today(cards.TodayCard(5, "side", "cases/approval_card.html", facts))


def facts(viewer: Account, today: date) -> cards.Facts | None:
    waiting = approvals.to_decide(viewer)
    if not waiting:
        return None
    abouts = approvals.abouts_of(waiting[:SHOWN])
    rows = [
        (approvals.label_of(one), _note(one, abouts[one.pk]), one.asked_at, reverse("people:approval", args=[one.pk]))
        for one in waiting[:SHOWN]
    ]
    return {"rows": rows, "count": len(waiting), "url": reverse("people:approvals")}


def _note(asked: Approval, about: str) -> str:
    """What it is about, and who wants it."""
    return f"{about}（{asked.asked_by.name}さんから）" if about else f"{asked.asked_by.name}さんから"
