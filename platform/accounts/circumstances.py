"""Under which circumstances a line was written: the session, how and how long ago its owner proved who she is, and from which machine.

Digests and codes only: a network or a session can be compared by whoever holds the host's key, and never read.
"""

import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from audit import trail
from vault.keys import KeyGone
from vault.refusals import KeyServiceAway

DIGEST = 32
NETWORK_BITS = {4: 24, 6: 48}
BROWSERS = (("Edg", "edge"), ("OPR", "opera"), ("Firefox", "firefox"), ("Chrome", "chrome"), ("Safari", "safari"))
SYSTEMS = (("Windows", "windows"), ("Android", "android"), ("iPhone", "ios"), ("iPad", "ios"), ("Mac OS", "macos"), ("Linux", "linux"))


class CircumstancesMiddleware:
    """Nothing is worked out until a line is written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = trail.circumstances.set(lambda: circumstances_of(request))
        try:
            return self.get_response(request)
        finally:
            trail.circumstances.reset(token)


def circumstances_of(request: HttpRequest) -> Mapping[str, trail.Facts]:
    return {
        "version": settings.VERSION,
        "agent": agent_family(request.headers.get("User-Agent", "")),
        "network": digested("network", network_of(get_client_ip(request) or "")),
        **proof_of(request),
    }


def proof_of(request: HttpRequest) -> Mapping[str, trail.Facts]:
    """By which factors, and how many seconds ago the last of them; an API token proves by itself."""
    if isinstance(request.user, AnonymousUser) or not hasattr(request, "session") or request.session.session_key is None:
        return {"strength": "token"} if request.headers.get("Authorization", "").startswith("Token ") else {}
    methods = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    kinds = sorted({str(method.get("type") or method.get("method")) for method in methods})
    last = max((method.get("at", 0) for method in methods), default=0)
    return {
        "session": digested("session", request.session.session_key),
        "strength": "/".join(kinds),
        "age": int(time.time() - last) if last else None,
    }


def network_of(address: str) -> str:
    """The network of the house, not the machine: /24, or /48 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{parsed}/{NETWORK_BITS[parsed.version]}", strict=False))


def digested(kind: str, text: str) -> str:
    """Empty where there is nothing, or where the host's key cannot be had: a line without it is better than none."""
    try:
        return trail.digest(f"{kind}|{text}")[:DIGEST] if text else ""
    except (KeyGone, KeyServiceAway, DatabaseError):
        return ""


def agent_family(agent: str) -> str:
    browser = next((name for mark, name in BROWSERS if mark in agent), "other")
    system = next((name for mark, name in SYSTEMS if mark in agent), "other")
    return f"{browser}/{system}"
