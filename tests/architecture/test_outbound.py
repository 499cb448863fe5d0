"""No module but foundation.outbound can ask another machine by an address (B45)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# deploy/ is the launcher of local servers and never part of a request
SOURCES = ("config", "api", "casework", "network", "tenants", "platform")
ASKS = (
    "requests",
    "urllib.request",
    "urllib3",
    "http.client",
    "httpx",
    "aiohttp",
    "socket",
    "ftplib",
    "smtplib",
    "telnetlib",
    "xmlrpc",
    "pycurl",
)
# storage, keys and the broker go by clients of their own to machines that only the environment names
DOORS = {
    "platform/foundation/outbound.py",
    "platform/files/scanner.py",  # clamd speaks no HTTP; its address too stands in the environment alone
}


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def asks(source: str) -> list[str]:
    return [name for name in imported(source) if any(name == way or name.startswith(f"{way}.") for way in ASKS)]


def test_only_one_module_asks_other_machines() -> None:
    """B45: an import of anything that connects, outside the one door, fails here."""
    files = [path for source in SOURCES for path in (ROOT / source).rglob("*.py")]
    assert len(files) > 100
    found = {str(path.relative_to(ROOT)): names for path in files if (names := asks(path.read_text()))}
    assert set(found) == DOORS, found


@pytest.mark.parametrize(
    "line", ["import requests", "from urllib import request", "import urllib.request as u", "def f():\n    from httpx import get"]
)
def test_the_check_sees_every_way_of_importing(line: str) -> None:
    assert asks(line)
    assert not asks("from urllib.parse import urlsplit\nimport requests_like")
