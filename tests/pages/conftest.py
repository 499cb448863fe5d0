from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.worlds import Worlds, two_worlds


@pytest.fixture(scope="module")
def worlds(django_db_blocker: DjangoDbBlocker) -> Iterator[Worlds]:
    """One for a whole module: nobody here may change anything."""
    with django_db_blocker.unblock(), two_worlds() as found:
        yield found
