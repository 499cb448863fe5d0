"""Brings every schema to the state that this code wants: public, keys, the template, then each centre by itself.

The template is migrated by Django, and what that sends is written down; the centres get the same statements, each in one
transaction with its access list and its marker. What can only run as Python runs as Python, in that transaction, too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections, router, transaction
from django.db.migrations import Migration, RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import SeparateDatabaseAndState
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from tenants.activation import host_active
from tenants.connection import connection
from tenants.hosts import ENTRANCE
from tenants.models import Centre, CentreState, MigrationSql, SchemaState, TemplateRecord
from tenants.recording import dump_template
from tenants.schemas import PUBLIC, TEMPLATE, TEMPLATE_HOST, for_centre, migrations_on_disk, statements_of, wanted_state

CHANGING = 820_211  # advisory lock: one process at a time changes schemas
LOCK_TIMEOUT = "10s"  # a centre at work is not blocked for longer
Say = Callable[[str], object]


class StillBehind(Exception):
    """Some centres could not be brought to the current state; they are whole at their old one."""

    def __init__(self, schemas: list[str]) -> None:
        self.schemas = schemas
        super().__init__("移行できなかったセンター: " + "、".join(schemas))


def bring_to_current_state(say: Say) -> None:
    """As owner. Raises StillBehind when a centre failed; the others have gone on."""
    with only_changer():
        behind = schemas_behind()
        if keys_behind():
            migrate_keys()
            say("keys: 移行しました")
        if PUBLIC in behind:
            migrate_public()
            say("public: 移行しました")
        if TEMPLATE in behind:
            migrate_template()
            say("ひな形: 移行し、記録しました")
        failed = migrate_centres(centres_behind(), say)
    if failed:
        raise StillBehind(failed)


def everything_is_current() -> bool:
    return not (keys_behind() or schemas_behind() or centres_behind())


@contextmanager
def only_changer() -> Iterator[None]:
    """Two processes do not change schemas at the same time; the second waits."""
    execute(f"SELECT pg_advisory_lock({CHANGING})")
    try:
        yield
    finally:
        execute(f"SELECT pg_advisory_unlock({CHANGING})")


# -- who is behind -----------------------------------------------------------------------------------------------------
def marked_states() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.tenants_schemastate') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return {}
    return dict(SchemaState.objects.values_list("schema", "hash"))


def schemas_behind() -> set[str]:
    """Of public and the template."""
    marked = marked_states()
    return {schema for schema in (PUBLIC, TEMPLATE) if marked.get(schema) != wanted_state(schema)}


def centres_behind() -> list[Centre]:
    marked = marked_states()
    if not marked:
        return []
    wanted = wanted_state(TEMPLATE)
    centres = Centre.objects.exclude(state=CentreState.ERASED).order_by("schema_name")
    return [centre for centre in centres if marked.get(centre.schema_name) != wanted]


def keys_behind() -> bool:
    applied = MigrationRecorder(connections["keys"]).applied_migrations()
    return any(migration not in applied for migration in migrations_on_disk() if migration[0] == "vault")


# -- keys, public, the template ------------------------------------------------------------------------------------------
def migrate_keys() -> None:
    call_command(DjangoMigrate(), "vault", database="keys", verbosity=0, interactive=False, skip_checks=True)


def migrate_public() -> None:
    with host_active(ENTRANCE):
        execute(statements_of("first.sql"))
        call_command(DjangoMigrate(), verbosity=0, interactive=False, skip_checks=True)
        with transaction.atomic():
            execute(statements_of("public.sql"))
            mark(PUBLIC)


def migrate_template() -> None:
    """Raises NoDump when pg_dump fails: then no centre can be opened, and the template counts as behind."""
    with host_active(TEMPLATE_HOST):
        make_migration_table()
        with transaction.atomic():
            executor = MigrationExecutor(connection, Written())
            executor.migrate(executor.loader.graph.leaf_nodes())
            execute(statements_of("template.sql"))
    ddl = dump_template()
    with transaction.atomic():
        TemplateRecord.objects.all().delete()
        TemplateRecord.objects.create(hash=wanted_state(TEMPLATE), ddl=ddl)
        mark(TEMPLATE)


def make_migration_table() -> None:
    """Public's table must not be taken for the schema's own, so public is out of sight for a moment."""
    host = connection.tenant
    connection.set_tenant(host, include_public=False)
    MigrationRecorder(connection).ensure_schema()
    connection.set_tenant(host)


class Written:
    """Notes what each migration sends to the template."""

    def __call__(self, action: str, migration: Migration | None = None, fake: bool | None = False, /) -> None:
        if action == "apply_start":
            execute("SET CONSTRAINTS ALL IMMEDIATE")  # rows and structure change in one transaction
            connection.written = []
        elif action == "apply_success" and migration is not None:
            sent, connection.written = connection.written, None
            statements = sent if all(map(is_plain, migration.operations)) else None
            MigrationSql.objects.update_or_create(app=migration.app_label, name=migration.name, defaults={"statements": statements})


def is_plain(operation: Operation) -> bool:
    """Whether what it sent says all that it does."""
    if isinstance(operation, SeparateDatabaseAndState):
        return all(map(is_plain, operation.database_operations))
    return not isinstance(operation, RunPython)


# -- centres ---------------------------------------------------------------------------------------------------------------
@dataclass
class Step:
    """One migration as a centre gets it."""

    migration: Migration
    statements: list[str] | None
    before: ProjectState | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.migration.app_label, self.migration.name

    def is_done(self, applied: set[tuple[str, str]]) -> bool:
        replaced = self.migration.replaces
        return self.key in applied or (bool(replaced) and applied.issuperset(map(tuple, replaced)))


class Steps:
    """Every migration in order, read once for all centres."""

    def __init__(self) -> None:
        executor = MigrationExecutor(None)
        self.loader = executor.loader
        written = {(row.app, row.name): row.statements for row in MigrationSql.objects.all()}
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
        self.steps = [Step(migration, written.get((migration.app_label, migration.name))) for migration, _ in plan]

    def missing(self, applied: set[tuple[str, str]]) -> list[Step]:
        return [step for step in self.steps if not step.is_done(applied)]

    def run_as_python(self, step: Step) -> None:
        if step.before is None:
            step.before = self.loader.project_state(step.key, at_end=False)
        with connection.schema_editor() as editor:
            step.migration.apply(step.before.clone(), editor)


def migrate_centres(centres: list[Centre], say: Say) -> list[str]:
    """The schemas that failed."""
    if not centres:
        return []
    steps, failed = Steps(), []
    for centre in centres:
        try:
            migrate_centre(centre, steps)
        except Exception as error:  # noqa: BLE001 - whatever a data migration meets, the other centres go on
            failed.append(centre.schema_name)
            say(f"{centre.schema_name}: 移行できません（前の状態のままです）。{type(error).__name__}: {error}")
        else:
            say(f"{centre.schema_name}: 移行しました")
    return failed


def migrate_centre(centre: Centre, steps: Steps) -> None:
    schema = centre.schema_name
    with host_active(centre.host), transaction.atomic():
        execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        for step in steps.missing(applied_in_active_schema()):
            if router.allow_migrate(connection.alias, step.migration.app_label):
                execute("SET CONSTRAINTS ALL IMMEDIATE")
                if step.statements is None:
                    steps.run_as_python(step)
                elif step.statements:
                    execute(for_centre(";\n".join(step.statements), schema))
            MigrationRecorder.Migration.objects.create(app=step.key[0], name=step.key[1])
        execute(for_centre(statements_of("template.sql"), schema))
        mark(schema)


def applied_in_active_schema() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return {(app, name) for app, name in cursor.fetchall()}


def mark(schema: str) -> None:
    SchemaState.objects.update_or_create(schema=schema, defaults={"hash": wanted_state(schema)})


def execute(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)
