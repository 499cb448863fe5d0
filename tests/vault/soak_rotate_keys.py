"""K4 in its long form: fifty kills at random points."""

import random

import pytest

from casework.clients.models import Client
from tests import soaking
from tests.vault.test_rotate_keys import assert_whole, kill_and_finish
from tests.vault.test_rotate_keys import people as people  # the fixture


@pytest.mark.parametrize("turn", range(5))
def test_killed_fifty_times_it_loses_nothing(people: list[Client], logins: str, turn: int) -> None:
    """K4: everything readable, nothing left on an old key, after every tenth kill."""
    kill_and_finish(logins, people[0], random.Random(soaking.SEED + turn), soaking.rounds(10))
    assert_whole(people)
