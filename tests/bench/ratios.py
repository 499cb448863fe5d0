"""Ours against another way of doing the same, as medians of interleaved rounds in one process."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    name: str
    ours_ms: float
    theirs_ms: float
    limit: float | None

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.theirs_ms

    @property
    def holds(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


def compare(name: str, ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int, limit: float | None = None) -> Ratio:
    """One round of each in turn, so that what else the machine does strikes both."""
    mine, other = [], []
    for _ in range(rounds):
        mine.append(milliseconds(ours))
        other.append(milliseconds(theirs))
    return Ratio(name, statistics.median(mine), statistics.median(other), limit)


def milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
