"""A page of ten queries under our backend, two centres in turn, against plain Django on one kept connection."""

import io
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import override_settings
from django.urls import path

from accounts.models import Account
from tenants.activation import centre_active
from tests.bench.ratios import Ratio, compare

PAGES = 100
HOSTS = {"test_a": "test-a.testserver", "test_b": "test-b.testserver"}


def ten_queries(request: HttpRequest, alias: str) -> HttpResponse:
    names = [account.name for turn in range(10) for account in Account.objects.using(alias).filter(email=f"{turn % 3}@example.jp")]
    return HttpResponse("、".join(names))


urlpatterns = [path("<str:alias>/", ten_queries)]


class OwnPages:
    """The pages of this module, whatever the host says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = __name__  # type: ignore[attr-defined]  # Django's own hook
        return self.get_response(request)


def measure() -> Iterator[Ratio]:
    for schema in HOSTS:
        with centre_active(schema):
            for turn in range(3):
                Account.objects.create_user(f"{turn}@example.jp", name=f"相談{turn}")
    own = f"{__name__}.OwnPages"
    with override_settings(MIDDLEWARE=["tenants.middleware.HostMiddleware", own]):
        ours = visits(WSGIHandler(), "default")
    with override_settings(MIDDLEWARE=[own]):
        theirs = visits(WSGIHandler(), "plain")
    ours()
    theirs()
    yield compare(f"10クエリのページ×{PAGES}: つなぎ帖 / 素のDjango", ours, theirs, rounds=7, limit=1.6)


def visits(handler: WSGIHandler, alias: str) -> Callable[[], None]:
    hosts = cycle(HOSTS.values())

    def visit() -> None:
        for _ in range(PAGES):
            get(handler, f"/{alias}/", next(hosts))

    return visit


def get(handler: WSGIHandler, address: str, host: str) -> None:
    environ: dict[str, Any] = {  # Any: WSGI
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "SERVER_NAME": host,
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    status: list[str] = []
    response = handler(environ, lambda line, headers: status.append(line))
    assert "相談0" in b"".join(response).decode()
    response.close()  # as a server does: the connection goes back to its park
    assert status == ["200 OK"]
