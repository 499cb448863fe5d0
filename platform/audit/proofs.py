"""Proof that one line is in the trail that was anchored, for somebody who has neither our code nor our database."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

from audit.heads import Head, Keyring, kept_heads
from audit.sealing import closed_days, leaf_text
from audit.trees import DayRoot, Step, path_of, root_of
from audit.verification import one_moment, sealed_line


class NotProvable(Exception):
    """The message says why, for the person at the terminal."""


def prove(seq: int, keys: Keyring) -> dict[str, Any]:  # Any: JSON
    """The line's text and salt, the way from its leaf to its day's root, and from there to the root of a signed head.

    The head is the oldest that has the line; whoever doubts compares it with what lies in the stores outside.
    Checked by deploy/verify_inclusion.py. Raises NotProvable.
    """
    with one_moment():
        head = _head_over(seq, keys)
        row = sealed_line(seq)
        if row is None or row.text is None or row.salt is None:
            raise NotProvable(f"{seq} 行目の証跡か塩がありません。")
        days = _days_at(head.size)
        number, day = next((number, day) for number, day in enumerate(days) if day.first <= seq <= day.last)
        path = path_of(seq - day.first, _leaves(day.first, day.last))
    return {
        "line": leaf_text(row.seq, row.sealing, json.loads(row.text), row.form),
        "salt": row.salt.hex(),
        "day": {"day": day.day.isoformat(), "first": day.first, "last": day.last},
        "path_to_day": _said(path),
        "path_to_head": _said(path_of(number, [one.leaf for one in days])),
        "head": head.body,
        "signature": head.signature.hex(),
        "key": head.key,
    }


def _head_over(seq: int, keys: Keyring) -> Head:
    for head in kept_heads():
        if head.size >= seq > 0:
            if not keys.accepts(head):
                raise NotProvable(f"{head.size} 行目の控えの署名が正しくありません。")
            return head
    raise NotProvable(f"{seq} 行目はまだ外に控えられていません（または、ありません）。")


def _days_at(size: int) -> list[DayRoot]:
    """The days as they stood when the trail had `size` lines."""
    with connection.cursor() as cursor:
        closed = [day for day in closed_days(cursor) if day.last <= size]
        reached = closed[-1].last if closed else 0
        if reached == size:
            return closed
        cursor.execute("SELECT day FROM audit_auditseal WHERE seq = %s", [size])
        (running,) = cursor.fetchone()
    return [*closed, DayRoot(running, reached + 1, size, root_of(_leaves(reached + 1, size)))]


def _leaves(first: int, last: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM audit_auditseal WHERE seq BETWEEN %s AND %s ORDER BY seq", [first, last])
        return [bytes(leaf) for (leaf,) in cursor.fetchall()]


def _said(path: Iterable[Step]) -> list[list[str]]:
    return [[step.side, step.hash.hex()] for step in path]
