"""How much is read: per week, and per person against her own usual day. Plain totals of the trail, no names of clients."""

from collections import defaultdict
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import Account
from audit import reading
from audit.reading import ReadDay
from casework.oversight.watching import start_of
from ui.charts import bar_chart, month_chart

WEEKS, SHOWN_WEEKS = 12, 4
WEEK = timedelta(days=7)
GONE = "いまはいない利用者"
MOST = 20  # bars in a picture; the table has everybody

Cell = str | int | tuple[str, str]


class Chart(NamedTuple):
    svg: SafeString
    title: str
    reading: str
    columns: list[str]
    rows: list[list[Cell]]


def weeks_until(today: date) -> list[date]:
    """The Mondays of the last weeks, this one last."""
    monday = today - timedelta(days=today.weekday())
    return [monday - WEEK * back for back in reversed(range(WEEKS))]


def read_days(today: date) -> list[ReadDay]:
    weeks = weeks_until(today)
    return reading.reads_by_day(since=start_of(weeks[0]), before=start_of(today + timedelta(days=1)))


def week_chart(days: list[ReadDay], today: date) -> Chart:
    """People read in each week, one counted once a day and reader."""
    weeks = weeks_until(today)
    total = dict.fromkeys(weeks, 0)
    for each in days:
        total[each.day - timedelta(days=each.day.weekday())] += each.people
    rows = [(f"{week.month}/{week.day}", total[week]) for week in weeks]
    usual = round(median(total[week] for week in weeks[:-1]))
    said = f"今週は今日までにのべ{total[weeks[-1]]}人の記録が見られました。ふだん（その前の{WEEKS - 1}週の真ん中の値）は{usual}人です。"
    title = "週ごとに見られた記録（のべ人数）"
    drawn = month_chart(rows, title=title, description=said, unit="人", width=900)
    return Chart(drawn, title, said, ["週の始まり", "のべ人数"], [[name, number] for name, number in rows])


def person_chart(days: list[ReadDay], today: date) -> Chart:
    """By reader: the people read in the last weeks, most first, with her median day beside them."""
    weeks = weeks_until(today)[-SHOWN_WEEKS:]
    of_week: dict[UUID, dict[date, int]] = defaultdict(lambda: dict.fromkeys(weeks, 0))
    of_day: dict[UUID, list[int]] = defaultdict(list)
    for each in days:
        of_day[each.actor].append(each.people)
        week = each.day - timedelta(days=each.day.weekday())
        if week in weeks:
            of_week[each.actor][week] += each.people
    names = dict(Account.objects.filter(pk__in=of_week).values_list("pk", "name"))
    order = sorted(of_week, key=lambda actor: (-sum(of_week[actor].values()), names.get(actor, "")))
    bars = [(names.get(actor, GONE), sum(of_week[actor].values())) for actor in order]
    rows: list[list[Cell]] = [
        [names.get(actor, GONE), *of_week[actor].values(), _linked(actor, sum(of_week[actor].values())), round(median(of_day[actor]))]
        for actor in order
    ]
    title = f"この{SHOWN_WEEKS}週に見た人（のべ人数）"
    said = f"いちばん多いのは{bars[0][0]}さんの{bars[0][1]}人です。" if bars else "この期間に見た人はいません。"
    columns = ["職員", *(f"{week.month}/{week.day}の週" for week in weeks), "合計", "ふだんの1日"]
    return Chart(bar_chart(bars[:MOST], title=title, description=said, unit="人"), title, said, columns, rows)


def _linked(actor: UUID, total: int) -> Cell:
    """Her total leads to her lines in the trail."""
    return (str(total), f"{reverse('oversight:trail')}?actor={actor}&verdict=read")
