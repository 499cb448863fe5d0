"""The template schema as SQL, so that a centre can be opened by saying it again."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection

from tenants.passwords import OWNER, password_for
from tenants.schemas import TEMPLATE

# pg_dump's own remarks, its psql commands and its session settings: the replay brings its own
NOT_OURS = re.compile(r"^(\\.*|--( Name: .*| PostgreSQL .*| Dumped .*)?|SET [a-z_]+ = [^;]*;|SELECT pg_catalog\.set_config\(.*\);)$")


class NoDump(Exception):
    """pg_dump is missing or refused."""


def dump_template() -> str:
    """Tables, rows, rights and owners of the template. Only what is committed is seen."""
    options = ["--schema", TEMPLATE, "--inserts", "--rows-per-insert=500"]
    lines = [line for line in run_pg_dump(options).splitlines() if line and not NOT_OURS.match(line)]
    created = lines.index(f"CREATE SCHEMA {TEMPLATE};") + 1
    # a function can be given to audit_writer only where audit_writer could make one
    lines.insert(created, f"GRANT CREATE ON SCHEMA {TEMPLATE} TO audit_writer;")
    return "\n".join([*lines, f"REVOKE CREATE ON SCHEMA {TEMPLATE} FROM audit_writer;"])


def run_pg_dump(options: list[str]) -> str:
    database = connection.settings_dict
    password = password_for(OWNER, role_secret=settings.ROLE_SECRET, owner_secret=settings.OWNER_SECRET)
    address = {"PGHOST": database["HOST"], "PGPORT": str(database["PORT"]), "PGDATABASE": database["NAME"]}
    environment = os.environ | address | {"PGUSER": OWNER, "PGPASSWORD": password}
    run = subprocess.run([pg_dump(), *options], capture_output=True, text=True, env=environment)  # noqa: S603 - no shell, our own options
    if run.returncode:
        raise NoDump(run.stderr.strip())
    return run.stdout


def pg_dump() -> Path:
    """The one of the server at hand, else the one of the system; an older one than the server refuses."""
    beside = Path(os.environ.get("PG_BIN", "/nonexistent")) / "pg_dump"
    found = beside if beside.exists() else shutil.which("pg_dump")
    if found is None:
        raise NoDump("pg_dump がありません（PostgreSQL のクライアントを入れるか、環境変数 PG_BIN で場所を示してください）。")
    return Path(found)
