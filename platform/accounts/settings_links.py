"""What slices above lay beside one's own settings: each registers its link in AppConfig.ready()."""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


class SettingsLink(NamedTuple):
    order: int
    label: str
    text: str
    url_name: str
    allowed: Callable[[HttpRequest], bool]


_links: dict[str, SettingsLink] = {}


def register(link: SettingsLink) -> None:
    _links[link.url_name] = link


def shown_to(request: HttpRequest) -> list[tuple[str, str, str]]:
    """(label, text, address) of what this account has at this host."""
    shown = []
    for link in sorted(_links.values(), key=attrgetter("order")):
        try:
            url = reverse(link.url_name, urlconf=getattr(request, "urlconf", None))
        except NoReverseMatch:
            continue  # a page that this host does not have
        if link.allowed(request):
            shown.append((link.label, link.text, url))
    return shown
