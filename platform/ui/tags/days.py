"""Days as pages print them."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation import clock, wareki

register = template.Library()


def as_day(value: object) -> date | None:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value if isinstance(value, date) else None


def in_words(value: object, style: str) -> str:
    """What is not a date is printed as it is: a withheld value says so itself, None says nothing."""
    day = as_day(value)
    if day is None:
        return "" if value is None else str(value)
    if style == "short":
        return wareki.short(day, today=clock.today())
    styles = {"formal": wareki.formal, "long": wareki.long, "compact": wareki.compact, "month": wareki.month}
    return styles[style](day)


@register.filter(name="wareki")
def wareki_formal(value: object) -> str:
    """令和7年11月22日"""
    return in_words(value, "formal")


@register.filter
def wareki_short(value: object) -> str:
    """11月22日 in this year, 令和6.11.22 in another; for lists."""
    return in_words(value, "short")


@register.filter
def wareki_long(value: object) -> str:
    """令和7年11月22日（土）"""
    return in_words(value, "long")


@register.filter
def wareki_month(value: object) -> str:
    """令和7年11月"""
    return in_words(value, "month")


@register.filter
def distance(value: object) -> str:
    """今日, あと8日, 3日前"""
    day = as_day(value)
    return wareki.distance(day, today=clock.today()) if day else in_words(value, "short")


@register.filter
def age(value: object) -> str:
    """52歳"""
    day = as_day(value)
    return f"{wareki.age(day, clock.today())}歳" if day else in_words(value, "short")


@register.simple_tag
def day(value: object, style: str = "short") -> SafeString:
    """A <time> element; style is short, formal, long, compact or month. A datetime adds its hour to short."""
    known = as_day(value)
    if known is None:
        return format_html("{}", in_words(value, style))
    words = in_words(known, style)
    if isinstance(value, datetime) and style == "short":
        at = timezone.localtime(value) if timezone.is_aware(value) else value
        return format_html('<time datetime="{}">{} {}</time>', at.isoformat(timespec="minutes"), words, f"{at:%-H:%M}")
    return format_html('<time datetime="{}">{}</time>', known.isoformat(), words)
