"""The small things that views hand to components."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["", "info", "ok", "warn", "error", "consent"]


@dataclass(frozen=True)
class Badge:
    label: str
    tone: Tone = ""
    icon: str = ""


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Stage:
    """One step of a case; a case may go back, so `url` may lead to any of them."""

    label: str
    state: Literal["done", "now", "ahead"]
    url: str = ""
