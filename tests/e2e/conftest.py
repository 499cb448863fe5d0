"""One live stack and one Chromium for the browser tests, with the people who sign in there.

They end with this folder: while Playwright runs in this thread, Django refuses to use its connections.
"""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from tests import databases
from tests.accounts.provider import Provider, running
from tests.e2e.browsing import Visitor
from tests.e2e.people import Furnished, furnish
from tests.e2e.stack import LiveStack, live_stack

DAY = date(2026, 5, 29)  # a Friday
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def corporation() -> Iterator[Provider]:
    """The corporation's own sign-in, which says that two factors were used."""
    with running() as provider:
        provider.bend = lambda claims: claims | {"amr": ["pwd", "mfa"]}
        yield provider


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker, corporation: Provider) -> Iterator[LiveStack]:
    """Web and worker are not running yet: whoever needs another day says so."""
    with django_db_blocker.unblock(), live_stack(tmp_path_factory.mktemp("live")) as live:
        with databases.logged_in(live.database):
            live.furnished = furnish(corporation.issuer)
        yield live
        for name in ("web", "worker"):
            assert "Traceback" not in live.log(name).read_text(), live.log(name).read_text()


@pytest.fixture
def furnished(stack: LiveStack) -> Furnished:
    """What lies at centre test-a before anybody signs in."""
    return stack.furnished


@pytest.fixture(scope="package")
def browser(stack: LiveStack) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def live(stack: LiveStack, browser: Browser) -> LiveStack:
    """The stack on its usual day."""
    if stack.day != DAY or not stack.own:
        stack.begin(DAY)
    return stack


@pytest.fixture
def visit(live: LiveStack, browser: Browser) -> Iterator[Visit]:
    """`visit("test-a", "counsellor@a.example.jp")`: a browser of her own, signed in if a name is given (once; then by her cookies)."""
    visitors: list[Visitor] = []

    def visit(host: str, email: str = "") -> Visitor:
        known = live.sessions.get((host, email))
        visitor = Visitor(browser, live, host, known)
        visitors.append(visitor)
        if known:
            visitor.go("/")
        elif email:
            visitor.sign_in(email)
            live.sessions[host, email] = visitor.context.storage_state()
        return visitor

    yield visit
    for visitor in visitors:
        if not any(visitor.cookies_are(known) for known in live.sessions.values()):
            visitor.leave()  # two devices at most: who signed in by hand signs out
        visitor.close()
    assert [each.complaints for each in visitors if each.complaints] == []
