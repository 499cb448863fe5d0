"""All centres' activity as a picture: one line a centre, April to March."""

from typing import NamedTuple

from django.utils.safestring import SafeString

from headquarters.activity import Activity
from headquarters.models import Indicator
from ui.charts import line_chart


class Chart(NamedTuple):
    svg: SafeString
    title: str
    reading: str


def activity_chart(activity: Activity, indicator: Indicator) -> Chart | None:
    """None while nothing of the year has been released. A month a centre has not released is a gap, never a zero."""
    if activity.latest is None:
        return None
    points = [
        (f"{row.month.number}月", {name: figure for name, figure in row.named if figure is not None})
        for row in activity.table(indicator)
        if row.total is not None
    ]
    title = f"{indicator.label}（月ごと・センター別）"
    reading = _reading(activity, indicator)
    return Chart(line_chart(points, title=title, description=reading, unit="件", width=900), title, reading)


def _reading(activity: Activity, indicator: Indicator) -> str:
    sums = list(zip(activity.centres.values(), activity.sums(indicator), strict=True))
    most = max(sums, key=lambda one: one[1])
    return f"この年度の{indicator.label}は全センターで{sum(count for _, count in sums)}件、最も多いのは{most[0]}の{most[1]}件です。"
