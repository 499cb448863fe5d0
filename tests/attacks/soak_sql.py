"""sqlmap at level 3 against everything of the running demo that takes a word from outside into a query: nothing gives way.

The same call is shown to find the hole in a small server that has one.
"""

import http.server
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests import soaking
from tests.attacks.demo import RunningDemo

PROGRAM = Path(sys.prefix) / "bin" / "sqlmap"
COUNSELLOR, CHIEF = ("minato", "tanto@minato.example.jp"), ("minato", "chief@minato.example.jp")
FOUND = "is vulnerable"
LIST, MEETINGS, TODAY = "/cases/?view={}&sort={}&stage={}&owner={}&page={}", "/meetings/?page={}", "/?view={}"
API_LIST = "/api/v1/cases/?stage={}&received_from={}&received_until={}&page={}"
API_REPORT = "/api/v1/monthly-reports/{}"
USUAL = {
    LIST: ("all", "received_on", "received", "", "1"),
    MEETINGS: ("1",),
    TODAY: ("team",),
    API_LIST: ("received", "2026-04-01", "2026-12-31", "1"),
    API_REPORT: ("2026-05",),
}
AT_ONCE = 4  # the demo's web has eight threads


def sqlmap(address: str, folder: Path, *options: str) -> str:
    """What it said at level 3 over the place marked with *."""
    command = [
        sys.executable, str(PROGRAM), "-u", address, "--batch", "--level", "3", "--risk", "1", "--flush-session", "--disable-coloring",
        "--output-dir", str(folder), "--timeout", "30", "--retries", "1", "--ignore-code", "401,403,404,409,422", "--skip-waf",
        "--technique", "BEUSQT", "--time-sec", "3", *options,
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=soaking.seconds(3600), env=environment)
    return done.stdout + done.stderr


def cookies_of(browser: requests.Session) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


@pytest.fixture
def unthrottled(demo: RunningDemo) -> Iterator[RunningDemo]:
    """What was refused for its number would prove nothing."""
    with demo.unthrottled():
        yield demo


def judge(said: str, where: str) -> None:
    assert "do not appear to be injectable" in said, f"{where}: {said[-3000:]}"
    assert FOUND not in said
    assert "429" not in said.rpartition("HTTP error codes detected")[2], "throttled: what was refused proves nothing"


def marked(path: str) -> Iterator[str]:
    """The address once for each of its words, with the mark behind that one."""
    for place in range(len(USUAL[path])):
        yield path.format(*(f"{word}*" if number == place else word for number, word in enumerate(USUAL[path])))


def test_nothing_lets_a_word_into_its_query(unthrottled: RunningDemo, tmp_path: Path) -> None:
    """B42: every filter of the lists and of the API, and the search. One place at a time, so that the others keep their page whole."""
    browser = unthrottled.sign_in(*COUNSELLOR)
    token = unthrottled.api_token(unthrottled.sign_in(*CHIEF))
    as_counsellor = ("--cookie", cookies_of(browser), "--host", unthrottled.name_of("minato"))
    as_chief = ("--headers", f"Authorization: Token {token}", "--host", unthrottled.name_of("minato"))
    searched = f"csrfmiddlewaretoken={unthrottled.form_token(browser, '/clients/search/')}&q=a*"
    calls: list[tuple[str, tuple[str, ...]]] = [(path, as_counsellor) for which in (LIST, MEETINGS, TODAY) for path in marked(which)]
    calls += [(path, as_chief) for which in (API_LIST, API_REPORT) for path in marked(which)]
    calls += [("/clients/search/", (*as_counsellor, "--data", searched))]

    def attack(number: int) -> None:
        path, options = calls[number]
        folder = tmp_path / str(number)
        folder.mkdir()
        began = time.monotonic()
        judge(sqlmap(unthrottled.address(path), folder, *options), path)
        soaking.tell(f"{path}: {time.monotonic() - began:.0f} 秒、何も見つからない")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(attack, range(len(calls))))
    assert unthrottled.is_signed_in(browser), "what a stranger is refused proves nothing"


class Leaky(http.server.BaseHTTPRequestHandler):
    """What we are not: a word from outside, pasted into SQL."""

    def do_GET(self) -> None:
        word = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("q", [""])[0]
        store = sqlite3.connect(":memory:")
        store.execute("CREATE TABLE people (name TEXT)")
        store.execute("INSERT INTO people VALUES ('a')")
        try:
            rows = store.execute(f"SELECT name FROM people WHERE name = '{word}'").fetchall()
            status, body = 200, f"<p>{len(rows)} found</p>{rows}"
        except sqlite3.Error as error:
            status, body = 500, str(error)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        pass


@contextmanager
def leaky_server() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Leaky)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/?q=a*"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_same_call_finds_a_hole_where_there_is_one(tmp_path: Path) -> None:
    with leaky_server() as address:
        said = sqlmap(address, tmp_path)
    assert "Type: boolean-based blind" in said or FOUND in said, said[-3000:]
