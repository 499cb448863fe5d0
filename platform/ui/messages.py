"""Messages that offer a way back."""

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

UNDO = "undo "
TONES = {"success": "ok", "warning": "warn", "error": "error", "info": "info", "debug": "info"}


def undoable(request: HttpRequest, text: str, *, undo_url: str) -> None:
    """Say what was done, with a button that posts to `undo_url`."""
    messages.success(request, text, extra_tags=UNDO + undo_url)


def undo_address(message: Message) -> str:
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


def tone(message: Message) -> str:
    return TONES.get(message.level_tag, "info")
