"""The gallery in a real browser, without a server: pages are rendered here, files come from the static finders."""

import mimetypes
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from ui import messages, rail
from ui.views import gallery

ADDRESS = "http://gallery.localhost"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'"


class Messages(BaseStorage):
    """Messages of one request, kept nowhere."""

    def _get(self, *args: object, **kwargs: object) -> tuple[list[object], bool]:
        return [], True

    def _store(self, messages: object, response: object, *args: object, **kwargs: object) -> list[object]:
        return []


def gallery_request(address: str = "/ui/") -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = SimpleNamespace(is_authenticated=True, name="山田 花", guest_entry=None)  # type: ignore[assignment]
    request.tenant = SimpleNamespace(name="みほんの相談室")  # type: ignore[attr-defined]
    request.urlconf = "tests.ui.urls"
    request._messages = Messages(request)  # type: ignore[attr-defined]
    messages.undoable(request, "「通帳の写し」を完了にしました。", undo_url="/undo/")
    return request


@pytest.fixture
def rail_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rail of our own, whatever the slices have registered."""
    monkeypatch.setattr(rail, "_items", {})
    monkeypatch.setattr(rail, "_searchers", [lambda request: True])
    for order, label, short, icon, name, key in (
        (10, "今日", "今日", "house", "today", "t"),
        (20, "担当ケース", "ケース", "users", "cases", "c"),
        (30, "電話受付", "受付", "phone", "reception", "u"),
        (40, "支援調整会議", "会議", "handshake", "meetings", "m"),
        (50, "月次報告", "月次", "chart-column", "month", "r"),
    ):
        rail.register(rail.RailItem(order, label, short, icon, name, lambda request: True, key))


@pytest.fixture
def render(rail_items: None) -> Callable[[str], HttpResponse]:
    return lambda address="/ui/": gallery(gallery_request(address))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "chromium がありません。make test が入れます。"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser, render: Callable[[str], HttpResponse]) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", base_url=ADDRESS, viewport={"width": 1366, "height": 768})
    opened.route("**/*", lambda route: answer(route, render))
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test on any error of a script and anything the policy refuses."""
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    assert problems == []


def answer(route: Route, render: Callable[[str], HttpResponse]) -> None:
    parts = urlsplit(route.request.url)
    if parts.path.startswith("/static/"):
        found = finders.find(parts.path.removeprefix("/static/"))
        route.fulfill(body=Path(found).read_bytes(), content_type=mimetypes.guess_type(found)[0]) if found else route.fulfill(status=404)
    elif parts.path == "/ui/" and route.request.method == "GET":
        response = render(f"/ui/?{parts.query}")
        headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(status=response.status_code, body=response.content.decode(), headers=headers)
    elif parts.path == "/broken/":
        route.fulfill(status=500, body="")
    else:
        route.fulfill(body=f"<!DOCTYPE html><title>{route.request.method} {parts.path}</title>", content_type="text/html; charset=utf-8")
