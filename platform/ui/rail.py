"""What the staff rail offers: each slice registers its own entry, the shell shows those that the viewer may use."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class RailItem:
    """One entry. `key` is the letter after `g` on the keyboard; `namespace` marks pages on which the entry is the current one."""

    order: int
    label: str
    short: str
    icon: str
    url_name: str
    allowed: Callable[[HttpRequest], bool]
    key: str = ""
    current_on: tuple[str, ...] = ()

    def is_current(self, view_name: str) -> bool:
        return view_name == self.url_name or view_name.startswith(self.current_on or (f"{self.url_name}:",))


@dataclass(frozen=True)
class ShownItem:
    item: RailItem
    url: str
    current: bool


_items: dict[str, RailItem] = {}
_searchers: list[Callable[[HttpRequest], bool]] = []


def register(item: RailItem) -> None:
    """Offer an entry; registering the same URL name again replaces it."""
    _items[item.url_name] = item


def offer_search(allowed: Callable[[HttpRequest], bool]) -> None:
    """Who finds 人を探す over her pages: a box that answers 403 is no offer."""
    _searchers.append(allowed)


def search_is_offered_to(request: HttpRequest) -> bool:
    return any(allowed(request) for allowed in _searchers)


def shown_to(request: HttpRequest) -> list[ShownItem]:
    """The entries of this host that the viewer may use, at most one of them current."""
    match = request.resolver_match
    view_name = match.view_name if match else ""
    shown = []
    for item in sorted(_items.values(), key=attrgetter("order")):
        try:
            url = reverse(item.url_name, urlconf=getattr(request, "urlconf", None))
        except NoReverseMatch:
            continue  # a page that this host does not have
        if item.allowed(request):
            shown.append(ShownItem(item, url, current=item.is_current(view_name)))
    return shown
