"""What a process keeps in memory of the reference data, and for how long."""

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")
SECONDS = 60.0


class Remembered(Generic[T]):
    """The result of `load`, for at most a minute: pages ask hundreds of times, the database is asked once."""

    def __init__(self, load: Callable[[], T]) -> None:
        self.load = load
        self.kept: tuple[float, T] | None = None

    def get(self) -> T:
        kept = self.kept
        if kept is None or monotonic() - kept[0] > SECONDS:
            kept = self.kept = (monotonic(), self.load())
        return kept[1]

    def forget(self) -> None:
        self.kept = None
