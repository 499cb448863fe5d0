"""Small components: a word, a sign, a figure."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import uuid4

from django import template
from django.contrib.messages.storage.base import Message
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from foundation import codes, phones
from ui import messages as notices
from ui.parts import Badge, Tone

register = template.Library()


CONSENT = {
    "given": Badge("同意あり", "consent", "handshake"),
    "partial": Badge("同意は一部", "warn", "handshake"),
    "withdrawn": Badge("同意の撤回あり", "error", "ban"),
    "none": Badge("同意はまだ", "warn", "circle-question-mark"),
}


@cache
def drawn(name: str, size: str) -> SafeString:
    css_class = f"ui-icon ui-icon--{size}" if size else "ui-icon"
    attributes: dict[str, Any] = {"class": css_class, "aria-hidden": "true", "focusable": "false"}
    return mark_safe(lucide(name, **attributes))  # noqa: S308  a drawing of the package and constants


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A lucide drawing beside a word; size="s" for 16 px."""
    return drawn(str(name), size)


@register.filter
def phone(value: object) -> str:
    """06-6576-9897 for what is stored as digits."""
    return phones.national(value) if isinstance(value, str) else "" if value is None else str(value)


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
