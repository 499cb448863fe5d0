"""kill -9 of web, worker, sealer and database at random points under load: the short form. `make soak` kills for five minutes."""

from random import Random

from tests.faults.killing import assert_nothing_was_lost, under_load
from tests.faults.machine import Machine

VICTIMS = ("web", "worker", "sealer", "postgres")


def test_whoever_is_killed_nothing_acknowledged_is_lost(mortal: Machine) -> None:
    random = Random(7)
    seen = under_load(mortal, seconds=20, random=random, victims=VICTIMS, every=lambda: random.uniform(2, 5))
    assert seen.written, seen.answers
    assert seen.read
    assert mortal.again, "nobody was killed"
    assert_nothing_was_lost(mortal, seen)
