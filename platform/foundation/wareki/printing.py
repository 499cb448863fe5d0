"""How we print days and how old somebody is on one."""

from datetime import date
from typing import Literal

from foundation.wareki.eras import era_year

Sense = Literal["any", "past", "future", "birthday"]
WEEKDAYS = "月火水木金土日"


def year_text(year: int) -> str:
    return "元" if year == 1 else str(year)


def weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def formal(day: date) -> str:
    """令和7年11月22日, for papers."""
    era, year = era_year(day)
    return f"{era.name}{year_text(year)}年{day.month}月{day.day}日"


def long(day: date) -> str:
    """令和7年11月22日（土）"""
    return f"{formal(day)}（{weekday(day)}）"


def compact(day: date) -> str:
    """令和7.11.22"""
    era, year = era_year(day)
    return f"{era.name}{year_text(year)}.{day.month}.{day.day}"


def short(day: date, *, today: date) -> str:
    """11月22日 within this year, 令和7.11.22 in another, for lists."""
    return f"{day.month}月{day.day}日" if day.year == today.year else compact(day)


def month(day: date) -> str:
    """令和7年11月"""
    return formal(day).partition("月")[0] + "月"


def distance(day: date, *, today: date) -> str:
    """今日, あと8日, 3日前"""
    days = (day - today).days
    if days == 0:
        return "今日"
    return f"あと{days}日" if days > 0 else f"{-days}日前"


def echo(day: date, *, today: date, sense: Sense = "any") -> str:
    """What stands under a date field after typing: 令和7年4月1日（火）2025年 – あと8日."""
    remark = f"{age(day, today)}歳" if sense == "birthday" else distance(day, today=today)
    return f"{long(day)}{day.year}年 – {remark}"


def age(birth: date, on: date) -> int:
    """Full years; who was born on 29 February is a year older on 1 March of a common year (年齢計算ニ関スル法律)."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
