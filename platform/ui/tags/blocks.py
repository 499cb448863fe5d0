"""Components with contents."""

from collections.abc import Sequence
from datetime import date

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from foundation import clock
from ui.parts import Badge, Tone

register = template.Library()


BANNER_ICONS = {"info": "info", "ok": "circle-check", "warn": "triangle-alert", "error": "octagon-alert"}


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
    """Not in the body of a `{% for %}`: there the loop takes the word for its own."""
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
    tone: Tone = "" if late is None or late < -3 else "error" if late > 0 else "warn"
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
