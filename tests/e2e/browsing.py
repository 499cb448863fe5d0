"""A person at a browser: what she does, what it costs her, and whether the page she sees is in order."""

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, StorageState, ViewportSize
from pypdf import PdfReader

from tests.e2e.stack import LiveStack
from tests.factories.people import PASSWORD

WIDE, NARROW = ViewportSize(width=1366, height=768), ViewportSize(width=320, height=640)
MOST_BYTES, MOST_REQUESTS, MOST_NODES, LEAST_TARGET = 80_000, 14, 1_500, 24
FETCH = """path => fetch(path).then(async answer => {
    const reader = new FileReader(), read = new Promise(done => { reader.onload = done; });
    reader.readAsDataURL(await answer.blob());
    await read;
    return [answer.status, answer.headers.get("content-type"), reader.result.split(",")[1]];
})"""
PROBE = (Path(__file__).parent / "probe.js").read_text()


class Weight(NamedTuple):
    """A page loaded with an empty cache; the HTML as a proxy sends it, the rest as it came."""

    bytes: int
    requests: int
    nodes: int


class Effort(NamedTuple):
    clicks: int
    keys: int
    pages: int


class Visitor:
    """One browser context at one host: its cookies, what it complained about, what was loaded."""

    def __init__(self, browser: Browser, live: LiveStack, host: str, cookies: StorageState | None = None) -> None:
        self.live, self.host = live, host
        self.context = browser.new_context(viewport=WIDE, locale="ja-JP", timezone_id="Asia/Tokyo", storage_state=cookies)
        self.context.add_init_script(PROBE)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.answers: list[Response] = []
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):  # statuses are looked at below
            self.complaints.append(message.text)

    def _answered(self, response: Response) -> None:
        self.answers.append(response)
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type not in {"document", "xhr", "fetch"}):
            self.complaints.append(f"{response.status} {response.url}")

    # -- going about -----------------------------------------------------------
    def go(self, path: str) -> int:
        """Open an address of this host; the status it answered with."""
        response = self.page.goto(self.live.address(self.host, path))
        assert response is not None
        return response.status

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def sign_in(self, email: str, password: str = PASSWORD, *, then: str = "") -> None:
        self.go(f"/accounts/login/?next={then}" if then else "/accounts/login/")
        self.type_into("メールアドレス", email)
        self.type_into("パスワード", password)
        self.press("サインイン")

    def type_into(self, label: str, text: str, *, within: Locator | None = None) -> None:
        self.field(label, within=within).fill(text)

    def field(self, label: str, *, within: Locator | None = None) -> Locator:
        """A control by its label, whether or not the label also says that something is needed."""
        labelled = (within or self.main).get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*(※\S+)?\s*$"))
        return labelled.and_(self.page.locator("input, textarea, select"))

    def choose(self, label: str, *, within: Locator | None = None) -> None:
        """Tick a box or a radio button by its words."""
        self.field(label, within=within).check()

    def tap(self, name: str, *, within: Locator | None = None) -> None:
        """A button that changes something on this page."""
        (within or self.main).get_by_role("button", name=named(name)).click()

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """A button that leads to another page, or to this one with its errors."""
        with self.page.expect_navigation():
            (within or self.main).get_by_role("button", name=named(name)).click()

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        with self.page.expect_navigation():
            (within or self.main).get_by_role("link", name=named(name)).first.click()

    def strike(self, *keys: str) -> None:
        """Keys of which the last leads to another page."""
        for key in keys[:-1]:
            self.page.keyboard.press(key)
        with self.page.expect_navigation():
            self.page.keyboard.press(keys[-1])

    def write(self, text: str) -> None:
        """Where the caret stands."""
        self.page.keyboard.insert_text(text)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def rail(self) -> Locator:
        return self.page.locator(".ui-rail")

    def reads(self, *words: str) -> None:
        """All of this stands on the page, to be seen."""
        text = self.page.locator("body").inner_text()
        missing = [word for word in words if word not in text]
        assert not missing, f"{self.page.url}: {missing} not in\n{text}"

    def does_not_read(self, *words: str) -> None:
        text = self.page.content()
        assert not [word for word in words if word in text], f"{self.page.url} shows {words}"

    def download(self, name: str) -> bytes:
        """What a link hands over as a file."""
        with self.page.expect_download() as expected:
            self.main.get_by_role("link", name=named(name)).first.click()
        return Path(expected.value.path()).read_bytes()

    def paper(self, name: str) -> str:
        """The words of the PDF behind a link of this page."""
        path = self.main.get_by_role("link", name=named(name)).first.get_attribute("href")
        status, kind, content = self.page.evaluate(FETCH, path)
        assert (status, kind) == (200, "application/pdf"), f"{path}: {status} {kind}"
        return "".join(page.extract_text() for page in PdfReader(BytesIO(b64decode(content))).pages)

    # -- looking at the page ---------------------------------------------------
    def check(self) -> None:
        """axe finds nothing, one heading, targets large enough, no sideways scroll on a phone, and nobody complained."""
        where = f"{self.path} ({self.page.title()})"
        violations = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        assert not violations, f"{where}: {readable(violations)}"
        assert self.page.locator("h1").count() == 1, f"{where}: one h1"
        assert self.page.evaluate(f"probe.small_targets({LEAST_TARGET})") == [], where
        nodes = self.page.evaluate("document.getElementsByTagName('*').length")
        assert nodes <= MOST_NODES, f"{where}: {nodes} nodes"
        self.page.set_viewport_size(NARROW)
        wide = self.page.evaluate("probe.too_wide()")
        self.page.set_viewport_size(WIDE)
        assert wide == [], f"{where} at 320 px: {wide}"
        assert not self.complaints, f"{where}: {self.complaints}"

    def weigh(self, path: str) -> Weight:
        """Load the page as on a first visit."""
        session = self.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        lengths: dict[str, int] = {}
        session.on("Network.loadingFinished", lambda event: lengths.update({event["requestId"]: int(event["encodedDataLength"])}))
        kinds: dict[str, str] = {}
        session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        self.go(path)
        self.page.wait_for_load_state("networkidle")
        html = len(gzip.compress(self.page.content().encode()))
        rest = sum(length for request, length in lengths.items() if kinds.get(request) != "Document")
        session.detach()
        return Weight(html + rest, len(kinds), self.page.evaluate("document.getElementsByTagName('*').length"))

    # -- what it costs ---------------------------------------------------------
    @contextmanager
    def task(self, name: str, *, clicks: int, keys: int, into: dict[str, dict[str, Any]] | None = None) -> Iterator[None]:
        """Count trusted clicks and key strokes from here on; more than the budget fails. A chord is one key."""
        self.page.evaluate("probe.forget()")
        yield
        spent = self.effort()
        if into is not None:
            into[name] = {"clicks": [spent.clicks, clicks], "keys": [spent.keys, keys], "pages": spent.pages}
        assert (max(spent.clicks, clicks), max(spent.keys, keys)) == (clicks, keys), f"{name} costs {spent}"

    def effort(self) -> Effort:
        counted = json.loads(self.page.evaluate("probe.read()"))
        return Effort(counted["clicks"], counted["keys"], counted["pages"])

    def cookies_are(self, known: StorageState) -> bool:
        """Whether this visitor goes about with the session of this state."""
        mine = {cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "tsunagi_session"}
        return any(cookie["value"] in mine for cookie in known["cookies"])

    def leave(self) -> None:
        """End her session, if she has one, whatever page she is on."""
        page = self.context.new_page()
        page.goto(self.live.address(self.host, "/accounts/"))
        way_out = page.locator('form[action="/accounts/logout/"]').first
        if way_out.count():
            with page.expect_navigation():
                way_out.evaluate("form => form.submit()")
        page.close()

    def close(self) -> None:
        self.context.close()


def named(words: str) -> re.Pattern[str]:
    """The words in an accessible name, which has a space wherever an element begins."""
    return re.compile(r"\s*".join(re.escape(letter) for letter in words))


def readable(violations: list[dict[str, Any]]) -> str:
    """Any: axe's own report."""
    return "; ".join(f"{found['id']}: {[node['html'][:160] for node in found['nodes'][:3]]}" for found in violations)
