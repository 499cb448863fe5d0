"""Components and Japanese dates for templates. A component renders the template of its name in templates/ui/."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from django import template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.forms import BaseForm, BoundField, CheckboxInput
from django.http import QueryDict
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from foundation import clock, codes, phones, wareki
from ui import messages as notices
from ui.forms import dress
from ui.parts import Badge, Stage, Tab, Tone

register = template.Library()

CONSENT = {
    "given": Badge("同意あり", "consent", "handshake"),
    "partial": Badge("同意は一部", "warn", "handshake"),
    "withdrawn": Badge("同意の撤回あり", "error", "ban"),
    "none": Badge("同意はまだ", "warn", "circle-question-mark"),
}
BANNER_ICONS = {"info": "info", "ok": "circle-check", "warn": "triangle-alert", "error": "octagon-alert"}


# --- dates -----------------------------------------------------------------------------------------------------------


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


# --- small pieces ----------------------------------------------------------------------------------------------------


@cache
def drawn(name: str, size: str) -> SafeString:
    css_class = f"ui-icon ui-icon--{size}" if size else "ui-icon"
    return lucide(name, **{"class": css_class, "aria-hidden": "true", "focusable": "false"})  # type: ignore[arg-type]  # mypy binds ** to size


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A lucide drawing beside a word; size="s" for 16 px."""
    return drawn(str(name), size)


@register.filter
def phone(value: object) -> str:
    """06-6576-9897 for what is stored as digits."""
    return phones.national(value) if isinstance(value, str) else in_words(value, "short")


@register.simple_tag
def code_label(list_name: str, code: str | None) -> str:
    """The words for a code of a list."""
    return codes.label(list_name, code)


@register.simple_tag
def code_labels(list_name: str, chosen: Iterable[str]) -> str:
    """The words for several codes, in the order of the form."""
    return "、".join(codes.labels(list_name, chosen))


@register.simple_tag
def idempotency() -> SafeString:
    """The hidden key that makes a second click on the same form harmless."""
    return format_html('<input type="hidden" name="idempotency_key" value="{}">', uuid4())


@register.inclusion_tag("ui/badge.html")
def badge(label: str | Badge, tone: Tone = "", icon: str = "") -> dict[str, Any]:
    return {"badge": label if isinstance(label, Badge) else Badge(label, tone, icon)}


@register.inclusion_tag("ui/badge.html")
def consent_badge(state: str, scope: str = "") -> dict[str, Any]:
    """State is given, partial, withdrawn or none; scope says to whom."""
    known = CONSENT[state]
    return {"badge": Badge(f"{known.label}：{scope}" if scope else known.label, known.tone, known.icon)}


@register.inclusion_tag("ui/toast.html", takes_context=True)
def toast(context: Context, message: Message) -> dict[str, Any]:
    return {
        "text": message.message,
        "tone": notices.tone(message),
        "undo_url": notices.undo_address(message),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("ui/button_row.html")
def button_row(submit: str, cancel: str = "", kind: str = "primary", cancel_label: str = "やめる", icon: str = "") -> dict[str, Any]:
    return {"submit": submit, "cancel": cancel, "kind": kind, "cancel_label": cancel_label, "icon": icon}


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: object, unit: str = "", compare: str = "", url: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "unit": unit, "compare": compare, "url": url}


# --- forms -----------------------------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, label: str = "", hint: str = "", wide: bool = False) -> SafeString:
    """One field with label, hint, error and echo; label and hint replace the form's own."""
    dress(bound.field)
    context = {
        "field": bound,
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "wide": wide,
        "single": isinstance(bound.field.widget, CheckboxInput),
        "mark_optional": getattr(bound.form, "mark_optional", False),
        "candidates": [wareki.letters(found) for error in bound.errors.as_data() for found in getattr(error, "candidates", ())],
        "echo": bound.field.echo(bound.value()) if hasattr(bound.field, "echo") else "",
        "echoes": hasattr(bound.field, "echo"),
    }
    if hint and not bound.help_text:
        bound.help_text = hint  # so that the control's aria-describedby names it
    return render_to_string("ui/field.html", context)


@register.inclusion_tag("ui/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """Every error of the forms, each a link to its field; nothing when there is none."""
    entries = []
    for form in forms:
        entries += [("", error) for error in form.non_field_errors()]
        for bound in form:
            target = f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label
            known = bound.is_hidden  # a hidden field's name says nothing to anybody
            entries += [(target, error if known or str(bound.label) in error else f"{bound.label}：{error}") for error in bound.errors]
    return {"entries": entries}


# --- pieces with contents --------------------------------------------------------------------------------------------


@register.simple_block_tag
def card(content: str, title: str = "", id: str = "", level: int = 2, note: str = "") -> SafeString:
    return render_to_string("ui/card.html", {"content": content, "title": title, "id": id, "level": level, "note": note})


@register.simple_block_tag
def banner(content: str, tone: str = "info") -> SafeString:
    return render_to_string("ui/banner.html", {"content": content, "tone": tone, "icon": BANNER_ICONS[tone]})


@register.simple_block_tag
def disclosure(content: str, title: str, open: bool = False, id: str = "") -> SafeString:
    return render_to_string("ui/disclosure.html", {"content": content, "title": title, "open": open, "id": id})


@register.simple_block_tag
def dialog(content: str, id: str, title: str, open: bool = False) -> SafeString:
    return render_to_string("ui/dialog.html", {"content": content, "id": id, "title": title, "open": open})


@register.simple_block_tag
def empty(content: str, title: str, icon: str = "waves") -> SafeString:
    return render_to_string("ui/empty.html", {"content": content, "title": title, "icon": icon})


@register.simple_block_tag
def identity(
    content: str,
    name: object,
    kana: object = "",
    born: object = None,
    number: str = "",
    owner: str = "",
    badges: Sequence[Badge] = (),
) -> SafeString:
    """The bar over every page of a case; its contents are the buttons at the right."""
    context = {"content": content, "name": name, "kana": kana, "born": born, "number": number, "owner": owner, "badges": badges}
    return render_to_string("ui/identity.html", context)


@register.simple_block_tag
def task(content: str, title: object, url: str = "", when: object = "", due: date | None = None, note: object = "") -> SafeString:
    """A row of 今日; `due` colours itself: overdue red, within three days orange. Contents are the row's own buttons."""
    late = (clock.today() - due).days if due else None
    tone = "" if late is None or late < -3 else "error" if late > 0 else "warn"
    words = "" if late is None else f"{late}日超過" if late > 0 else "今日まで" if late == 0 else f"あと{-late}日"
    context = {"content": content, "title": title, "url": url, "when": when, "due": due, "note": note, "due_badge": Badge(words, tone)}
    return render_to_string("ui/task.html", context)


@register.simple_block_tag
def entry(content: str, at: object, kind: str, by: object = "", tone: str = "", title: object = "", url: str = "") -> SafeString:
    """A moment of the timeline: what, when, who; contents are what was written."""
    context = {"content": content, "at": at, "kind": kind, "by": by, "tone": tone, "title": title, "url": url}
    return render_to_string("ui/entry.html", context)


@register.simple_block_tag
def sheet(content: str, form_name: str, note: str = "取扱注意") -> SafeString:
    """A paper as it will be printed, shown on the page."""
    return render_to_string("ui/sheet.html", {"content": content, "form_name": form_name, "note": note})


# --- lists -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("ui/tabs.html")
def tabs(tabs: Iterable[Tab], label: str) -> dict[str, Any]:
    return {"tabs": tabs, "label": label}


@register.inclusion_tag("ui/stages.html")
def stages(stages: Iterable[Stage], label: str = "支援の段階") -> dict[str, Any]:
    return {"stages": stages, "label": label}


def address_with(query: QueryDict, **changes: str | None) -> str:
    """The same page with other parameters; always back at its first page unless `page` is what changes."""
    altered = query.copy()
    altered.pop("page", None)
    for name, value in changes.items():
        altered.pop(name, None)
        if value is not None:
            altered[name] = value
    return f"?{altered.urlencode()}"


@register.inclusion_tag("ui/sort_heading.html", takes_context=True)
def sort_heading(context: Context, key: str, label: str, number: bool = False) -> dict[str, Any]:
    """A <th> whose link sorts by `key`; the parameter is `sort`, with a minus for descending."""
    query = context["request"].GET
    current = query.get("sort", "")
    direction = "ascending" if current == key else "descending" if current == f"-{key}" else ""
    url = address_with(query, sort=f"-{key}" if current == key else key)
    return {"label": label, "direction": direction, "url": url, "number": number}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], unit: str = "件") -> dict[str, Any]:
    query = context["request"].GET
    return {
        "page": page,
        "unit": unit,
        "previous": address_with(query, page=str(page.previous_page_number())) if page.has_previous() else "",
        "next": address_with(query, page=str(page.next_page_number())) if page.has_next() else "",
    }


@register.inclusion_tag("ui/filter_tags.html", takes_context=True)
def filter_tags(context: Context, form: BaseForm) -> dict[str, Any]:
    """What narrows the list now, each with a link that removes it; `form` is the bound GET form of the filter."""
    query = context["request"].GET
    chosen = [
        {"label": bound.label, "value": shown_choice(bound), "url": address_with(query, **{bound.html_name: None})}
        for bound in form
        if query.get(bound.html_name) and not bound.errors and not bound.is_hidden
    ]
    return {"chosen": chosen, "clear": address_with(QueryDict(mutable=True), sort=query.get("sort"))}


def shown_choice(bound: BoundField) -> str:
    value = bound.value()
    labels = dict(getattr(bound.field, "choices", ()))
    return str(labels.get(value, value)) if isinstance(value, str) else ""


@register.inclusion_tag("ui/chart.html")
def chart(svg: str, title: str, reading: str, columns: Sequence[str], rows: Sequence[Sequence[object]], level: int = 2) -> dict[str, Any]:
    """A picture with one sentence that reads it and the same figures as a table; a cell may be (text, url)."""
    cells = [[value if isinstance(value, tuple) else (value, "") for value in row] for row in rows]
    return {"svg": svg, "title": title, "reading": reading, "columns": columns, "rows": cells, "level": level}
