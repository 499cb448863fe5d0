"""Trails to seal, anchor and tamper with, on a database of the test's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection

from audit import trail
from audit.heads import Head, Keyring, Signer, key_id, make_head
from audit.sealing import Sealer
from audit.verification import Verdict, verify
from tenants.activation import centre_active
from tests import databases

TABLES = ("line", "seal", "salt", "day", "head", "delivery")


class OwnSigner(Signer):
    """A key of the test's own, never in a file."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.id = key_id(self._key.public_key())

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Notebook:
    """A store outside, in memory: what the database's superuser cannot reach."""

    name = "notebook"

    def __init__(self) -> None:
        self.heads: list[Head] = []
        self.away: Exception | None = None

    def put(self, head: Head) -> None:
        if self.away:
            raise self.away
        self.heads.append(head)

    def fetch(self, host: str) -> list[Head]:
        if self.away:
            raise self.away
        return [head for head in self.heads if head.host == host]

    def hosts(self) -> set[str]:
        return {head.host for head in self.heads}


class Trail:
    """The trail of a centre with its sealer, its key and a store outside."""

    def __init__(self, schema: str = "test_a") -> None:
        self.schema, self.sealer, self.signer, self.outside = schema, Sealer(), OwnSigner(), Notebook()

    def write(self, count: int = 1, action: str = "client.changed") -> None:
        with centre_active(self.schema):
            for number in range(count):
                trail.record_event(action, by=None, n=number)

    def seal(self) -> int:
        with centre_active(self.schema):
            return self.sealer.run()

    def anchor(self) -> Head | None:
        with centre_active(self.schema):
            head = make_head(self.schema, self.signer)
        if head:
            self.outside.put(head)
        return head

    def grow(self, *counts: int) -> "Trail":
        """Written, sealed and anchored, in as many steps."""
        for count in counts:
            self.write(count)
            self.seal()
            self.anchor()
        return self

    def verify(self) -> Verdict:
        with centre_active(self.schema):
            return verify(self.schema, [self.outside], Keyring(self.signer.public))

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:  # Any: what the database holds
        with centre_active(self.schema), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def tamper(self, *acts: str | Callable[["psycopg.Connection[Any]"], object]) -> None:
        """As the server's superuser, who switches the guards off and on again around it."""
        with as_superuser(self.schema) as admin:
            for table in tables_of(admin):
                admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            for act in acts:
                admin.execute(act.encode()) if isinstance(act, str) else act(admin)
            for table in tables_of(admin):
                for (guard,) in admin.execute(
                    "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
                ).fetchall():
                    admin.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}".encode())

    def keep(self) -> None:
        """Remember how the tables stand."""
        with as_superuser(self.schema) as admin:
            admin.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
            for table in tables_of(admin):
                admin.execute(f"CREATE TABLE kept.{table} AS TABLE {table}".encode())

    def restore(self) -> None:
        """As they stood when `keep` was called; a clone for every test would take seconds each."""
        back = [f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in ALL]
        last = "SELECT setval('audit_auditline_id_seq', (SELECT max(id) FROM audit_auditline))"
        self.tamper(f"TRUNCATE {', '.join(ALL)}", *back, last)

    def empty(self) -> None:
        self.tamper(f"TRUNCATE {', '.join(ALL)} RESTART IDENTITY")


ALL = [f"audit_audit{table}" for table in TABLES]


@contextmanager
def as_superuser(schema: str) -> Iterator["psycopg.Connection[Any]"]:
    with databases.administrator(str(connection.settings_dict["NAME"])) as admin:
        admin.execute(f"SET search_path = {schema}".encode())
        yield admin


def tables_of(admin: "psycopg.Connection[Any]") -> list[str]:
    return [table for table in ALL if admin.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)]
