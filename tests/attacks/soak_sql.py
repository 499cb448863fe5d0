"""sqlmap at level 3 against everything of the running demo that takes a word from outside into a query: nothing gives way.

The same call is shown to find the hole in a small server that has one.
"""

import http.server
import sqlite3
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests import soaking
from tests.attacks.demo import RunningDemo

PROGRAM = Path(sys.prefix) / "bin" / "sqlmap"
COUNSELLOR, CHIEF = ("minato", "tanto@minato.example.jp"), ("minato", "chief@minato.example.jp")
FOUND = "is vulnerable"
LISTS = (
    "/cases/?view=all*&sort=received_on*&stage=received*&owner=a*&page=1*",
    "/meetings/?page=1*",
    "/?view=team*",
)
API = (
    "/api/v1/cases/?stage=received*&received_from=2026-04-01*&received_until=2026-12-31*&page=1*",
    "/api/v1/monthly-reports/2026-05*",
)


def sqlmap(address: str, folder: Path, *options: str) -> str:
    """What it said at level 3 over every place marked with *."""
    command = [
        sys.executable, str(PROGRAM), "-u", address, "--batch", "--level", "3", "--risk", "1", "--flush-session", "--disable-coloring",
        "--output-dir", str(folder), "--timeout", "30", "--retries", "1", "--ignore-code", "401,403,404,409,422", "--skip-waf",
        "--technique", "BEUSQT", "--time-sec", "3", *options,
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=soaking.seconds(1800), env=environment)
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


@pytest.mark.parametrize("path", LISTS)
def test_no_list_lets_a_word_into_its_query(path: str, unthrottled: RunningDemo, tmp_path: Path) -> None:
    """B42"""
    browser = unthrottled.sign_in(*COUNSELLOR)
    said = sqlmap(unthrottled.address(path), tmp_path, "--cookie", cookies_of(browser), "--host", unthrottled.name_of("minato"))
    judge(said, path)
    assert unthrottled.is_signed_in(browser), "what a stranger is refused proves nothing"


@pytest.mark.parametrize("path", API)
def test_the_api_lets_no_word_into_its_query(path: str, unthrottled: RunningDemo, tmp_path: Path) -> None:
    """B42"""
    token = unthrottled.api_token(unthrottled.sign_in(*CHIEF))
    headers = f"Authorization: Token {token}"
    said = sqlmap(unthrottled.address(path), tmp_path, "--headers", headers, "--host", unthrottled.name_of("minato"))
    judge(said, path)


def test_the_search_lets_no_word_into_its_query(unthrottled: RunningDemo, tmp_path: Path) -> None:
    """B42"""
    browser = unthrottled.sign_in(*COUNSELLOR)
    form = unthrottled.form_token(browser, "/clients/search/")
    data = f"csrfmiddlewaretoken={form}&q=a*"
    said = sqlmap(
        unthrottled.address("/clients/search/"),
        tmp_path,
        "--data",
        data,
        "--cookie",
        cookies_of(browser),
        "--host",
        unthrottled.name_of("minato"),
    )
    judge(said, "/clients/search/")
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
