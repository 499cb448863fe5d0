"""Handing a month's activity totals to headquarters: when, which figures, and never twice."""

import json
from datetime import date, timedelta

from django.db import connection, transaction

from audit import trail
from casework.cases.models import Case
from casework.reporting.figures import MonthlyFigures, Series, monthly_figures
from casework.reporting.months import Month
from foundation import parameters
from headquarters.models import Indicator


def activity_totals(figures: MonthlyFigures) -> dict[str, int]:
    """The L0 indicators of a month: exact, and about the work only."""
    return {
        Indicator.NEW_CONSULTATIONS: figures.count(Series.NEW_CONSULTATIONS),
        Indicator.PLANS_MADE: figures.count(Series.PLANS_MADE),
        Indicator.MEETINGS_HELD: figures.count(Series.MEETINGS_HELD),
        Indicator.SUPPORT_RECORDS: figures.count(Series.SUPPORT_RECORDS),
        Indicator.VISITS: figures.count(Series.SUPPORT_RECORDS, "visit_accompany"),
        Indicator.CLOSED_CASES: figures.count(Series.CLOSED_CASES),
    }


def release_day(month: Month) -> date:
    """The day of the following month (setting, default the 10th) from which the month is handed over."""
    return month.next.first + timedelta(days=int(parameters.get("release.day_of_month", on=month.last)) - 1)


def release_due_months(today: date) -> list[Month]:
    """Release every finished month of the active centre that is due and not yet released; a released month never changes.

    Runs as the centre: the database takes the centre from its login. Returns the months released now.
    """
    first = Case.objects.order_by("received_on").values_list("received_on", flat=True).first()
    if first is None:
        return []
    done, released = _released(), []
    month = Month.of(first)
    while release_day(month) <= today:
        if month not in done and _release(month, today):
            released.append(month)
        month = month.next
    return released


def _released() -> set[Month]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM public.released_months()")
        return {Month.of(day) for (day,) in cursor.fetchall()}


@transaction.atomic
def _release(month: Month, today: date) -> bool:
    totals = activity_totals(monthly_figures(month))
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.release_month(%s, %s, %s)", [month.first, json.dumps(totals), today])
        (is_new,) = cursor.fetchone()
    if is_new:
        trail.record("release.made", by=None, channel="job", purpose="statistics", month=str(month))
    return bool(is_new)
