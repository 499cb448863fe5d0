import os
import time

from vault.ring import Ring


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_is_forgotten_after_its_time() -> None:
    clock = Clock()
    ring = Ring(limit=10, lifetime=60.0, clock=clock)
    ring.put("a", b"key")
    clock.now = 59.9
    assert ring.get("a") == b"key"
    clock.now = 60.0
    assert ring.get("a") is None


def test_an_idle_process_lets_its_keys_go() -> None:
    ring = Ring(limit=10, lifetime=0.05)
    ring.put("a", b"key")
    time.sleep(0.2)
    assert not ring._held


def test_the_oldest_key_gives_way() -> None:
    ring = Ring(limit=2, lifetime=60.0)
    for name in "abc":
        ring.put(name, name)
    assert [ring.get(name) for name in "abc"] == [None, "b", "c"]


def test_a_forked_process_starts_without_keys() -> None:
    ring = Ring(limit=2, lifetime=60.0)
    ring.put("a", b"key")
    child = os.fork()
    if child == 0:
        os._exit(0 if ring.get("a") is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ring.get("a") == b"key"
