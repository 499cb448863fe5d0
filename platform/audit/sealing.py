"""Gives committed lines their place: a number without gaps, a leaf, a link, a day's tree. Run by one process, for every host.

Which lines are new is asked of the rows themselves (committed, and without a seal), never of a cursor alone: a transaction that was open
for half a minute is sealed when it commits, behind lines that are younger, and nothing waits for it meanwhile.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction

from audit import trail
from audit.trees import BEGINNING, DayRoot, Tree, canonical, instant, leaf_of, link_of

log = structlog.get_logger("tsunagi.evidence")

FORM = 1
BATCH = 2000
SALT_BYTES = 32
CLOCK_MAY_SLIP = timedelta(seconds=2)
TOKYO = ZoneInfo("Asia/Tokyo")

# What a leaf says of a line, in form 1. A column that comes later needs a new form; old leaves keep theirs.
LINE = """jsonb_build_object(
    'id', l.id, 'at', to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'transaction', l.transaction,
    'actor', l.actor, 'actor_kind', l.actor_kind, 'membership', l.membership, 'action', l.action, 'verdict', l.verdict,
    'channel', l.channel, 'purpose', l.purpose, 'objects', l.objects, 'subjects', to_jsonb(l.subjects), 'fields', l.fields,
    'facts', l.facts, 'request_id', l.request_id, 'login', l.login, 'circumstances', l.circumstances)"""
OLDEST_RUNNING = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
UNSEALED = "l.id > %(after)s AND NOT EXISTS (SELECT 1 FROM audit_auditseal s WHERE s.line = l.id AND s.line > %(after)s)"

NEXT = f"SELECT l.id, {LINE}::text FROM audit_auditline l WHERE {UNSEALED} ORDER BY l.id LIMIT {BATCH}"  # noqa: S608 - our own text


class Sealing(NamedTuple):
    """When a stretch was sealed, and by which transaction; bound into each leaf of it.

    `horizon`: all lines of transactions before this number were sealed by then. One that turns up later is forged.
    """

    day: date
    sealed_at: datetime
    transaction: int
    horizon: int


def leaf_text(seq: int, sealing: Sealing, line: Any, form: int = FORM) -> str:  # Any: the line as JSON says it
    """What is hashed, before the salt."""
    return canonical(
        {
            "form": form,
            "seq": seq,
            "day": sealing.day.isoformat(),
            "sealed_at": instant(sealing.sealed_at),
            "transaction": sealing.transaction,
            "horizon": sealing.horizon,
            "line": line,
        }
    )


def day_of(now: datetime, last: date | None) -> date:
    """The day in Tokyo; it never goes back, whatever the clock does."""
    today = now.astimezone(TOKYO).date()
    return max(today, last) if last else today


class Tip(NamedTuple):
    seq: int = 0
    link: bytes = BEGINNING
    day: date | None = None
    sealed_at: datetime | None = None
    horizon: int = 0
    transaction: int = 0


class Busy(Exception):
    """Another sealer is at this host."""


class Sealer:
    """Of one host. Holds what can be read again from the database: when another process has sealed meanwhile, it is."""

    def __init__(self) -> None:
        self.tip = Tip()
        self.tree = Tree()  # of the last day
        self.floor = 0  # no line with a smaller id is still to come
        self._mark: tuple[int, int] | None = None  # an id, and a transaction after which it becomes the floor

    def run(self) -> int:
        """Seal what is committed by now; the number of lines. Call it with the host active, outside a transaction."""
        oldest_running, something = self._look()
        sealed, after, count = 0, self.floor, BATCH if something else 0
        while count == BATCH:
            try:
                ids = self._seal_batch(after)
            except Busy:
                return sealed
            count = len(ids)
            sealed += count
            after = ids[-1] if ids else after
        if something:
            self.tip = self.tip._replace(horizon=max(oldest_running, self.tip.horizon))
        if self._mark and oldest_running > self._mark[1]:
            # all that could come with a smaller id has come, and what came was sealed just now
            self.floor, self._mark = self._mark[0], None
        return sealed

    def _look(self) -> tuple[int, bool]:
        """The oldest transaction that runs, and whether any line waits."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {OLDEST_RUNNING}, EXISTS (SELECT 1 FROM audit_auditline l WHERE {UNSEALED})", {"after": self.floor})  # noqa: S608
            oldest_running, something = cursor.fetchone()
        return oldest_running, something

    @transaction.atomic
    def _seal_batch(self, after: int) -> list[int]:
        with connection.cursor() as cursor:
            take_turn(cursor)
            self._catch_up(cursor)
            cursor.execute("SELECT coalesce(max(id), 0) FROM audit_auditline")
            (newest,) = cursor.fetchone()
            cursor.execute("SELECT clock_timestamp(), pg_current_xact_id()::text::bigint")
            now, own = cursor.fetchone()
            cursor.execute(NEXT, {"after": after})
            rows = [(line, json.loads(text)) for line, text in cursor.fetchall()]
            if rows:
                self._append(cursor, now, own, rows)
        self._mark = self._mark or (newest, own)
        return [line for line, _ in rows]

    def _append(self, cursor: Any, now: datetime, own: int, rows: Sequence[tuple[int, Any]]) -> None:  # Any: Django's cursor
        watch_clock(now, self.tip)
        horizon = self.tip.horizon if own > self.tip.transaction else 0  # restored: another server counts anew
        sealing = Sealing(day_of(now, self.tip.day), now, own, horizon)
        if self.tip.day is not None and sealing.day > self.tip.day:
            cursor.execute("SELECT audit_close_day(%s, %s)", [self.tip.day, self.tree.root])
            tree = Tree()
        else:
            tree = self.tree
        salts = [os.urandom(SALT_BYTES) for _ in rows]
        first, link = self.tip.seq + 1, self.tip.link
        leaves = [
            leaf_of(leaf_text(seq, sealing, line), salt) for seq, ((_, line), salt) in enumerate(zip(rows, salts, strict=True), start=first)
        ]
        links = [link := link_of(link, leaf) for leaf in leaves]
        cursor.execute(
            "SELECT audit_seal(%s, %s, %s, %s, %s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[])",
            [first, sealing.day, now, sealing.horizon, [line for line, _ in rows], salts, leaves, links],
        )
        tree.extend(leaves)
        self.tree = tree
        self.tip = Tip(self.tip.seq + len(rows), link, sealing.day, now, horizon, own)

    def _catch_up(self, cursor: Any) -> None:  # Any: Django's cursor
        """Begin, or go on from what another sealer, or a transaction of ours that failed at its commit, left."""
        tip = tip_of(cursor)
        if tip[:2] == self.tip[:2]:
            return
        self.tip, self.tree, self.floor, self._mark = tip, Tree(leaves_of(cursor, tip.day)), 0, None


def take_turn(cursor: Any) -> None:  # Any: Django's cursor
    """One sealer at a time at a host, until the transaction ends. Raises Busy."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('audit_seal ' || current_schema(), 0))")
    if not cursor.fetchone()[0]:
        raise Busy


def tip_of(cursor: Any) -> Tip:  # Any: Django's cursor
    cursor.execute("SELECT seq, link, day, sealed_at, horizon, transaction FROM audit_auditseal ORDER BY seq DESC LIMIT 1")
    row = cursor.fetchone()
    return Tip(row[0], bytes(row[1]), *row[2:]) if row else Tip()


def leaves_of(cursor: Any, day: date | None) -> list[bytes]:  # Any: Django's cursor
    cursor.execute(
        "SELECT leaf FROM audit_auditseal WHERE seq > coalesce((SELECT max(last) FROM audit_auditday WHERE day < %s), 0) AND day = %s ORDER BY seq",
        [day, day],
    )
    return [bytes(leaf) for (leaf,) in cursor.fetchall()]


def closed_days(cursor: Any) -> list[DayRoot]:  # Any: Django's cursor
    cursor.execute("SELECT day, first, last, root FROM audit_auditday ORDER BY day")
    return [DayRoot(day, first, last, bytes(root)) for day, first, last, root in cursor.fetchall()]


def watch_clock(now: datetime, tip: Tip) -> None:
    """The order is that of the numbers; a clock that went back is told to the trail and to the log, once: the tip follows it."""
    if tip.sealed_at is None or now >= tip.sealed_at - CLOCK_MAY_SLIP:
        return
    seconds = int((tip.sealed_at - now).total_seconds())
    log.error("database clock went back", seconds=seconds, seq=tip.seq)
    trail.record_event("evidence.clock_went_back", by=None, seconds=seconds, seq=tip.seq, then=tip.sealed_at.astimezone(UTC))


def unsealed() -> int:
    """Lines that are committed and wait for their seal."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM audit_auditline l WHERE {UNSEALED}", {"after": 0})  # noqa: S608
        return int(cursor.fetchone()[0])
