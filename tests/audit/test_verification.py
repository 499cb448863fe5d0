"""Whoever tampers with a trail is named, the first line at fault with it; an untouched trail is not accused."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from structlog.testing import capture_logs

from audit import sealing, verification
from audit.heads import Keyring
from audit.sealing import Sealing, leaf_text
from audit.trees import BEGINNING, DayRoot, leaf_of, link_of, root_of
from audit.verification import chain, verify
from tenants.activation import centre_active, owner_active
from tenants.management.commands import audit_verify
from tenants.models import Centre, CentreState
from tenants.sealer import Round
from tests import databases
from tests.audit.trails import ALL, TABLES, Notebook, OwnSigner, Trail, as_superuser

OLD = "12"  # the line that is tampered with, anchored long ago


@pytest.fixture(scope="module")
def grown(trails: str) -> Trail:
    """Thirty lines over three days, anchored each time; the last five wait for their anchor."""
    own = Trail()
    days = iter([0, 0, 1, 1, 2])

    def day(now: datetime, last: date | None) -> date:
        return max(last or date.min, now.date() + timedelta(days=next(days)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "day_of", day)
        own.grow(10, 5, 5, 5)
        own.write(5)
        own.seal()
    own.keep()
    return own


@pytest.fixture
def own(grown: Trail) -> Iterator[Trail]:
    """As it was grown, whatever the test before did to it."""
    own = Trail()
    own.signer, own.outside.heads = grown.signer, [*grown.outside.heads]
    own.restore()
    yield own
    for used in connections.all():
        used.close()


def rewrite_whole_chain(admin: Any) -> None:
    """What somebody does who has read our code: every leaf, link and day anew, so that all agrees with itself."""
    admin.execute("UPDATE audit_auditline SET facts = '{\"n\": 77}' WHERE id = " + OLD)
    link, days = BEGINNING, {}
    with centre_active("test_a"):
        rows = list(chain())
    for row in rows:
        assert row.text is not None
        assert row.salt is not None
        line = json.loads(row.text)
        leaf = leaf_of(leaf_text(row.seq, Sealing(row.day, row.sealed_at, row.transaction, row.horizon), line), row.salt)
        link = link_of(link, leaf)
        days.setdefault(row.day, []).append((row.seq, leaf))
        admin.execute("UPDATE audit_auditseal SET leaf = %s, link = %s WHERE seq = %s", [leaf, link, row.seq])
    for day, entries in days.items():
        made = DayRoot(day, entries[0][0], entries[-1][0], root_of(leaf for _, leaf in entries))
        admin.execute("UPDATE audit_auditday SET root = %s WHERE day = %s", [made.root, made.day])


def forget_after(seq: int) -> Callable[[Any], None]:
    """The state of an earlier backup."""

    def act(admin: Any) -> None:
        admin.execute(f"DELETE FROM audit_auditline WHERE id IN (SELECT line FROM audit_auditseal WHERE seq > {seq})".encode())
        admin.execute(f"DELETE FROM audit_auditsalt WHERE line IN (SELECT line FROM audit_auditseal WHERE seq > {seq})".encode())
        admin.execute(f"DELETE FROM audit_auditseal WHERE seq > {seq}".encode())
        admin.execute(f"DELETE FROM audit_auditday WHERE last > {seq}".encode())
        admin.execute(f"DELETE FROM audit_audithead WHERE size > {seq}".encode())
        admin.execute(f"DELETE FROM audit_auditdelivery WHERE size > {seq}".encode())

    return act


SWAP = """UPDATE audit_auditline l SET (at, action, facts) = (SELECT o.at, o.action, o.facts FROM audit_auditline o WHERE o.id = 25 - l.id)
          WHERE id IN (12, 13)"""
SWAP_SEALS = "UPDATE audit_auditseal SET seq = -seq WHERE seq IN (12, 13); UPDATE audit_auditseal SET seq = 25 + seq WHERE seq < 0"
COLUMNS = "actor_kind, action, verdict, channel, purpose, objects, subjects, fields, facts, request_id, login, circumstances"
BACK_DATED = f"""INSERT INTO audit_auditline (at, transaction, {COLUMNS})
                 SELECT at - interval '30 days', {{}}, {COLUMNS} FROM audit_auditline WHERE id = 12"""
DROPPED_COLUMNS = 'UPDATE audit_auditline SET circumstances = \'{"agent": "other"}\' WHERE id = 12'

TAMPERINGS: dict[str, tuple[str | Callable[[Any], object], tuple[int, str]]] = {
    "a value is edited": ("UPDATE audit_auditline SET action = 'client.seen' WHERE id = 12", (12, "changed")),
    "who did it is edited": ("UPDATE audit_auditline SET actor = gen_random_uuid() WHERE id = 12", (12, "changed")),
    "the time is edited": ("UPDATE audit_auditline SET at = at - interval '1 day' WHERE id = 12", (12, "changed")),
    "the circumstances are edited": (DROPPED_COLUMNS, (12, "changed")),
    "a line in the middle is deleted": ("DELETE FROM audit_auditline WHERE id = 12", (12, "deleted")),
    "a line and its seal are deleted": ("DELETE FROM audit_auditline WHERE id = 12; DELETE FROM audit_auditseal WHERE seq = 12", (12, "missing")),
    "the seals close up behind it": (
        "DELETE FROM audit_auditline WHERE id = 12; DELETE FROM audit_auditseal WHERE seq = 12; "
        "UPDATE audit_auditseal SET seq = -seq WHERE seq > 12; UPDATE audit_auditseal SET seq = -seq - 1 WHERE seq < 0",
        (12, "changed"),
    ),
    "lines at the end are deleted": ("DELETE FROM audit_auditline WHERE id > 28", (29, "deleted")),
    "two lines are swapped": (SWAP, (12, "changed")),
    "two seals are swapped": (SWAP_SEALS, (12, "changed")),
    "a salt is deleted": ("DELETE FROM audit_auditsalt WHERE line = 12", (12, "no_salt")),
    "a seal is edited": ("UPDATE audit_auditseal SET leaf = sha256('x') WHERE seq = 12", (12, "changed")),
    "a day's root is edited": ("UPDATE audit_auditday SET root = sha256('x') WHERE first = 1", (1, "day")),
    "a day's root is deleted": ("DELETE FROM audit_auditday WHERE first = 1", (1, "day")),
    "the sealed end is cut off": (forget_after(22), (23, "cut")),
    "all is rolled back to an old backup": (forget_after(15), (16, "cut")),
    "the whole chain is written anew": (rewrite_whole_chain, (11, "anchor")),
    "everything is truncated": (
        "TRUNCATE audit_auditline, audit_auditseal, audit_auditsalt, audit_auditday, audit_audithead, audit_auditdelivery",
        (1, "cut"),
    ),
    "the heads are forged": ("UPDATE audit_audithead SET body = replace(body, '\"size\":15', '\"size\":14') WHERE size = 15", (0, "signature")),
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_named_with_its_first_line(own: Trail, tampering: str) -> None:
    """B16: as the server's superuser, with the guards off and on again."""
    act, expected = TAMPERINGS[tampering]
    assert own.verify().findings == []
    own.tamper(act)
    first = own.verify().findings[0]
    assert (first.seq, first.code) == expected, own.verify().findings
    if expected[1] in {"changed", "deleted", "no_salt"}:
        assert first.line in {expected[0], expected[0] + 1}  # where seals moved, the line that now stands there


@pytest.mark.parametrize("table", TABLES)
def test_a_dropped_table_is_named(own: Trail, table: str) -> None:
    own.tamper(f"ALTER TABLE audit_audit{table} RENAME TO away")  # gone by its name; the other tests want it back
    codes = {finding.code for finding in own.verify().findings}
    own.tamper(f"ALTER TABLE away RENAME TO audit_audit{table}")
    assert "unguarded" in codes
    assert "gone" in codes or table == "delivery"


def test_a_line_that_is_put_in_with_an_old_transaction_is_named_before_and_after_its_seal(own: Trail) -> None:
    """Back-dated with the number of its time: no transaction that had ended can bring a line."""
    own.tamper(BACK_DATED.format("transaction"))
    (before,) = own.verify().findings
    assert (before.line, before.code) == (31, "inserted")
    own.seal()
    after = own.verify().findings[0]
    assert (after.seq, after.line, after.code) == (31, 31, "inserted")


def test_a_line_that_is_put_in_with_its_own_transaction_and_an_old_time_is_named(own: Trail) -> None:
    own.tamper(BACK_DATED.format("pg_current_xact_id()::text::bigint"))
    own.seal()
    (found,) = own.verify().findings
    assert (found.seq, found.line, found.code) == (31, 31, "back_dated")


def test_a_guard_that_stays_off_is_named(own: Trail) -> None:
    with databases.administrator(str(connection.settings_dict["NAME"])) as admin:
        admin.execute("ALTER TABLE test_a.audit_auditline DISABLE TRIGGER audit_line_stays")
    (found,) = own.verify().findings
    assert found.code == "unguarded"


APPENDED = """CREATE FUNCTION audit_append({0}) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'"""
ALTERED: dict[str, tuple[str, str]] = {
    "changes are refused no more": ("CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'", ""),
    "they are refused on some days": (
        "DROP TRIGGER audit_line_stays ON audit_auditline; CREATE TRIGGER audit_line_stays BEFORE UPDATE OR DELETE ON audit_auditline "
        "FOR EACH ROW WHEN (old.id < 0) EXECUTE FUNCTION audit_refuse_change(); ALTER TABLE audit_auditline ENABLE ALWAYS TRIGGER audit_line_stays",
        "DROP TRIGGER audit_line_stays ON audit_auditline; CREATE TRIGGER audit_line_stays BEFORE UPDATE OR DELETE ON audit_auditline "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()",
    ),
    "a further trigger bends each new line": (
        "CREATE FUNCTION bend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.actor := NULL; RETURN NEW; END'; "
        "CREATE TRIGGER bend BEFORE INSERT ON audit_auditline FOR EACH ROW EXECUTE FUNCTION bend()",
        "DROP FUNCTION bend CASCADE",
    ),
    "a rule swallows them": ("CREATE RULE swallow AS ON INSERT TO audit_auditline DO INSTEAD NOTHING", "DROP RULE swallow ON audit_auditline"),
    "some are not to be seen": ("ALTER TABLE audit_auditline ENABLE ROW LEVEL SECURITY", "ALTER TABLE audit_auditline DISABLE ROW LEVEL SECURITY"),
    "another function of the name is called": (APPENDED.format("text"), "DROP FUNCTION audit_append(text)"),
    "the function writes to another table": ("ALTER FUNCTION audit_append SET search_path = public", ""),
    "what writes is gone": ("ALTER FUNCTION audit_seal RENAME TO away", "ALTER FUNCTION away RENAME TO audit_seal"),
}  # fmt: skip
FUNCTIONS = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'test_a'::regnamespace AND proname LIKE 'audit%'"


@pytest.mark.parametrize("altering", ALTERED)
def test_whatever_changes_lines_before_they_are_sealed_is_named(own: Trail, altering: str) -> None:
    """B16: the chain would seal what such a trigger or function makes of a line."""
    act, undo = ALTERED[altering]
    with as_superuser("test_a") as admin:
        made = [text for (text,) in admin.execute(FUNCTIONS).fetchall()]
        admin.execute(act.encode())
        try:
            codes = [finding.code for finding in own.verify().findings]
        finally:
            for statement in (undo, *made):
                admin.execute(statement.encode())
    assert "unguarded" in codes


def test_lines_that_arrive_nowhere_outside_are_missed(own: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    """B16: the centre's own login can say of a head that it was delivered; what is kept nowhere else can be written anew."""
    monkeypatch.setattr(verification, "ANCHORED_WITHIN", timedelta())
    (found,) = own.verify().findings
    assert (found.code, "25 行目まで" in found.message) == ("unanchored", True)
    own.anchor()
    assert own.verify().findings == []


def test_a_line_that_nobody_seals_is_missed(own: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    """B16: without a seal it can be taken away, and nobody would know."""
    own.write()
    assert own.verify().findings == []
    monkeypatch.setattr(verification, "SEALED_WITHIN", timedelta())
    assert [finding.code for finding in own.verify().findings] == ["unsealed"]


def test_what_is_kept_here_alone_does_not_count_as_kept_outside(own: Trail) -> None:
    own.outside.heads = own.outside.heads[:2]
    verdict = own.verify()
    assert (verdict.anchored, verdict.findings) == (15, [])


def test_what_a_centres_login_puts_among_the_heads_is_told_and_stops_nobody(own: Trail) -> None:
    """B16: neither who verifies nor the process that seals for everybody stumbles over it."""
    own.rows("SELECT audit_keep_head(30, '[]', 'x', 'x')")
    own.write()
    with capture_logs() as told:
        Round(own.signer, [own.outside], anchor_seconds=0).turn()
    assert [line["about"][0] for line in told if line["event"] == "anchor failed"] == ["test_a"]
    assert [finding.code for finding in own.verify().findings] == ["forged_anchor"]


def test_an_untouched_trail_is_not_accused(own: Trail) -> None:
    verdict = own.verify()
    assert (verdict.size, verdict.anchored, verdict.unsealed, verdict.findings, verdict.remarks) == (30, 25, 0, [], [])
    own.write(2)
    assert own.verify()[:4] == (30, 25, 2, [])
    own.seal()
    own.anchor()
    assert own.verify()[:4] == (32, 32, 0, [])


def test_without_anchors_a_trail_is_not_called_sound(own: Trail) -> None:
    with centre_active("test_a"):
        verdict = verify("test_a", [], Keyring(own.signer.public))
    assert [finding.code for finding in verdict.findings] == ["no_anchors"]


def test_a_trail_that_nobody_outside_knows_is_not_called_sound(own: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    """B16: under another name of its centre nothing is compared; an hour after the first seal that is told."""
    own.tamper(rewrite_whole_chain, "DELETE FROM audit_audithead")
    own.outside.heads.clear()
    assert own.verify().findings == []
    monkeypatch.setattr(verification, "ANCHORED_WITHIN", timedelta())
    assert [finding.code for finding in own.verify().findings] == ["unknown_outside"]


@contextmanager
def put_to(state: CentreState) -> Iterator[None]:
    def put(to: CentreState) -> None:
        with owner_active():
            Centre.objects.filter(schema_name="test_a").update(state=to)

    put(state)
    try:
        yield
    finally:
        put(CentreState.OPEN)


def test_a_centre_taken_out_of_the_list_is_missed(own: Trail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """B16: the list of centres lies in the same database as their trails; who was anchored is known outside, and a closed one is verified too."""
    monkeypatch.setattr(audit_verify, "stores", lambda: [own.outside])
    own.outside.heads.append(own.outside.heads[0]._replace(host="test_gone"))
    with put_to(CentreState.HANDED_OVER), pytest.raises(SystemExit):
        call_command("audit_verify")

    told = capsys.readouterr().out
    assert "test_gone: ✗ 全体 [missing_here]" in told
    assert "test_a: " in told


def test_a_centre_that_was_closed_is_sealed_and_anchored_like_any_other(own: Trail) -> None:
    """B16: what a command or the server's superuser does there afterwards would lie open for ever."""
    own.write()
    own.outside = Notebook()
    with put_to(CentreState.HANDED_OVER):
        Round(own.signer, [own.outside], anchor_seconds=0).turn()
    assert own.verify()[:4] == (31, 31, 0, [])


def test_of_a_centre_that_is_said_to_be_erased_it_is_said_that_nobody_looked(
    own: Trail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """B16: the state of a centre is one word in the database."""
    monkeypatch.setattr(audit_verify, "stores", lambda: [own.outside])
    with put_to(CentreState.ERASED), suppress(SystemExit):
        call_command("audit_verify")
    assert "test_a: 備考: 消去済みとされているので確かめていません" in capsys.readouterr().out


def test_heads_that_another_key_signed_are_no_anchors(own: Trail) -> None:
    with centre_active("test_a"):
        verdict = verify("test_a", [own.outside], Keyring(OwnSigner().public))
    assert {finding.code for finding in verdict.findings} == {"signature"}
    assert verdict.anchored == 0


def test_a_changed_signing_key_keeps_the_old_heads_good(own: Trail) -> None:
    before, own.signer = own.signer, OwnSigner()
    own.anchor()
    with centre_active("test_a"):
        verdict = verify("test_a", [own.outside], Keyring(own.signer.public + before.public))
    assert (verdict.anchored, verdict.findings) == (30, [])


def test_a_restored_database_goes_on_with_its_own_transaction_numbers(own: Trail) -> None:
    """A dump read into another server counts transactions anew: said as a remark, and no line after it is accused."""
    moved = 10_000_000
    own.tamper(  # as the seals and lines of an older server would stand here: with numbers this one has not reached
        lambda admin: admin.execute(f"UPDATE audit_auditline SET transaction = transaction + {moved}".encode()),
        lambda admin: admin.execute(
            f"UPDATE audit_auditseal SET transaction = transaction + {moved}, horizon = CASE horizon WHEN 0 THEN 0 ELSE horizon + {moved} END".encode()
        ),
        resealed,
    )
    own.sealer, own.outside.heads = sealing.Sealer(), []
    own.tamper("DELETE FROM audit_audithead")
    own.grow(3)
    own.grow(3)
    verdict = own.verify()
    assert (verdict.findings, verdict.size) == ([], 36)
    assert len(verdict.remarks) == 1
    assert "復元" in verdict.remarks[0]


def resealed(admin: Any) -> None:
    """The hashes of what stands there now."""
    admin.execute("UPDATE audit_auditline SET facts = facts")
    rewrite_whole_chain(_Without(admin))


class _Without:
    """Lets everything through but the edit."""

    def __init__(self, admin: Any) -> None:
        self.admin = admin

    def execute(self, statement: Any, *values: Any) -> Any:
        return None if str(statement).startswith("UPDATE audit_auditline") else self.admin.execute(statement, *values)


# -- the app's logins and the owner cannot even begin


CHANGES = ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}")


@pytest.mark.parametrize("table", ALL)
def test_the_apps_login_changes_no_table_of_the_trail(own: Trail, table: str) -> None:
    """B16: refused by rights, and the guards are not its to take away."""
    for statement in CHANGES:
        with pytest.raises(DatabaseError, match="permission denied"):
            own.rows(statement.format(f"test_a.{table}", column_of(table)))
    for statement in ("ALTER TABLE {0} DISABLE TRIGGER ALL", "DROP TABLE {0}"):
        with pytest.raises(DatabaseError, match="must be owner"):
            own.rows(statement.format(f"test_a.{table}"))


@pytest.mark.parametrize("table", ALL)
@pytest.mark.parametrize("role", ["owner", "audit_writer"])
def test_nor_does_the_tables_owner_in_passing(own: Trail, role: str, table: str) -> None:
    """B16: the owner has the rights, and the guards refuse; whoever takes the guards away is named by audit_verify."""
    own.rows("SELECT audit_note_delivery(10, 'a')")
    with as_superuser("test_a") as admin:
        admin.execute(f"SET ROLE {role}".encode())
        for statement in CHANGES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(statement.format(table, column_of(table)).encode())


def column_of(table: str) -> str:
    return {"audit_auditline": "action", "audit_auditseal": "leaf", "audit_auditsalt": "salt", "audit_auditday": "root"}.get(table, "size")


# -- anybody else (B53)


@pytest.mark.parametrize("login", ["entrance", "hq", "c_test_b", "audit_writer"])
def test_no_standing_login_reads_a_centres_tables(own: Trail, login: str) -> None:
    """B53: there is no login of an operator, and none of the others has a right to a centre's rows, its trail or its people."""
    with databases.administrator(str(connection.settings_dict["NAME"])) as admin:
        tables = [name for (name,) in admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'test_a' ORDER BY 1")]
        admin.execute(f"SET ROLE {login}".encode())
        readable = []
        for table in tables:
            try:
                admin.execute(f'SELECT * FROM test_a."{table}"'.encode())
                readable.append(table)
            except psycopg.errors.InsufficientPrivilege:
                continue
    assert readable == ([f"audit_audit{name}" for name in sorted(set(TABLES) - {"line"})] if login == "audit_writer" else [])


@pytest.mark.parametrize("login", ["keys", "keys_owner", "anchor"])
def test_the_logins_of_the_other_server_do_not_come_in_at_all(own: Trail, login: str) -> None:
    """B53: no right to connect to the database of the records."""
    with databases.administrator(str(connection.settings_dict["NAME"])) as admin:
        assert admin.execute("SELECT has_database_privilege(%s, current_database(), 'CONNECT')", [login]).fetchone() == (False,)
        people = admin.execute(
            "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolname LIKE ANY (ARRAY['c\\_%', 'pg\\_%'])"
        ).fetchall()
    assert {name for (name,) in people} == {"postgres", "owner", "entrance", "hq", "keys", "keys_owner", "anchor"}
