"""Who did what to whose record: the line, its transaction, and that nobody changes it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import ProgrammingError, connection, transaction
from django.db.utils import DatabaseError
from structlog.contextvars import bound_contextvars

from accounts.models import Account
from audit import trail
from audit.models import AuditLine
from casework.clients.models import Client, ContactWay
from tenants.activation import centre_active, host_active
from tenants.hosts import ENTRANCE, HEADQUARTERS
from tests import databases


@pytest.fixture
def member(centre: object) -> Account:
    return Account.objects.create_user("tanaka@example.jp", name="田中")


def test_a_change_says_who_what_and_whose(member: Account) -> None:
    client = Client.objects.create(name="山田花子")
    way = ContactWay.objects.create(client=client, kind="phone", value="090-0000-0000")
    with bound_contextvars(request_id="r-1"):
        trail.record(
            "contact.added",
            by=member,
            about=[client, way],
            channel="screen",
            stage="received",
            on=date(2026, 5, 20),
            until="2026-05-21",
            n=2,
        )
    line = AuditLine.objects.get()
    assert (line.action, line.verdict, line.actor, line.actor_kind, line.channel) == (
        "contact.added",
        "write",
        member.pk,
        "staff",
        "screen",
    )
    assert line.objects_touched == [["clients.Client", str(client.pk)], ["clients.ContactWay", str(way.pk)]]
    assert line.subjects == [client.pk]
    assert line.facts == {"stage": "received", "on": "2026-05-20", "until": "2026-05-21", "n": 2}
    assert (line.request_id, line.login) == ("r-1", "c_test_a")
    assert line.at is not None
    assert line.transaction > 0


@pytest.mark.parametrize(
    "fact", ["山田花子", "a@example.jp", "090-1234-5678", "0312345678", "x" * 81, "two words", 1.5, {"a": 1}, ["ok", "山田"], b"x"]
)
def test_a_line_holds_codes_and_never_values(centre: object, fact: object) -> None:
    with pytest.raises(ValueError, match="codes"):
        trail.record("client.changed", by=None, fact=fact)
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize(("by", "kind"), [(None, "system"), (AnonymousUser(), "anonymous")])
def test_a_line_without_an_account_says_so(centre: object, by: object, kind: str) -> None:
    trail.record_event("sign_in.failed", by=by, email=trail.digest("a@example.jp"))  # type: ignore[arg-type]
    line = AuditLine.objects.get()
    assert (line.verdict, line.actor, line.actor_kind) == ("event", None, kind)


def test_a_change_and_its_line_stand_or_fall_together(centre: object) -> None:
    with transaction.atomic():
        trail.record("client.changed", by=None)
        transaction.set_rollback(True)
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize("record", [trail.record_read, trail.record_refusal])
def test_a_read_or_a_refusal_is_never_part_of_a_transaction(centre: object, record: Callable[..., int]) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        record("client.read", by=None)


def test_subjects_of_many_rows_cost_one_query_per_relation(centre: object) -> None:
    clients = [Client.objects.create() for _ in range(5)]
    ways = [ContactWay.objects.create(client=client, kind="phone", value="0") for client in clients]
    assert set(trail.subjects_of(ways)) == {client.pk for client in clients}


# -- nobody changes it


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO audit_auditline (action) VALUES ('x')", "UPDATE audit_auditline SET action = 'x'", "DELETE FROM audit_auditline", "TRUNCATE audit_auditline"],
)  # fmt: skip
def test_the_centres_login_can_only_append_through_the_function(centre: object, statement: str) -> None:
    trail.record("client.changed", by=None)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["owner", "postgres"])
def test_not_even_the_owner_or_the_superuser_changes_a_line_in_passing(logins: str, role: str, statement: str) -> None:
    with centre_active("test_a"):
        trail.record("client.changed", by=None)
    with databases.administrator(logins) as admin:
        admin.execute(f"SET ROLE {role}".encode())
        admin.execute("SET session_replication_role = replica" if role == "postgres" else "SELECT 1")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            admin.execute(statement.format("test_a.audit_auditline").encode())


def test_a_temporary_table_of_the_same_name_swallows_no_line(logins: str) -> None:
    with centre_active("test_a"), connection.cursor() as cursor:
        with pytest.raises(DatabaseError):
            cursor.execute("CREATE TEMP TABLE audit_auditline (LIKE test_a.audit_auditline)")
        trail.record("client.changed", by=None)
        cursor.execute("SELECT proconfig FROM pg_proc WHERE oid = 'test_a.audit_append'::regproc")
        assert cursor.fetchone() == (["search_path=test_a, pg_temp"],)
        assert AuditLine.objects.get().login == "c_test_a"


def test_the_login_of_a_line_is_the_databases_own_word(logins: str) -> None:
    for host in (HEADQUARTERS, ENTRANCE):
        with host_active(host):
            trail.record_event("host.tried", by=None)
    with centre_active("test_b"):
        trail.record_event("host.tried", by=None)
        assert AuditLine.objects.get().login == "c_test_b"
    with host_active(HEADQUARTERS):
        assert list(AuditLine.objects.values_list("login", flat=True)) == ["hq", "entrance"]
    with centre_active("test_a"):
        assert not AuditLine.objects.exists()


def test_a_centres_trail_is_closed_to_every_other_login(centre: object, other_centre: Callable[[], AbstractContextManager[object]]) -> None:
    trail.record("client.changed", by=None)
    with other_centre(), connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        cursor.execute("SELECT * FROM test_a.audit_auditline")


def test_without_the_right_to_append_nothing_is_done(centre: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("REVOKE EXECUTE ON FUNCTION test_a.audit_append FROM c_test_a")
        cursor.execute("SET ROLE c_test_a")
    for record in (trail.record_read, trail.record_refusal):
        with pytest.raises(trail.EvidenceUnavailable):
            record("client.read", by=None)

    @transaction.atomic
    def make_client() -> None:
        Client.objects.create(pk=uuid4())
        trail.record("client.made", by=None)

    with pytest.raises(trail.EvidenceUnavailable):
        make_client()
    assert not Client.objects.exists()
