"""Roles, databases and first rights of a PostgreSQL cluster, made once by its superuser.

Locally `deploy.local` runs these statements; for a server of your own print them:

    ROLE_SECRET=… OWNER_SECRET=… python3 -m deploy.cluster | psql -U postgres
"""

import os
import sys
from collections.abc import Iterator

from tenants.passwords import password_for

LOGINS = {"owner": "CREATEROLE CREATEDB", "entrance": "", "hq": "", "keys": ""}
GROUPS = ("centre_staff", "audit_writer", "c_tmpl_zz9")
EXTENSIONS = ("btree_gist", "pg_trgm")
LARGE_OBJECT_FUNCTIONS = """
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
           AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lo_open', 'lowrite', 'lo_truncate', 'lo_truncate64')
  LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f); END LOOP;
END $$"""


def role_statements(role_secret: str, owner_secret: str, *, owner_becomes_centres: bool) -> Iterator[str]:
    """`owner_becomes_centres` is for unit tests: their one transaction visits several centres by SET ROLE."""
    for login, attributes in LOGINS.items():
        password = password_for(login, role_secret=role_secret, owner_secret=owner_secret)
        yield f"CREATE ROLE {login} LOGIN {attributes} PASSWORD '{password}'"
    for group in GROUPS:
        yield f"CREATE ROLE {group} NOLOGIN"
    yield "GRANT centre_staff, c_tmpl_zz9, entrance, hq TO owner WITH ADMIN TRUE, INHERIT FALSE, SET TRUE"
    yield "GRANT keys TO owner WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
    yield "GRANT audit_writer TO owner WITH INHERIT TRUE, SET TRUE"
    if owner_becomes_centres:
        yield "ALTER ROLE owner SET createrole_self_grant = 'set, inherit'"


def database_statements() -> Iterator[str]:
    yield "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC"
    yield "GRANT CONNECT ON DATABASE postgres TO owner"
    yield "CREATE DATABASE app OWNER owner TEMPLATE template0"
    yield "CREATE DATABASE keys OWNER keys TEMPLATE template0"
    yield "REVOKE ALL ON DATABASE app, keys FROM PUBLIC"
    yield "GRANT CONNECT ON DATABASE app TO centre_staff, entrance, hq"


def app_statements() -> Iterator[str]:
    yield "ALTER SCHEMA public OWNER TO owner"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield "CREATE SCHEMA ext AUTHORIZATION owner"
    yield "GRANT USAGE ON SCHEMA ext TO centre_staff, entrance, hq"
    for extension in EXTENSIONS:
        yield f"CREATE EXTENSION {extension} SCHEMA ext"
    yield LARGE_OBJECT_FUNCTIONS


def keys_statements() -> Iterator[str]:
    yield "ALTER SCHEMA public OWNER TO keys"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield LARGE_OBJECT_FUNCTIONS


def script(role_secret: str, owner_secret: str) -> str:
    """Everything as one psql script."""
    parts = [
        *role_statements(role_secret, owner_secret, owner_becomes_centres=False),
        *database_statements(),
        "\\connect app",
        *app_statements(),
        "\\connect keys",
        *keys_statements(),
    ]
    return "\\set ON_ERROR_STOP on\n" + "".join(part + ("\n" if part.startswith("\\") else ";\n") for part in parts)


if __name__ == "__main__":
    try:
        sys.stdout.write(script(os.environ["ROLE_SECRET"], os.environ["OWNER_SECRET"]))
    except KeyError as missing:
        sys.exit(f"環境変数 {missing.args[0]} がありません。")
