"""Opening a centre by replay against migrating one; `migrate` with nothing to do over fifty against django-tenants' own."""

from collections.abc import Iterator
from itertools import count

from django.core.management import call_command
from django.db import connection
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

from tenants.activation import owner_active
from tenants.models import Centre
from tenants.opening import NewCentre, open_centre
from tenants.schemas import migrations_on_disk
from tests.bench.ratios import Ratio, compare

CENTRES = 50
numbers = count(1)


def measure() -> Iterator[Ratio]:
    yield compare("開設: 再生 / 移行", open_by_replay, open_by_migrating, rounds=3, limit=0.2)
    with owner_active():
        while Centre.objects.count() < CENTRES:
            open_by_replay()
    yield compare(
        f"migrate することなし（{CENTRES}センター）: つなぎ帖 / django-tenants", migrate_ours, migrate_theirs, rounds=3, limit=0.02
    )


def open_by_replay() -> None:
    schema = f"bench_{next(numbers)}"
    host = schema.replace("_", "-") + ".testserver"
    with owner_active():
        open_centre(NewCentre(schema, schema, host, "試験市"), adopt_login=True)


def open_by_migrating() -> None:
    """As django-tenants opens one: the schema, then every migration."""
    schema = f"slow_{next(numbers)}"
    with owner_active():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {schema}")
        call_command(MigrateSchemasCommand(), schema_name=schema, verbosity=0, interactive=False, skip_checks=True)


def migrate_ours() -> None:
    migrations_on_disk.cache_clear()
    call_command("migrate", verbosity=0)


def migrate_theirs() -> None:
    with owner_active():
        call_command(MigrateSchemasCommand(), verbosity=0, interactive=False, skip_checks=True)
