"""What every page of the shell needs to know."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from foundation import clock
from ui import rail


def shell(request: HttpRequest) -> dict[str, Any]:
    """The rail, the addresses that every page shows and today; nothing is asked of the database until a template shows it."""
    return {
        "rail": SimpleLazyObject(lambda: rail.shown_to(request)),
        "search_url": SimpleLazyObject(lambda: _search_address(request)),
        "settings_url": _address_or_nothing(request, "accounts:settings"),
        "logout_url": _address_or_nothing(request, "account_logout"),
        "today": SimpleLazyObject(clock.today),
    }


def _search_address(request: HttpRequest) -> str:
    return _address_or_nothing(request, "clients:search") if rail.search_is_offered_to(request) else ""


def _address_or_nothing(request: HttpRequest, name: str) -> str:
    try:
        return reverse(name, urlconf=getattr(request, "urlconf", None))
    except NoReverseMatch:
        return ""
