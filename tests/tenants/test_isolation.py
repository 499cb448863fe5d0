"""What one login cannot reach in another's, refused by PostgreSQL itself."""

import uuid
from itertools import permutations

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tenants.passwords import password_for

SCHEMAS = ("test_a", "test_b")
LOGINS = {"test_a": "c_test_a", "test_b": "c_test_b", "public": "hq", "nothing": "entrance"}
# tables that every host has for itself, public among them
OF_EACH_HOST = (
    "accounts_account",
    "accounts_membership",
    "accounts_session",
    "account_emailaddress",
    "mfa_authenticator",
    "audit_auditline",
)
FORBIDDEN = [(login, schema) for (home, login) in LOGINS.items() for schema in (*SCHEMAS, "tmpl_zz9") if schema != home]


def connect(login: str, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    address = connection.settings_dict
    password = password_for(login, role_secret=settings.ROLE_SECRET)
    return psycopg.connect(host=address["HOST"], port=address["PORT"], dbname=database, user=login, password=password, autocommit=True)


def refused(session: "psycopg.Connection[tuple[object, ...]]", statement: str) -> bool:
    try:
        session.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:  # 42501
        return True
    return False


@pytest.fixture
def tables(database: str) -> dict[str, list[str]]:
    with connect("entrance", database) as session:
        rows = session.execute(
            "SELECT schemaname::text, tablename::text FROM pg_tables WHERE schemaname = ANY(%s)",
            [[*SCHEMAS, "tmpl_zz9", "public", "headquarters"]],
        )
        found: dict[str, list[str]] = {}
        for schema, table in rows:
            found.setdefault(str(schema), []).append(str(table))
    assert len(found["test_a"]) > 20
    return found


@pytest.fixture(params=FORBIDDEN, ids="→".join)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


def test_no_login_touches_any_table_of_a_foreign_schema(pair: tuple[str, str], database: str, tables: dict[str, list[str]]) -> None:
    login, schema = pair
    with connect(login, database) as session:
        for table in tables[schema]:
            for statement in ("SELECT 1 FROM {}", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"):
                assert refused(session, statement.format(f"{schema}.{table}")), (login, statement, table)
        assert refused(session, f"CREATE TABLE {schema}.mine (id int)")
        assert refused(session, f"SELECT {schema}.audit_append(NULL, '', NULL, '', 'read', '', '', '[]', '{{}}', '{{}}', '{{}}', '')")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_centre_reaches_no_account_session_or_trail_of_another_host(schema: str, database: str) -> None:
    with connect(f"c_{schema}", database) as session:
        for table in OF_EACH_HOST:
            assert not refused(session, f"SELECT * FROM {schema}.{table}")
            for foreign in ("public", *(other for other in SCHEMAS if other != schema)):
                assert refused(session, f"SELECT * FROM {foreign}.{table}"), (foreign, table)
        assert refused(session, "SELECT * FROM headquarters.released_figure")


def test_the_entrance_reads_who_lives_where_and_no_more(database: str, tables: dict[str, list[str]]) -> None:
    with connect("entrance", database) as session:
        open_to_it = {table for table in tables["public"] if not refused(session, f"SELECT 1 FROM public.{table} LIMIT 1")}
        assert {table for table in open_to_it if not table.startswith("foundation_")} == {"tenants_centre", "tenants_domain"}
        for table in tables["public"]:
            assert refused(session, f"DELETE FROM public.{table}")


@pytest.mark.parametrize("login", ["c_test_a", "c_test_b"])
def test_a_centre_writes_nothing_in_public_and_reads_no_roster(login: str, database: str, tables: dict[str, list[str]]) -> None:
    with connect(login, database) as session:
        for table in tables["public"]:
            assert refused(session, f"DELETE FROM public.{table}"), table
            assert refused(session, f"INSERT INTO public.{table} DEFAULT VALUES"), table
        for table in ("tenants_staffperson", "tenants_posting", "tenants_domain", "django_migrations"):
            assert refused(session, f"SELECT 1 FROM public.{table}")


@pytest.mark.parametrize("login", ["c_test_a", "c_test_b", "hq", "entrance"])
def test_only_keys_may_connect_to_the_database_of_keys(login: str, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(login, database + "_keys")
    connect("keys", database + "_keys").close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect("keys", database)


ESCAPES = (
    "SET ROLE c_test_b",
    "SET ROLE owner",
    "SET SESSION AUTHORIZATION c_test_b",
    "SELECT set_config('role', 'c_test_b', false)",
    "SELECT query_to_xml('SELECT * FROM test_b.accounts_account', true, true, '')",
    "CREATE TEMP TABLE audit_auditline (id int)",
    "CREATE SCHEMA mine",
    "CREATE TABLE mine (id int)",
    "CREATE ROLE another",
    "ALTER ROLE c_test_b PASSWORD 'x'",
    "ALTER TABLE accounts_account ADD COLUMN x int",
    "DROP TABLE accounts_account",
    "COPY accounts_account TO PROGRAM 'cat'",
    "COPY accounts_account TO '/tmp/x'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT * FROM pg_authid",
    "SELECT lo_create(0)",
    "DELETE FROM audit_auditline",
    "INSERT INTO audit_auditline (action) VALUES ('x')",
    "UPDATE audit_auditline SET action = 'x'",
    "TRUNCATE audit_auditline",
    "SELECT 1 FROM django_migrations",
)


@pytest.mark.parametrize("statement", ESCAPES)
def test_an_injected_statement_does_not_get_out_of_its_centre(statement: str, database: str) -> None:
    with connect("c_test_a", database) as session:
        session.execute("SET search_path = test_a, public")
        assert refused(session, statement)


@pytest.mark.parametrize(("here", "there"), list(permutations(SCHEMAS, 2)))
def test_a_wrong_password_or_another_logins_password_opens_nothing(here: str, there: str, database: str) -> None:
    address = connection.settings_dict
    password = password_for("c_" + there, role_secret=settings.ROLE_SECRET)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=address["HOST"], port=address["PORT"], dbname=database, user="c_" + here, password=password)


def test_a_posting_belongs_to_the_login_that_enters_it(logins: str) -> None:
    begin = "SELECT public.roster_begin('A@example.jp', '相談花子', '[]', NULL, '2026-04-01', NULL)"
    with connect("c_test_a", logins) as session:
        (posting,) = session.execute(begin).fetchone() or (None,)
        assert isinstance(posting, uuid.UUID)
    with connect("c_test_b", logins) as session:
        session.execute(begin)
        assert session.execute("SELECT public.roster_end(%s, '2026-05-01')", [posting]).fetchone() == (False,)
    with connect("hq", logins) as session:
        rows = session.execute(
            "SELECT c.schema_name, s.email, p.until_date FROM tenants_posting p JOIN tenants_staffperson s ON s.id = p.person_id"
            " JOIN tenants_centre c ON c.id = p.centre_id ORDER BY 1"
        ).fetchall()
        assert rows == [("test_a", "a@example.jp", None), ("test_b", "a@example.jp", None)]
    with connect("entrance", logins) as session:
        assert refused(session, begin)
