"""The register of everything that lets opened data out: each page, fragment, document and API class names itself and its channel."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from disclosure.channels import Channel

Way = TypeVar("Way", bound=Callable[..., Any])  # a view, a view class, a function that makes a document


class Output(NamedTuple):
    code: str
    channel: Channel
    made_by: str


_registered: dict[str, Output] = {}


def output(code: str, *, channel: str = Channel.SCREEN) -> Callable[[Way], Way]:
    """Mark what is decorated as the output `code`. Raises ValueError for a code that something else has."""

    def mark(way: Way) -> Way:
        entry = Output(code, Channel(channel), f"{way.__module__}.{way.__qualname__}")
        if _registered.setdefault(code, entry) != entry:
            raise ValueError(f"output {code} is taken by {_registered[code].made_by}")
        way.output = entry  # type: ignore[attr-defined]
        return way

    return mark


def registered() -> Mapping[str, Output]:
    return MappingProxyType(_registered)


def output_of(view: Any) -> Output | None:
    """The entry of what a URL leads to: a function, a class-based view or a viewset."""
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        entry = vars(candidate).get("output") if candidate is not None else None
        if isinstance(entry, Output):
            return entry
    return None
