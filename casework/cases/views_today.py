"""今日: the first page of the day."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.permissions import allowed
from casework.cases import today as day
from casework.cases.cards import cards_of_today
from disclosure.outputs import output
from foundation import clock
from ui.parts import Tab

TEAM = "team"
WIDTH, HEIGHT, BAR = 264, 90, 24


@staff_page
@output("today")
@require_GET
def today(request: StaffRequest) -> HttpResponse:
    now, chief = clock.today(), allowed(request.user, Permission.READ_ALL_CASES)
    mine, view = day.duties_of(request.user, now), request.GET.get("view", "")
    team = chief and (view == TEAM or not (view or mine))
    due = day.named(request.user, list(day.open_duties(request.user, now)[: day.MOST]) if team else mine)
    url = reverse("today")
    context = {
        "now": now,
        "team": day.by_person(due, now) if team else [],
        "late": [each for each in due if each.duty.due_on < now],
        "to_do": [each for each in due if each.duty.due_on == now],
        "ahead": [each for each in due if each.duty.due_on > now],
        "tabs": [Tab("自分", f"{url}?view=mine", not team), Tab("チーム", f"{url}?view={TEAM}", team)] if chief else [],
        "is_team": team,
        "main_cards": cards_of_today(request.user, now, "main"),
        "side_cards": cards_of_today(request.user, now, "side"),
        "movement": movement_of(request) if allowed(request.user, Permission.SEE_CASE_REGISTER) else None,
    }
    return render(request, "cases/today.html", context)


def movement_of(request: StaffRequest) -> dict[str, object]:
    """The receptions as a picture, a sentence and a table."""
    moved = day.movement(request.user, clock.today())
    more = moved.this_month - moved.month_before
    compared = "先月の同じ日までと同じです" if not more else f"先月の同じ日までより{abs(more)}件{'多い' if more > 0 else '少ない'}です"
    reading = f"今月は{moved.this_month}件を受け付けました。{compared}。"
    rows = [(f"{month.month}月", count) for month, count in moved.months]
    svg = render_to_string("cases/movement.svg", {"bars": bars_of(rows), "reading": reading, "width": WIDTH, "height": HEIGHT + 40})
    return {"svg": svg, "reading": reading, "columns": ["月", "受付"], "rows": rows}


def bars_of(rows: list[tuple[str, int]]) -> list[dict[str, object]]:
    """Six bars are drawn by hand: the first page of the day does not wait for a drawing library."""
    most, step = max(count for _, count in rows) or 1, WIDTH // len(rows)
    shown = []
    for place, (month, count) in enumerate(rows):
        height = round(HEIGHT * count / most)
        x = place * step + (step - BAR) // 2
        shown.append({"x": x, "y": 20 + HEIGHT - height, "height": height, "middle": x + BAR // 2, "month": month, "count": count})
    return shown
