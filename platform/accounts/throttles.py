"""How often one account, one address and one centre may ask for what is dear: searches, the API, papers, reports, exports (B20).

Counted in the cache, per host, in windows as long as settings.THROTTLES says. Without the cache nobody is held back: pages have to go on.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from tenants.activation import active_host


class TooMany(Exception):
    """Asked too often. Nothing has happened; answered 429 with Retry-After."""

    def __init__(self, scope: str, seconds: int) -> None:
        super().__init__(scope)
        self.seconds = seconds


def throttled(scope: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Inside a page decorator: each request counts, whatever its answer."""
    assert scope in settings.THROTTLES, scope

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            count(scope, request)
            return view(request, *args, **kwargs)

        page.throttled = scope  # type: ignore[attr-defined]  # read by the test of expensive pages
        return page

    return decorate


def count(scope: str, request: HttpRequest) -> None:
    """Count one request of the account, of the address it comes from and of the whole centre. Raises TooMany, with the longest wait."""
    now, waits = time.time(), []
    for whose, (times, seconds) in settings.THROTTLES[scope].items():
        who = _who(whose, request)
        if who is not None and _counted(f"throttle:{scope}:{whose}:{who}:{int(now // seconds)}", seconds) > times:
            waits.append(int(seconds - now % seconds) + 1)
    if waits:
        structlog.get_logger("tsunagi.throttles").warning("too many", scope=scope)
        raise TooMany(scope, max(waits))


def _who(whose: str, request: HttpRequest) -> str | None:
    if whose == "account":
        return str(request.user.pk) if request.user.is_authenticated else None
    if whose == "address":
        return address_of(request)
    return active_host().login


def address_of(request: HttpRequest) -> str | None:
    """The client's, as far as the trusted proxies vouch for it (ALLAUTH_TRUSTED_PROXY_COUNT)."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return None


def _counted(key: str, seconds: int) -> int:
    try:
        cache.add(key, 0, timeout=seconds + 5)
        return int(cache.incr(key))
    except (RedisError, OSError, ValueError):
        return 0
