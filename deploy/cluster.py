"""Roles, databases and first rights of a PostgreSQL cluster, made once by its superuser.

Locally `deploy.postgres` runs these statements; for servers of your own print them (`keys` lives on another server):

    ROLE_SECRET=… OWNER_SECRET=… python3 -m deploy.cluster app | psql -U postgres
    ROLE_SECRET=… OWNER_SECRET=… ANCHOR_SECRET=… python3 -m deploy.cluster keys | psql -U postgres -h the-other-server

A server made before keys had an owner of their own: `python3 -m deploy.cluster keys-owner` prints what it lacks; one made before heads of
the trails were kept there: `ANCHOR_SECRET=… python3 -m deploy.cluster anchors`.
"""

import os
import sys
from collections.abc import Iterator

from tenants.passwords import password_for

LOGINS = {"owner": "CREATEROLE CREATEDB", "entrance": "", "hq": "", "keys": "", "keys_owner": ""}
GROUPS = ("centre_staff", "audit_writer", "c_tmpl_zz9")
ANCHOR_TABLE = """CREATE TABLE IF NOT EXISTS anchors.head (
    host text NOT NULL, size bigint NOT NULL CHECK (size > 0), digest text NOT NULL, body text NOT NULL CHECK (length(body) < 2000),
    signature bytea NOT NULL, key text NOT NULL, received_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (host, size, digest)
)"""
ANCHOR_GUARD = """CREATE OR REPLACE FUNCTION anchors.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'anchored heads stay' USING ERRCODE = 'insufficient_privilege';
END $$"""
EXTENSIONS = ("btree_gist", "pg_trgm")
LARGE_OBJECT_FUNCTIONS = """
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
           AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lo_open', 'lowrite', 'lo_truncate', 'lo_truncate64')
  LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f); END LOOP;
END $$"""


def role_statements(role_secret: str, owner_secret: str, *, owner_becomes_centres: bool) -> Iterator[str]:
    """`owner_becomes_centres` is for unit tests: their one transaction visits several centres by SET ROLE."""
    for login in LOGINS:
        yield login_statement(login, role_secret, owner_secret)
    for group in GROUPS:
        yield f"CREATE ROLE {group} NOLOGIN"
    yield "GRANT centre_staff, c_tmpl_zz9, entrance, hq TO owner WITH ADMIN TRUE, INHERIT FALSE, SET TRUE"
    yield "GRANT keys TO owner WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
    yield "GRANT audit_writer TO owner WITH INHERIT TRUE, SET TRUE"
    if owner_becomes_centres:
        yield "ALTER ROLE owner SET createrole_self_grant = 'set, inherit'"


def login_statement(login: str, role_secret: str, owner_secret: str) -> str:
    password = password_for(login, role_secret=role_secret, owner_secret=owner_secret)
    return f"CREATE ROLE {login} LOGIN {LOGINS[login]} PASSWORD '{password}'"


def database_statements(database: str) -> Iterator[str]:
    """A database that only its own people can connect to."""
    owner, others = {"app": ("owner", ", centre_staff, entrance, hq"), "keys": ("keys_owner", ", keys")}[database]
    yield "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE postgres TO {owner}"
    yield f"CREATE DATABASE {database} OWNER {owner} TEMPLATE template0"
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE {database} TO {owner}{others}"


def app_statements() -> Iterator[str]:
    yield "ALTER SCHEMA public OWNER TO owner"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield "CREATE SCHEMA ext AUTHORIZATION owner"
    yield "GRANT USAGE ON SCHEMA ext TO centre_staff, entrance, hq"
    for extension in EXTENSIONS:
        yield f"CREATE EXTENSION {extension} SCHEMA ext"
    yield LARGE_OBJECT_FUNCTIONS


def keys_statements() -> Iterator[str]:
    yield "ALTER SCHEMA public OWNER TO keys_owner"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield "GRANT USAGE ON SCHEMA public TO keys"
    yield LARGE_OBJECT_FUNCTIONS
    yield from anchor_statements()


def new_keys_owner(owner_secret: str) -> Iterator[str]:
    """On a server that was made when `keys` owned its own database, outside of it."""
    yield login_statement("keys_owner", "", owner_secret)
    yield "ALTER DATABASE keys OWNER TO keys_owner"
    yield "GRANT CONNECT ON DATABASE keys TO keys_owner, keys"
    yield "GRANT CONNECT ON DATABASE postgres TO keys_owner"


def keys_change_hands() -> Iterator[str]:
    """The same, inside the database `keys`. `migrate` gives the rights afterwards."""
    yield "REASSIGN OWNED BY keys TO keys_owner"
    yield "ALTER SCHEMA public OWNER TO keys_owner"
    yield "GRANT USAGE ON SCHEMA public TO keys"


def anchor_role_statements(anchor_secret: str) -> Iterator[str]:
    """The login that brings signed heads of the trails to this server. May run again."""
    yield "DO $$ BEGIN CREATE ROLE anchor LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    yield f"ALTER ROLE anchor PASSWORD '{password_for('anchor', role_secret=anchor_secret)}'"


def anchor_statements() -> Iterator[str]:
    """In `keys`: heads go in and are read, by the login `anchor` alone. They belong to whoever runs this, not to a login of ours.

    May run again.
    """
    yield "CREATE SCHEMA IF NOT EXISTS anchors"
    yield ANCHOR_TABLE
    yield ANCHOR_GUARD
    for name, event, each in (("head_stays", "UPDATE OR DELETE", "ROW"), ("heads_stay", "TRUNCATE", "STATEMENT")):
        yield f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON anchors.head FOR EACH {each} EXECUTE FUNCTION anchors.refuse_change()"
        yield f"ALTER TABLE anchors.head ENABLE ALWAYS TRIGGER {name}"
    yield "DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO anchor', current_database()); END $$"
    yield "GRANT USAGE ON SCHEMA anchors TO anchor"
    yield "GRANT INSERT (host, size, digest, body, signature, key), SELECT ON anchors.head TO anchor"


def script(database: str, role_secret: str, owner_secret: str, anchor_secret: str = "") -> str:
    """One database of a server of its own, as a psql script; `anchors` adds the place for heads to a server that has `keys` already."""
    if database == "app":
        roles, inside = [*role_statements(role_secret, owner_secret, owner_becomes_centres=False)], [*app_statements()]
        parts = [*roles, *database_statements("app"), "\\connect app", *inside]
    elif database == "keys":
        roles = [login_statement(login, role_secret, owner_secret) for login in ("keys", "keys_owner")]
        parts = [*roles, *anchor_role_statements(anchor_secret), *database_statements("keys"), "\\connect keys", *keys_statements()]
    elif database == "keys-owner":
        parts = [*new_keys_owner(owner_secret), "\\connect keys", *keys_change_hands()]
    else:
        parts = [*anchor_role_statements(anchor_secret), "\\connect keys", *anchor_statements()]
    return "\\set ON_ERROR_STOP on\n" + "".join(part + ("\n" if part.startswith("\\") else ";\n") for part in parts)


def main() -> None:
    if sys.argv[1:] not in (["app"], ["keys"], ["keys-owner"], ["anchors"]):
        sys.exit("使い方: python3 -m deploy.cluster app|keys|keys-owner|anchors")
    secrets = [os.environ.get(name, "") for name in ("ROLE_SECRET", "OWNER_SECRET", "ANCHOR_SECRET")]
    try:
        sys.stdout.write(script(sys.argv[1], *secrets))
    except LookupError as missing:
        sys.exit(f"環境変数が要ります: app は ROLE_SECRET と OWNER_SECRET、keys はそれに ANCHOR_SECRET も（{missing}）。")


if __name__ == "__main__":
    main()
