"""The year's course as a picture: new consultations and plans, month by month."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString

from casework.reporting.months import Month
from foundation import wareki
from ui.charts import line_chart

NEW, PLANS = "新規相談", "プラン"
Cell = str | int | tuple[str, str]


class Chart(NamedTuple):
    svg: SafeString
    title: str
    reading: str
    columns: list[str]
    rows: list[list[Cell]]


def year_chart(counts: dict[Month, tuple[int, int]], *, marked: Month) -> Chart:
    """Both series from April to the latest month, read in one sentence about the marked month."""
    points = [(f"{month.number}月", {NEW: new, PLANS: plans}) for month, (new, plans) in counts.items()]
    title = f"{wareki.month(next(iter(counts)).first)}からの新規相談とプラン"
    reading = _reading(counts, marked)
    rows: list[list[Cell]] = [
        [(wareki.month(month.first), reverse("reporting:month", args=[str(month)])), new, plans] for month, (new, plans) in counts.items()
    ]
    return Chart(line_chart(points, title=title, description=reading, unit="件", width=900), title, reading, ["月", NEW, PLANS], rows)


def _reading(counts: dict[Month, tuple[int, int]], marked: Month) -> str:
    new, plans = counts[marked]
    text = f"{marked.number}月の新規相談は{new}件、プランは{plans}件でした。"
    before = counts.get(marked.previous)
    if before is None:
        return text
    difference = new - before[0]
    compared = "前の月と同じです" if difference == 0 else f"前の月より{abs(difference)}件{'多く' if difference > 0 else '少なく'}なりました"
    return f"{text}新規相談は{compared}。"
