"""Recomputes everything that was promised of a trail: leaves, links, days, heads, and what was anchored outside.

A finding names the first line at fault (number in the chain, id) and what is wrong with it. Against whoever may change everything in the
database at once only the anchors help; so a trail that cannot be compared with them is not called sound.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import guards, heads
from audit.anchors import Store, StoreAway
from audit.heads import Head, Keyring
from audit.sealing import CLOCK_MAY_SLIP, FORM, LINE, Sealing, closed_days, leaf_text
from audit.trees import BEGINNING, DayRoot, Tree, leaf_of, link_of

PAGE = 20_000
SEALED_WITHIN = timedelta(hours=1)  # from its commit a line has its seal, or nobody seals
ANCHORED_WITHIN = timedelta(hours=1)  # from its seal a line is known outside, or nothing arrives there, or under another name
OURS = "この中の控え"
CHAIN = f"""
    SELECT s.seq, s.line, s.day, s.sealed_at, s.transaction, s.horizon, s.form, s.leaf, s.link, t.salt, l.at, l.transaction,
           CASE WHEN l.id IS NOT NULL THEN {LINE}::text END
    FROM (SELECT * FROM audit_auditseal WHERE seq > %s ORDER BY seq LIMIT %s) s
    LEFT JOIN audit_auditline l ON l.id = s.line LEFT JOIN audit_auditsalt t ON t.line = s.line ORDER BY s.seq"""  # noqa: S608 - our own text


class Finding(NamedTuple):
    """What is wrong. `seq` and `line` say where; 0: with the trail as a whole."""

    seq: int
    line: int
    code: str
    message: str

    def rank(self) -> tuple[bool, bool, int]:
        """What names a line comes before what names a day or a stretch, and that before what names none."""
        return (self.seq == 0, self.code in {"day", "anchor"}, self.seq)


class Verdict(NamedTuple):
    size: int
    anchored: int  # how many of the lines the anchors outside confirm
    unsealed: int
    findings: list[Finding]
    remarks: list[str]


class SealedLine(NamedTuple):
    seq: int
    line: int
    day: date
    sealed_at: datetime
    transaction: int
    horizon: int
    form: int
    leaf: bytes
    link: bytes
    salt: bytes | None
    at: datetime | None
    own_transaction: int | None
    text: str | None

    @property
    def sealing(self) -> Sealing:
        return Sealing(self.day, self.sealed_at, self.transaction, self.horizon)


def verify(host: str, stores: Sequence[Store], keys: Keyring | None) -> Verdict:
    """Everything about the trail of the active host, against the anchors that `stores` give back. Nothing is changed.

    Fetches the anchors first, so that the trail can only be further than they are.
    """
    findings: list[Finding] = []
    remarks: list[str] = []
    fetched = dict(_fetched(host, stores, keys, findings))
    outside = [(name, head) for name, found in fetched.items() for head in found]
    reached = {name: max((head.size for head in found), default=0) for name, found in fetched.items()}
    try:
        with one_moment():
            findings += guards_missing()
            walk = Walk(closed_days_here(), [*_kept_here(keys, findings), *outside])
            walk.go()
            late, waiting = unsealed_lines(walk.horizon)
            late += _behind(reached)
    except DatabaseError as broken:
        findings.append(Finding(0, 0, "gone", f"証跡の表が読めません（{type(broken.__cause__ or broken).__name__}）。"))
        return Verdict(0, 0, 0, findings, remarks)
    findings += [*walk.findings, *late]
    if not stores:
        findings.append(Finding(0, 0, "no_anchors", "外の控えがないので、全体の書き換えや巻き戻しは確かめられません。"))
    remarks += walk.remarks
    return Verdict(walk.size, walk.anchored, waiting, sorted(findings, key=Finding.rank), remarks)


class Walk:
    """Once through the chain, in order. It goes on after a fault, but every kind of fault is told once, at its first line."""

    def __init__(self, days: Sequence[DayRoot], anchored: Sequence[tuple[str, Head]]) -> None:
        self.size, self.link, self.horizon, self.anchored = 0, BEGINNING, 0, 0
        self.findings: list[Finding] = []
        self.remarks: list[str] = []
        self.tree, self.day, self.day_began = Tree(), date.min, 1
        self.days = Tree()
        self.promised = {day.day: day for day in days}
        self.heads = sorted(anchored, key=lambda entry: entry[1].size)
        self.next_head = 0
        self.agreed = 0
        # transactions that sealed, in order, and when: what began after one of them is younger than it
        self.sealers: list[int] = []
        self.moments: list[datetime] = []
        self.restored = False

    def go(self) -> None:
        for row in chain():
            self.meet(row)
        self.close_day(still_open=True)
        if self.promised:
            self.fault(Finding(self.size + 1, 0, "day", f"{min(self.promised)} の根がありますが、その日の行がありません。"))
        for name, head in self.heads[self.next_head :]:
            self.fault(Finding(self.size + 1, 0, "cut", f"{name}には {head.size} 行目まで控えがありますが、{self.size} 行しかありません。"))

    def meet(self, row: SealedLine) -> None:
        if row.seq != self.size + 1:
            self.fault(Finding(self.size + 1, 0, "missing", f"通し番号 {self.size + 1} から {row.seq - 1} までの封印がありません。"))
        if row.day != self.day:
            self.close_day()
            self.day, self.day_began, self.tree = row.day, row.seq, Tree()
        self.look_at_line(row)
        self.look_at_time(row)
        if row.link != link_of(self.link, row.leaf):
            self.fault(Finding(row.seq, row.line, "link", "前の行とのつながりが違います（行か封印が入れ替えられたか、抜かれました）。"))
        self.tree.extend([row.leaf])
        self.size, self.link, self.horizon = row.seq, row.link, max(self.horizon, row.horizon)
        self.look_at_heads(row)

    def look_at_line(self, row: SealedLine) -> None:
        if row.text is None:
            self.fault(Finding(row.seq, row.line, "deleted", "封印された行がありません（消されました）。"))
        elif row.salt is None:
            self.fault(Finding(row.seq, row.line, "no_salt", "行の塩がないので、行と封印を照らし合わせられません。"))
        elif row.form != FORM:
            self.fault(Finding(row.seq, row.line, "form", f"知らない書式の版 {row.form} です。"))
        elif leaf_of(leaf_text(row.seq, row.sealing, json.loads(row.text)), row.salt) != row.leaf:
            self.fault(Finding(row.seq, row.line, "changed", "封印のあとで中身が変えられました。"))

    def look_at_time(self, row: SealedLine) -> None:
        """A line cannot be of a transaction that had ended before an earlier sealing, nor older than one its transaction came after."""
        if self.sealers and row.transaction < self.sealers[-1]:
            self.remarks.append(f"{row.seq} 行目から取引番号が小さくなっています（データベースの復元）。")
            self.sealers, self.moments, self.horizon, self.restored = [], [], 0, True
        if not self.sealers or row.transaction > self.sealers[-1]:
            if self.moments and row.sealed_at < self.moments[-1] - CLOCK_MAY_SLIP:
                self.remarks.append(f"{row.seq} 行目でデータベースの時計が戻っています。順序は通し番号によります。")
                self.moments, self.sealers = [], []
            self.sealers.append(row.transaction)
            self.moments.append(row.sealed_at)
        if row.own_transaction is None or row.at is None or (self.restored and row.own_transaction > row.transaction):
            return  # after a restore a line that had waited bears a number of the server that was
        if row.own_transaction < row.horizon:
            self.fault(Finding(row.seq, row.line, "inserted", "取引番号より後になって差し込まれました。"))
        before = bisect_right(self.sealers, row.own_transaction) - 1
        if before >= 0 and row.at < self.moments[before] - CLOCK_MAY_SLIP:
            self.fault(Finding(row.seq, row.line, "back_dated", "日時が、取引の始まりより前に遡らされています。"))

    def look_at_heads(self, row: SealedLine) -> None:
        while self.next_head < len(self.heads) and self.heads[self.next_head][1].size <= row.seq:
            name, head = self.heads[self.next_head]
            self.next_head += 1
            agrees = head.size == row.seq and head.facts["link"] == row.link.hex() and head.facts["root"] == self.root_here().hex()
            if agrees:
                self.agreed = row.seq
                self.anchored = self.anchored if name == OURS else row.seq
            else:
                span = f"{self.agreed + 1} 行目から {head.size} 行目まで"
                self.fault(Finding(self.agreed + 1, 0, "anchor", f"{name}の控え（{head.facts['time']}）と、{span}のどこかが違います。"))

    def day_here(self) -> DayRoot:
        return DayRoot(self.day, self.day_began, self.size, self.tree.root)

    def root_here(self) -> bytes:
        return self.days.with_leaf(self.day_here().leaf).root

    def close_day(self, *, still_open: bool = False) -> None:
        """Compare the day that ends with the root that was kept for it; the last one may have none yet."""
        if self.day == date.min:
            return
        kept = self.promised.pop(self.day, None)
        if kept != self.day_here() and not (still_open and kept is None):
            self.fault(Finding(self.day_began, 0, "day", f"{self.day} の根が、その日の行と合いません。"))
        self.days.extend([self.day_here().leaf])

    def fault(self, finding: Finding) -> None:
        if all(known.code != finding.code for known in self.findings):
            self.findings.append(finding)


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside is of one moment, while the sealer goes on."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def chain() -> Iterator[SealedLine]:
    seq = 0
    while True:
        rows = _page(seq, PAGE)
        yield from rows
        if len(rows) < PAGE:
            return
        seq = rows[-1].seq


def sealed_line(seq: int) -> SealedLine | None:
    found = _page(seq - 1, 1)
    return found[0] if found and found[0].seq == seq else None


def _page(after: int, limit: int) -> list[SealedLine]:
    with connection.cursor() as cursor:
        cursor.execute(CHAIN, [after, limit])
        return [_sealed_line(row) for row in cursor.fetchall()]


def _sealed_line(row: Sequence[Any]) -> SealedLine:  # Any: columns of every shape
    return SealedLine._make([bytes(column) if isinstance(column, memoryview) else column for column in row])


def closed_days_here() -> list[DayRoot]:
    with connection.cursor() as cursor:
        return closed_days(cursor)


def unsealed_lines(horizon: int) -> tuple[list[Finding], int]:
    """Lines without a seal: those that should long have had one, and how many simply wait.

    Whoever takes away a line that has no seal leaves no trace, so none waits for long.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE l.transaction < %(horizon)s), min(l.id) FILTER (WHERE l.transaction < %(horizon)s), "
            "clock_timestamp() - min(l.at) FILTER (WHERE l.transaction >= %(horizon)s) "
            "FROM audit_auditline l LEFT JOIN audit_auditseal s ON s.line = l.id WHERE s.line IS NULL",
            {"horizon": horizon},
        )
        waiting, forged, first, waited = cursor.fetchone()
    late = [Finding(0, first, "inserted", f"封印が済んだはずの取引に、封印のない行が {forged} 行あります。")] if forged else []
    if waited is not None and waited > SEALED_WITHIN:
        minutes = waited // timedelta(minutes=1)
        late.append(Finding(0, 0, "unsealed", f"{minutes} 分たっても封印のない行があります（封印のプロセスが止まっていませんか）。"))
    return late, waiting - forged


def _behind(reached: Mapping[str, int]) -> Iterator[Finding]:
    """The stores that have fallen behind: what none of them knows can be written anew."""
    for name, size in reached.items():
        first = sealed_line(size + 1)
        if first is None or first.sealed_at >= timezone.now() - ANCHORED_WITHIN:
            continue
        if size == 0:
            yield Finding(0, 0, "unknown_outside", f"{name}が一つもありません（名前が変えられたか、外へ届いていません）。")
        else:
            yield Finding(0, 0, "unanchored", f"{name}は {size} 行目までで、その後の行が 1 時間たっても届いていません。")


def guards_missing() -> list[Finding]:
    """Whoever changed what keeps the trail could change a line before it is sealed."""
    altered = guards.altered()
    message = f"変更を断るしくみか、書き込むしくみが、外されたか変えられています: {'、'.join(altered)}"
    return [Finding(0, 0, "unguarded", message)] if altered else []


def _kept_here(keys: Keyring | None, findings: list[Finding]) -> list[tuple[str, Head]]:
    try:
        kept = heads.kept_heads()
    except (ValueError, KeyError, TypeError):
        findings.append(Finding(0, 0, "forged_anchor", f"{OURS}に、控えでないものがあります。"))
        return []
    return [(OURS, head) for head in _signed(kept, keys, OURS, findings)]


def _fetched(host: str, stores: Sequence[Store], keys: Keyring | None, findings: list[Finding]) -> Iterator[tuple[str, list[Head]]]:
    """Of each store that answers its good heads."""
    for store in stores:
        name = f"外の控え（{store.name}）"
        try:
            found = store.fetch(host)
        except StoreAway as away:
            findings.append(Finding(0, 0, "store_away", f"{name}が読めません: {away}"))
        except ValueError:
            findings.append(Finding(0, 0, "forged_anchor", f"{name}に、控えでないものがあります。"))
        else:
            yield name, list(_signed(found, keys, name, findings))


def _signed(found: Sequence[Head], keys: Keyring | None, name: str, findings: list[Finding]) -> Iterator[Head]:
    """The good ones. The first whose signature, or whose bond with the one before, does not hold is told; it proves nothing."""
    before, told = "", set()
    for head in found:
        good = keys is not None and keys.accepts(head)
        bound = not good or head.facts["prev"] == before
        for holds, code, message in (
            (good, "signature", "署名が正しくありません"),
            (bound, "bond", "控えは、その前の控えにつながりません"),
        ):
            if not holds and code not in told:
                told.add(code)
                findings.append(Finding(0, 0, code, f"{name}の {head.size} 行目の{message}。"))
        if good:
            before = head.digest
            yield head
