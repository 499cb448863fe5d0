"""The database login of a centre: its verifier and its settings."""

from django.conf import settings
from django.db import connection
from psycopg import sql

from tenants.passwords import password_for

CONNECTION_LIMIT = 40  # of one centre: it cannot use up the server's


def verifier_of(login: str) -> str:
    """What the server keeps instead of a password; the password itself is never sent, so no log can hold it."""
    password = password_for(login, role_secret=settings.ROLE_SECRET)
    connection.ensure_connection()
    return connection.connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()


def login_exists(login: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login])
        return cursor.fetchone() is not None


def create_login(schema: str) -> None:
    login = "c_" + schema
    run("CREATE ROLE {login} LOGIN IN ROLE centre_staff", login=sql.Identifier(login))
    set_login(login, schema)


def set_login(login: str, schema: str) -> None:
    """Verifier and settings as they have to be, whatever they were. The search path is for psql by hand; we send our own."""
    names = {"login": sql.Identifier(login), "schema": sql.Identifier(schema), "verifier": sql.Literal(verifier_of(login))}
    run("ALTER ROLE {login} PASSWORD {verifier}", **names)
    run("ALTER ROLE {login} RESET ALL", **names)
    run("ALTER ROLE {login} SET search_path = {schema}, public, ext", **names)
    run("ALTER ROLE {login} SET timezone = 'UTC'", **names)
    run(f"ALTER ROLE {{login}} CONNECTION LIMIT {CONNECTION_LIMIT}", **names)


def set_shared_login(login: str) -> None:
    names = {"login": sql.Identifier(login), "verifier": sql.Literal(verifier_of(login))}
    run("ALTER ROLE {login} PASSWORD {verifier}", **names)
    run("ALTER ROLE {login} RESET ALL", **names)


def run(statement: str, **names: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**names).as_string(connection.connection))
