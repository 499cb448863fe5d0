"""今日: the first page of the day."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.permissions import allowed
from casework.cases import today as day
from casework.cases.cards import cards_of_today
from disclosure.outputs import output
from foundation import clock
from ui.charts import month_chart
from ui.parts import Tab

TEAM = "team"


@staff_page
@output("today")
@require_GET
def today(request: StaffRequest) -> HttpResponse:
    now, chief = clock.today(), allowed(request.user, Permission.READ_ALL_CASES)
    team = chief and request.GET.get("view") == TEAM
    duties = list(day.open_duties(now)[: day.MOST]) if team else day.duties_of(request.user, now)
    due = day.named(request.user, duties)
    url = reverse("today")
    context = {
        "now": now,
        "team": day.by_person(due, now) if team else [],
        "late": [each for each in due if each.duty.due_on < now],
        "to_do": [each for each in due if each.duty.due_on == now],
        "ahead": [each for each in due if each.duty.due_on > now],
        "tabs": [Tab("自分", url, not team), Tab("チーム", f"{url}?view={TEAM}", team)] if chief else [],
        "is_team": team,
        "main_cards": cards_of_today(request.user, now, "main"),
        "side_cards": cards_of_today(request.user, now, "side"),
        "movement": movement_of(request) if allowed(request.user, Permission.SEE_CASE_REGISTER) else None,
    }
    return render(request, "cases/today.html", context)


def movement_of(request: StaffRequest) -> dict[str, object]:
    """The receptions as a picture, a sentence and a table."""
    moved = day.movement(clock.today())
    more = moved.this_month - moved.month_before
    compared = "先月の同じ日までと同じです" if not more else f"先月の同じ日までより{abs(more)}件{'多い' if more > 0 else '少ない'}です"
    reading = f"今月は{moved.this_month}件を受け付けました。{compared}。"
    rows = [(f"{month.month}月", count) for month, count in moved.months]
    return {
        "svg": month_chart(rows, title="受付件数", description=reading, width=250),
        "reading": reading,
        "columns": ["月", "受付"],
        "rows": rows,
        "count": moved.this_month,
    }
