"""Every way out is registered: a page, a fragment or an API class that is not in the register of outputs fails here."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver

from disclosure.outputs import output_of, registered

URLCONFS = ("config.urls_centre", "config.urls_headquarters", "config.urls_entrance")
# layers above the gate; those below it, and libraries, cannot open anything (the layers are held by import-linter)
ABOVE_THE_GATE = ("exports", "casework", "network", "headquarters", "api", "config")


# one's own account and its sign-in; the page of the bare host; the gallery's invented people
BELOW_THE_GATE = ("accounts", "allauth", "tenants", "ui")


def views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def module_of(view: Any) -> str:
    target = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    return str(target.__module__)


@pytest.mark.parametrize("urlconf", URLCONFS)
def test_every_route_above_the_gate_is_a_registered_output(urlconf: str) -> None:
    missing = [
        f"{route} ({module_of(view)})"
        for route, view in views(import_module(urlconf).urlpatterns)
        if module_of(view).partition(".")[0] in ABOVE_THE_GATE and output_of(view) is None
    ]
    assert missing == []


@pytest.mark.parametrize("urlconf", URLCONFS)
def test_every_other_route_is_known_to_open_nothing(urlconf: str) -> None:
    """A page of a further library, or of a new lower layer, is looked at before it is let through."""
    homes = {module_of(view).partition(".")[0] for _, view in views(import_module(urlconf).urlpatterns)}
    assert homes <= {*ABOVE_THE_GATE, *BELOW_THE_GATE}


def test_the_register_is_not_empty() -> None:
    for urlconf in URLCONFS:
        import_module(urlconf)
    assert any(entry.channel == "screen" for entry in registered().values())
