"""What waits for a reviewer, on 今日; red when its day has passed."""

from datetime import date

from django.db.models import Count, Q

from accounts.models import Account
from casework.cases import cards
from casework.oversight.models import AccessAlert
from casework.oversight.permissions import can_read_trail


def register() -> None:
    cards.register_today(cards.TodayCard(5, "side", "oversight/today_card.html", review_facts))


def review_facts(viewer: Account, today: date) -> cards.Facts | None:
    if not can_read_trail(viewer):
        return None
    mine = AccessAlert.objects.filter(decision="", assigned_to=viewer)
    counted = mine.aggregate(waiting=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    return counted if counted["waiting"] else None
