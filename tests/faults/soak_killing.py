"""kill -9 of web, worker, sealer and database at random points under load, five minutes long."""

from random import Random

from tests import soaking
from tests.faults.killing import assert_nothing_was_lost, under_load
from tests.faults.machine import Machine
from tests.faults.test_killing import VICTIMS


def test_five_minutes_of_killing_lose_nothing_acknowledged(mortal: Machine) -> None:
    random = Random(soaking.SEED)
    seen = under_load(mortal, seconds=soaking.seconds(300), random=random, victims=VICTIMS, every=lambda: random.uniform(0.5, 6))
    killed = {name: mortal.again.count(name) for name in VICTIMS}
    soaking.tell(f"殺した回数 {killed}、書いた {len(seen.written)}、見た {len(seen.read)}、答え {seen.answers}")
    assert all(killed.values()), killed
    assert_nothing_was_lost(mortal, seen)
