"""One database with the real logins for a whole module: making one takes seconds, emptying a trail none."""

import os
from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests import databases
from tests.audit.trails import Trail


@pytest.fixture(scope="module")
def trails(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with django_db_blocker.unblock(), databases.own_database(f"trails_{os.getpid()}") as name:
        yield name
        for used in connections.all():
            used.close()


@pytest.fixture
def trail_of_centre(trails: str) -> Iterator[Trail]:
    """The trail of test_a, empty."""
    own = Trail()
    own.empty()
    yield own
    for used in connections.all():
        used.close()
