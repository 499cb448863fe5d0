"""How much is read, as pictures with their tables."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, requires, staff_page
from audit import trail
from casework.oversight.figures import person_chart, read_days, week_chart
from casework.oversight.tabs import tabs_at
from disclosure.outputs import output


@staff_page
@output("oversight.figures")
@require_GET
@requires(Permission.REVIEW_EVIDENCE)
def figures(request: StaffRequest) -> HttpResponse:
    trail.record_read("evidence.counted", by=request.user, channel="screen", purpose="review")
    today = timezone.localdate()  # the trail's own clock
    days = read_days(today)
    charts = [week_chart(days, today), person_chart(days, today)] if days else []
    return render(request, "oversight/figures.html", {"charts": charts, "tabs": tabs_at("oversight:figures")})
