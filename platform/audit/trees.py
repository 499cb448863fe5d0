"""The hashes of the trail: leaves, the links of the chain, and Merkle trees as RFC 9162 makes them.

A day's leaves make the day's tree; the days, each as one leaf of its own, make the tree whose root is anchored outside. So a proof needs
one day's leaves and the roots of the days, and the roots alone still prove an old day whose lines are gone.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

LEAF, NODE, LINK = b"\x00", b"\x01", b"\x02"
BEGINNING = sha256(b"").digest()  # what the first link joins; the root of a tree without leaves, too


def canonical(thing: Any) -> str:  # Any: what JSON can say
    """One text for one thing: keys in order, no blanks, no escapes that are not needed. Numbers are whole."""
    return json.dumps(thing, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf_of(text: str, salt: bytes) -> bytes:
    return sha256(LEAF + text.encode() + salt).digest()


def link_of(before: bytes, leaf: bytes) -> bytes:
    return sha256(LINK + before + leaf).digest()


class DayRoot(NamedTuple):
    day: date
    first: int
    last: int
    root: bytes

    @property
    def text(self) -> str:
        return canonical({"day": self.day.isoformat(), "first": self.first, "last": self.last, "root": self.root.hex()})

    @property
    def leaf(self) -> bytes:
        """Its place in the tree of the days."""
        return sha256(LEAF + self.text.encode()).digest()


class Tree:
    """A tree that grows at its right end and keeps one hash for each full part of it."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._parts: list[bytes] = []
        self.extend(leaves)

    def extend(self, leaves: Iterable[bytes]) -> None:
        for part in leaves:
            size = self.size
            while size & 1:
                part = sha256(NODE + self._parts.pop() + part).digest()
                size >>= 1
            self._parts.append(part)
            self.size += 1

    def with_leaf(self, leaf: bytes) -> "Tree":
        """Another tree, one leaf longer; this one stays as it is."""
        longer = Tree()
        longer.size, longer._parts = self.size, [*self._parts]
        longer.extend([leaf])
        return longer

    @property
    def root(self) -> bytes:
        if not self._parts:
            return BEGINNING
        *parts, root = self._parts
        for part in reversed(parts):
            root = sha256(NODE + part + root).digest()
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    return Tree(leaves).root


class Step(NamedTuple):
    """A neighbour on the way from a leaf to the root."""

    side: str  # where the neighbour stands: "left" or "right"
    hash: bytes


def path_of(index: int, leaves: Sequence[bytes]) -> list[Step]:
    """The neighbours of leaf number `index`, from the bottom up."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*path_of(index, leaves[:half]), Step("right", root_of(leaves[half:]))]
    return [*path_of(index - half, leaves[half:]), Step("left", root_of(leaves[:half]))]
