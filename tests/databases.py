"""A template database for each state of migrations and grants, and clones of it: 0.2 seconds for a database of one's own."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connections

from deploy import cluster

ROOT = Path(__file__).resolve().parents[1]
BUILDING = 71  # advisory lock
SUFFIXES = {"default": "", "keys": "_keys"}
OWNERS = {"default": "owner", "keys": "keys_owner"}
PATTERNS = ("*/migrations/*.py", "tenants/grants/*.sql", "platform/foundation/data/*.json")
FILES = (
    "tenants/logins.py",
    "tenants/migrating.py",
    "tenants/opening.py",
    "tenants/recording.py",
    "tests/build_template.py",
    "deploy/cluster.py",
    "requirements/test.txt",
)


def administrator(database: str = "postgres") -> "psycopg.Connection[Any]":  # Any: rows of every shape
    address = connections["default"].settings_dict
    return psycopg.connect(
        host=address["HOST"],
        port=address["PORT"],
        dbname=database,
        user="postgres",
        password=os.environ["PG_SUPERUSER_PASSWORD"],
        autocommit=True,
    )


def digest() -> str:
    paths = {ROOT / name for name in FILES}
    for base in (ROOT, ROOT / "platform", ROOT / "casework", ROOT / "network"):
        for pattern in PATTERNS:
            paths |= set(base.glob(pattern))
    found = hashlib.sha256(",".join(settings.INSTALLED_APPS).encode())
    for path in sorted(paths):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


def template() -> str:
    """The template's name; it is built when the migrations have changed, and older ones are dropped."""
    name = f"tpl_{digest()}"
    with administrator() as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILDING])
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]).fetchone() is None:
            drop_all_but(admin, ("postgres", "template0", "template1", "app", "keys"))
            build(admin, name)
    return name


def drop_all_but(admin: "psycopg.Connection[Any]", kept: tuple[str, ...]) -> None:
    """The server is this run's alone: what else is there was left by killed runs or belongs to older code."""
    for (name,) in admin.execute("SELECT datname FROM pg_database WHERE NOT datname = ANY(%s)", [list(kept)]).fetchall():
        admin.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def build(admin: "psycopg.Connection[Any]", name: str) -> None:
    preparations = {"default": cluster.app_statements, "keys": cluster.keys_statements}
    for alias, suffix in SUFFIXES.items():
        admin.execute(f"CREATE DATABASE {name}{suffix} OWNER {OWNERS[alias]} TEMPLATE template0")
        with administrator(name + suffix) as inside:
            for statement in preparations[alias]():
                inside.execute(statement.encode())
    run = subprocess.run(
        [sys.executable, "tests/build_template.py"], cwd=ROOT, env=os.environ | environment_of(name), capture_output=True, text=True
    )
    if run.returncode:
        raise RuntimeError(f"the template database cannot be built\n{run.stdout}{run.stderr}")
    for suffix in SUFFIXES.values():
        admin.execute(f"ALTER DATABASE {name}{suffix} IS_TEMPLATE true")


def clone(source: str, name: str) -> None:
    with administrator() as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILDING])
        for alias, suffix in SUFFIXES.items():
            admin.execute(f"DROP DATABASE IF EXISTS {name}{suffix} WITH (FORCE)")
            admin.execute(f"CREATE DATABASE {name}{suffix} TEMPLATE {source}{suffix} STRATEGY file_copy OWNER {OWNERS[alias]}")
            admin.execute(f"REVOKE ALL ON DATABASE {name}{suffix} FROM PUBLIC")  # a clone brings no rights on itself
        admin.execute(f"GRANT CONNECT ON DATABASE {name} TO centre_staff, entrance, hq")
        admin.execute(f"GRANT CONNECT ON DATABASE {name}_keys TO keys, anchor")


def drop(name: str) -> None:
    with administrator() as admin:
        for suffix in SUFFIXES.values():
            admin.execute(f"DROP DATABASE IF EXISTS {name}{suffix} WITH (FORCE)")


def point(name: str) -> str:
    """Every connection of this process goes to this database from now on. Returns the name of the one before."""
    before = connections["default"].settings_dict["NAME"]
    for alias, suffix in SUFFIXES.items():
        connection = connections[alias]
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = name + suffix
    return before


def environment_of(name: str) -> dict[str, str]:
    """For processes of their own: the addresses of a clone. They log in as production does."""
    changed = {"DATABASE_MODE": "login"}
    for alias, variable in (("default", "DATABASE_URL"), ("keys", "KEYS_DATABASE_URL")):
        parts = urlsplit(os.environ[variable])
        changed[variable] = f"{parts.scheme}://{parts.netloc}/{name}{SUFFIXES[alias]}?{parts.query}"
    return changed | {"ANCHOR_DATABASE_URL": changed["KEYS_DATABASE_URL"]}


@contextmanager
def logged_in(name: str) -> Iterator[None]:
    """This process uses the clone with the real logins for a while."""
    before = point(name)
    default = connections["default"]
    mode = default.settings_dict["MODE"]
    options = {alias: connections[alias].settings_dict["OPTIONS"] for alias in SUFFIXES}
    default.settings_dict["MODE"] = "login"
    for alias in SUFFIXES:
        connections[alias].settings_dict["OPTIONS"] = options[alias] | {"pool": {"keep": 2, "max_idle": 60}}
    default.set_schema_to_public()
    try:
        yield
    finally:
        point(before)
        default.settings_dict["MODE"] = mode
        for alias in SUFFIXES:
            connections[alias].settings_dict["OPTIONS"] = options[alias]
        default.set_schema_to_public()


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """A clone that this process uses with the real logins, and that is dropped at the end."""
    clone(template(), name)
    try:
        with logged_in(name):
            yield name
    finally:
        drop(name)
