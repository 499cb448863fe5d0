"""The addresses of a host by the names in its URL configuration."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.urls import URLResolver, reverse

from tests.access.matrix import GALLERY
from tests.worlds import Ids


def names_in(urlconf: str) -> set[str]:
    """Every named route but the gallery's; a route without a name is not found by the matrix, so it must not be there."""
    return {name for name in _names(import_module(urlconf).urlpatterns) if not name.startswith(GALLERY)}


def _names(patterns: list[Any], namespace: str = "") -> Iterator[str]:  # Any: patterns and resolvers
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield namespace + (pattern.name or f"(no name) {pattern.pattern}")


def address(route: str, ids: Ids, urlconf: str = "config.urls_centre") -> str:
    return reverse(route, kwargs=ids, urlconf=urlconf)
