"""Whoever looks at a page has signed in before, and a sign-in has made the host's key: its line holds digests. force_login makes none."""

import pytest

from audit import trail
from tenants.hosts import Host


@pytest.fixture(autouse=True)
def _key_of_the_host(request: pytest.FixtureRequest) -> None:
    if "centre" in request.fixturenames:
        host: Host = request.getfixturevalue("centre")
        assert host.is_centre
        trail.digest("a sign-in")
