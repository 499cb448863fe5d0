"""Committed lines get their place: without a gap, without a second one, and none is passed over."""

import json
import os
import random
import signal
import time
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from audit import trail
from audit.sealing import Sealer, leaf_text
from audit.trees import BEGINNING, Tree, leaf_of, link_of, path_of, root_of
from audit.verification import chain, sealed_line
from tenants.activation import centre_active, host_active
from tenants.hosts import HEADQUARTERS
from tenants.passwords import password_for
from tests.audit.trails import Trail


@pytest.fixture
def own(trail_of_centre: Trail) -> Trail:
    return trail_of_centre


SEALS = "SELECT seq, line FROM audit_auditseal ORDER BY seq"


def session_of(schema: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A second session with the centre's own login: somebody else at work."""
    address = connection.settings_dict
    login = f"c_{schema}"
    return psycopg.connect(
        host=address["HOST"],
        port=address["PORT"],
        dbname=address["NAME"],
        user=login,
        password=password_for(login, role_secret=settings.ROLE_SECRET),
        options=f"-c search_path={schema}",
    )


APPEND = "SELECT audit_append(NULL, 'system', NULL, %s, 'event', '', '', '[]', '{}', '{}', '{}', '')"


# -- the hashes


def test_a_tree_is_the_one_of_rfc_9162() -> None:
    leaves = [sha256(b"\x00" + bytes([number])).digest() for number in range(7)]

    def pair(left: bytes, right: bytes) -> bytes:
        return sha256(b"\x01" + left + right).digest()

    a, b, c, d, e, f, g = leaves
    assert root_of([]) == sha256(b"").digest()
    assert root_of([a]) == a
    assert root_of(leaves) == pair(pair(pair(a, b), pair(c, d)), pair(pair(e, f), g))
    tree = Tree(leaves[:6])
    assert tree.with_leaf(g).root == root_of(leaves)
    assert tree.root == root_of(leaves[:6])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_every_leaf_has_a_path_to_the_root(size: int) -> None:
    leaves = [sha256(bytes([number])).digest() for number in range(size)]
    for index, leaf in enumerate(leaves):
        reached = leaf
        for side, neighbour in path_of(index, leaves):
            reached = sha256(b"\x01" + (neighbour + reached if side == "left" else reached + neighbour)).digest()
        assert reached == root_of(leaves)


def test_a_leaf_binds_every_column_of_the_line_its_place_and_its_salt(centre: object) -> None:
    trail.record_event("sign_in", by=None, channel="screen", subjects=[uuid4()], n=1)
    Sealer().run()
    row = sealed_line(1)
    assert row is not None
    assert row.text is not None
    assert row.salt is not None
    line = json.loads(row.text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'audit_auditline'::regclass AND attnum > 0 AND NOT attisdropped")
        assert set(line) == {name for (name,) in cursor.fetchall()}
    assert row.leaf == leaf_of(leaf_text(1, row.sealing, line), row.salt)
    assert row.link == link_of(BEGINNING, row.leaf)
    assert len(row.salt) == 32
    assert row.leaf != leaf_of(leaf_text(2, row.sealing, line), row.salt)


# -- the order


def test_lines_of_before_the_sealer_are_sealed_too_and_then_the_new_ones(own: Trail) -> None:
    own.write(5)
    assert own.seal() == 5
    assert own.seal() == 0
    own.write(2)
    assert own.seal() == 2
    assert own.rows(SEALS) == [(number, line) for number, (line,) in enumerate(own.rows("SELECT id FROM audit_auditline ORDER BY id"), 1)]


def test_a_transaction_that_is_open_for_long_is_sealed_when_it_commits_and_holds_nobody_up(own: Trail) -> None:
    """E9: nothing waits for it, and it is not passed over."""
    with session_of("test_a") as slow:
        slow.execute(APPEND, ["slow.one"])
        for _ in range(3):
            own.write(2)
            assert own.seal() == 2
        slow.execute(APPEND, ["slow.two"])
        own.write(1)
        assert own.seal() == 1
        slow.commit()
    assert own.seal() == 2
    actions = own.rows("SELECT l.action FROM audit_auditseal s JOIN audit_auditline l ON l.id = s.line ORDER BY s.seq")
    assert [action for (action,) in actions][-2:] == ["slow.one", "slow.two"]
    own.anchor()
    assert own.verify().findings == []


def test_what_is_rolled_back_gets_no_number(own: Trail) -> None:
    with centre_active("test_a"), transaction.atomic():
        trail.record_event("client.changed", by=None)
        transaction.set_rollback(True)
    own.write(1)
    own.seal()
    assert [seq for seq, _ in own.rows(SEALS)] == [1]


def test_the_sealer_comes_to_rest_on_what_it_knows_to_be_complete(own: Trail) -> None:
    """Looking for new lines costs the same however long the trail is: from the floor on."""
    own.write(3)
    own.seal()
    own.seal()
    (last,) = own.rows("SELECT max(id) FROM audit_auditline")[0]
    assert own.sealer.floor == last


def test_a_batch_is_no_limit(own: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit import sealing

    monkeypatch.setattr(sealing, "BATCH", 3)
    monkeypatch.setattr(sealing, "NEXT", sealing.NEXT.replace("LIMIT 2000", "LIMIT 3"))
    own.write(10)
    assert own.seal() == 10
    own.anchor()
    assert own.verify().findings == []


def test_headquarters_and_the_entrances_lines_are_sealed_in_public(own: Trail) -> None:
    with host_active(HEADQUARTERS):
        trail.record_event("sign_in", by=None)
        sealer = Sealer()
        sealer.run()
        trail.record_event("sign_in", by=None)
        assert sealer.run() == 1


def test_two_sealers_take_turns(own: Trail) -> None:
    other = Sealer()
    for _ in range(3):
        own.write(2)
        own.seal()
        own.write(2)
        with centre_active("test_a"):
            other.run()
    assert [seq for seq, _ in own.rows(SEALS)] == list(range(1, 13))
    own.anchor()
    assert own.verify().findings == []


def test_a_sealer_that_finds_the_place_taken_leaves_it(own: Trail) -> None:
    own.write(1)
    with session_of("test_a") as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('audit_seal test_a', 0))")
        assert own.seal() == 0
    assert own.seal() == 1


# -- nobody else seals, and nothing is unsealed


SEAL = "SELECT audit_seal(%s, current_date + 2, now(), 0, %s, ARRAY['\\x00'::bytea], ARRAY['\\x01'::bytea], ARRAY['\\x02'::bytea])"


def test_the_function_refuses_a_gap_and_a_bent_link(own: Trail) -> None:
    own.write(2)
    own.seal()
    for first, said in ((5, "do not follow"), (2, "do not follow"), (3, "does not join")):
        with pytest.raises(DatabaseError, match=said):
            own.rows(SEAL, first, [99])
    assert [seq for seq, _ in own.rows(SEALS)] == [1, 2]


def test_a_day_closes_with_its_root_when_the_next_one_has_a_line(own: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit import sealing

    own.write(3)
    own.seal()
    monkeypatch.setattr(sealing, "day_of", lambda now, last: last + timedelta(days=1))
    own.write(2)
    own.seal()
    ((first, last, root),) = own.rows("SELECT first, last, root FROM audit_auditday")
    with centre_active("test_a"):
        assert (first, last, bytes(root)) == (1, 3, root_of(row.leaf for row in chain() if row.seq <= 3))
    own.anchor()
    assert own.verify().findings == []


def test_a_clock_that_goes_back_is_told_and_changes_no_order(own: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    """E10: the order is that of the numbers; the alarm stands in the trail itself."""
    own.write(2)
    own.seal()
    own.sealer.tip = own.sealer.tip._replace(sealed_at=own.sealer.tip.sealed_at + timedelta(hours=1))  # type: ignore[operator]
    own.write(1)
    own.seal()
    own.seal()
    ((facts,),) = own.rows("SELECT facts FROM audit_auditline WHERE action = 'evidence.clock_went_back'")
    assert 3590 < json.loads(facts)["seconds"] <= 3600
    assert [seq for seq, _ in own.rows(SEALS)] == [1, 2, 3, 4]


# -- killed


KILLS = 100


def seal_without_end(schema: str) -> None:
    sealer = Sealer()
    with centre_active(schema):
        while True:
            sealer.run()


def test_a_sealer_killed_at_any_moment_leaves_no_gap_and_seals_nothing_twice(own: Trail) -> None:
    """E8: a hundred kills under load."""
    moments = random.Random(20261125)
    for kill in range(KILLS):
        for used in connections.all():  # a child shares no connection with us
            used.close()
            used.close_pool()
        child = os.fork()
        if child == 0:
            try:
                seal_without_end("test_a")
            finally:
                os._exit(1)
        own.write(moments.randrange(1, 12))
        time.sleep(moments.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, f"kill {kill}"
    while own.seal():
        pass
    lines = {line for (line,) in own.rows("SELECT id FROM audit_auditline")}
    sealed = own.rows(SEALS)
    assert [seq for seq, _ in sealed] == list(range(1, len(lines) + 1))
    assert {line for _, line in sealed} == lines
    own.anchor()
    assert own.verify().findings == []
