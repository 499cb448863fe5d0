"""The keys a process holds open: few, and none longer than a minute, also when nobody asks any more."""

import ctypes
import os
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock, Timer
from typing import Any


def wipe(secret: bytes) -> None:
    """Overwrite the bytes of a key that nobody needs any more: freed memory keeps what was in it. CPython's layout of bytes."""
    ctypes.memset(id(secret) + bytes.__basicsize__ - 1, 0, len(secret))


class Ring:
    def __init__(self, *, limit: int, lifetime: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._lifetime, self._clock = limit, lifetime, clock
        self._start_empty()
        _rings.add(self)

    def _start_empty(self) -> None:
        self._held: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = Lock()
        self._timer: Timer | None = None

    def get(self, name: Hashable) -> Any:  # whatever was put
        with self._lock:
            since, value = self._held.get(name, (0.0, None))
            return value if value is not None and self._clock() - since < self._lifetime else None

    def get_many(self, names: Iterable[Hashable]) -> dict[Any, Any]:
        """Of these names those that are held; one look at the clock for all."""
        with self._lock:
            oldest_kept = self._clock() - self._lifetime
            held = ((name, self._held.get(name)) for name in names)
            return {name: entry[1] for name, entry in held if entry is not None and entry[0] > oldest_kept}

    def put(self, name: Hashable, value: object) -> None:
        with self._lock:
            self._held.pop(name, None)
            self._held[name] = (self._clock(), value)
            while len(self._held) > self._limit:
                self._held.popitem(last=False)
            if self._timer is None:
                self._wake_in(self._lifetime)

    def drop(self, name: Hashable) -> None:
        with self._lock:
            self._held.pop(name, None)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()

    def drop_old(self) -> None:
        with self._lock:
            oldest_kept = self._clock() - self._lifetime
            while self._held and next(iter(self._held.values()))[0] <= oldest_kept:
                self._held.popitem(last=False)
            self._timer = None
            if self._held:
                self._wake_in(next(iter(self._held.values()))[0] - oldest_kept)

    def _wake_in(self, seconds: float) -> None:
        self._timer = Timer(seconds, self.drop_old)
        self._timer.daemon = True
        self._timer.start()


_rings: "weakref.WeakSet[Ring]" = weakref.WeakSet()


def _empty_after_fork() -> None:
    """A child has neither the timer thread nor a lock that a thread of the parent held."""
    for ring in _rings:
        ring._start_empty()


os.register_at_fork(after_in_child=_empty_after_fork)
