"""Which day it is, which fiscal year a day belongs to, and on which days a centre is open."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

import jpholiday
from django.conf import settings
from django.utils import timezone

from foundation import wareki

SATURDAY = 5
DAY = timedelta(days=1)


def today() -> date:
    """The calendar day in Japan; demo and tests may hold it still with settings.AS_OF."""
    return settings.AS_OF or timezone.localdate()


def now() -> datetime:
    """The present moment, aware; on the day settings.AS_OF names, if it names one, at the real time of day."""
    moment = timezone.localtime()
    return datetime.combine(today(), moment.timetz())


def fiscal_year(day: date) -> int:
    """The year in whose April the fiscal year of this day began."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_range(year: int) -> tuple[date, date]:
    """First and last day."""
    return date(year, 4, 1), date(year + 1, 3, 31)


def fiscal_year_months(year: int) -> list[date]:
    """The first days of its twelve months, from April to March."""
    return [add_months(date(year, 4, 1), count) for count in range(12)]


def fiscal_year_label(year: int) -> str:
    """令和8年度. A year in which the era changed bears the new one's name: 2019 is 令和元年度."""
    era, era_year = wareki.era_year(date(year, 12, 31))
    return f"{era.name}{wareki.year_text(era_year)}年度"


def fiscal_year_code(year: int) -> str:
    """R8, as case numbers begin."""
    era, era_year = wareki.era_year(date(year, 12, 31))
    return f"{era.letter}{era_year}"


def month_range(day: date) -> tuple[date, date]:
    """First and last day of the month of this day."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day if it has no such day (民法143条2項)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4096)
def is_business_day(day: date) -> bool:
    """Centres are closed at weekends, on public holidays and from 29 December to 3 January."""
    if day.weekday() >= SATURDAY or (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return False
    return not jpholiday.is_holiday(day)


def business_days_from(day: date) -> Iterator[date]:
    """Open days in order, beginning with this day if it is one."""
    while True:
        if is_business_day(day):
            yield day
        day += DAY


def business_day_on_or_after(day: date) -> date:
    return next(business_days_from(day))


def next_business_day(day: date) -> date:
    """The first open day after this one."""
    return business_day_on_or_after(day + DAY)


def add_business_days(day: date, count: int) -> date:
    """The day by which `count` open days after this one have passed."""
    for _ in range(count):
        day = next_business_day(day)
    return day


def business_days_between(start: date, end: date) -> int:
    """How many open days lie after `start` up to and including `end`."""
    return sum(is_business_day(start + DAY * count) for count in range(1, (end - start).days + 1))
