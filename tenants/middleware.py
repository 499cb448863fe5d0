"""The host decides whose data a request can reach."""

import time
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from tenants.backend.base import sweep_parks
from tenants.connection import connection
from tenants.hosts import Host, host_named

SWEEP_SECONDS = 10


class HostMiddleware:
    """Sets request.tenant and request.urlconf and activates the host's login. A stranger's host is a bare 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.swept_at = time.monotonic()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = host_of(request)
        if host is None:
            return HttpResponse("404 Not Found\n", status=404, content_type="text/plain")
        before = connection.tenant
        connection.set_tenant(host)
        request.tenant, request.urlconf = host, host.urlconf  # type: ignore[attr-defined]  # ours, read by views
        try:
            response = self.get_response(request)
        finally:
            self.sweep()
        if not response.streaming:  # what is streamed may still read
            connection.set_tenant(before)
        return response

    def sweep(self) -> None:
        if time.monotonic() - self.swept_at > SWEEP_SECONDS:
            self.swept_at = time.monotonic()
            sweep_parks()


def host_of(request: HttpRequest) -> Host | None:
    try:
        return host_named(request.get_host())
    except DisallowedHost:
        return None
