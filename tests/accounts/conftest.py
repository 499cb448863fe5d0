"""Passwords are hashed by the real algorithm at its least cost."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from vault.keys import keyed_digest


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)


@pytest.fixture(autouse=True)
def _key_of_the_host(request: pytest.FixtureRequest) -> None:
    """A line about who asked needs the host's key; in a test the first page would be what makes it, and a GET only reads."""
    for host in {"centre", "headquarters"}.intersection(request.fixturenames):
        request.getfixturevalue(host)
        keyed_digest("made before a page is read")
