"""Names of schemas, and the state of migrations and grants that this code wants them in."""

import hashlib
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from tenants.hosts import Host

TEMPLATE = "tmpl_zz9"  # a token that occurs in no other name: the replay puts the centre's name in its place
PUBLIC = "public"
RESERVED = frozenset({TEMPLATE, PUBLIC, "headquarters", "ext", "information_schema", "staff", "keys", "audit", "entrance", "hq", "owner"})
TEMPLATE_HOST = Host(kind="centre", schema_name=TEMPLATE, login="c_" + TEMPLATE, name="ひな形")
GRANTS = Path(__file__).with_name("grants")


def statements_of(name: str) -> str:
    return (GRANTS / name).read_text(encoding="utf-8")


def for_centre(statements: str, schema: str) -> str:
    """What was written for the template, said of a centre: its schema and its role."""
    return statements.replace(TEMPLATE, schema)


@cache
def migrations_on_disk() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration, without importing one."""
    found: set[tuple[str, str]] = set()
    for app in apps.get_app_configs():
        package, _ = MigrationLoader.migrations_module(app.label)
        if package is not None and find_spec(package) is not None:
            folders = import_module(package).__path__
            found |= {(app.label, module.name) for module in iter_modules(folders) if module.name[0] not in "_~"}
    return frozenset(found)


def wanted_state(schema: str) -> str:
    """A digest that changes when a migration comes or an access list changes. Centres and the template share one."""
    lists = ("first.sql", "public.sql") if schema == PUBLIC else ("template.sql",)
    names = "\n".join(".".join(migration) for migration in sorted(migrations_on_disk()))
    return hashlib.sha256("\n".join([names, *map(statements_of, lists)]).encode()).hexdigest()
