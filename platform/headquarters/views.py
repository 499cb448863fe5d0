from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, headquarters_page, requires
from accounts.permissions import allowed
from audit import trail
from disclosure.outputs import output
from foundation import clock
from headquarters import charts
from headquarters.activity import fiscal_years, released
from headquarters.models import Indicator, OverdueReviews


@output("headquarters.activity", channel="screen")
@require_GET
@headquarters_page
def activity(request: StaffRequest) -> HttpResponse:
    if not allowed(request.user, Permission.VIEW_HEADQUARTERS_FIGURES):
        raise PermissionDenied
    years = fiscal_years()
    asked = request.GET.get("year", "")
    year = (
        int(asked)
        if asked.isascii() and asked.isdigit() and int(asked) in years
        else (years[0] if years else clock.fiscal_year(clock.today()))
    )
    chosen = request.GET.get("indicator", "")
    indicator = Indicator(chosen) if chosen in Indicator else Indicator.NEW_CONSULTATIONS
    trail.record_read("release.read", by=request.user, channel="screen", purpose="statistics", year=year)
    found = released(year)
    context = {
        "years": [(one, clock.fiscal_year_label(one)) for one in years],
        "year": year,
        "indicators": Indicator,
        "indicator": indicator,
        "activity": found,
        "table": found.table(indicator),
        "chart": charts.activity_chart(found, indicator),
    }
    return render(request, "headquarters/activity.html", context)


@output("headquarters.reviews", channel="screen")
@require_GET
@headquarters_page
@requires(Permission.SEE_OVERDUE_REVIEWS)
def reviews(request: StaffRequest) -> HttpResponse:
    trail.record_read("overdue_reviews.read", by=request.user, channel="screen", purpose="review")
    rows = OverdueReviews.objects.order_by("-overdue", "-nobodys", "centre_name")
    return render(request, "headquarters/reviews.html", {"rows": list(rows)})
