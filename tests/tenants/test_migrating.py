"""`manage.py migrate`: everything to the current state, each centre by itself, and nothing when there is nothing to do."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from pytest_django import Settings

from tenants import schemas
from tenants.activation import centre_active, owner_active
from tenants.migrating import everything_is_current
from tenants.models import SchemaState
from tenants.schemas import TEMPLATE, wanted_state
from tests.tenants.dumps import structure_of

LATER = """
from django.db import migrations, models


def add_row(apps, schema_editor):
    schema_editor.execute("INSERT INTO jobs_later (name) VALUES ('made by python')")


class Migration(migrations.Migration):
    dependencies = [("jobs", "{after}")]
    operations = [
        migrations.CreateModel("Later", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20, db_index=True))]),
        migrations.RunSQL("CREATE FUNCTION later_answer() RETURNS int LANGUAGE sql AS 'SELECT 42'", migrations.RunSQL.noop),
    ]
"""
LATER_PYTHON = LATER.split("    operations")[0].replace("{after}", "9001_later") + "    operations = [migrations.RunPython(add_row)]\n"


@pytest.fixture
def later_migrations(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The app `jobs` with two migrations more: one that is all SQL, one that runs Python."""
    ours = Path(apps.get_app_config("jobs").path) / "migrations"
    copy = tmp_path / "later_jobs_migrations"
    shutil.copytree(ours, copy)
    (copy / "9001_later.py").write_text(LATER.replace("{after}", max(path.stem for path in ours.glob("0*.py"))))
    (copy / "9002_later_row.py").write_text(LATER_PYTHON)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"jobs": copy.name}
    schemas.migrations_on_disk.cache_clear()
    yield copy
    schemas.migrations_on_disk.cache_clear()
    for name in [name for name in sys.modules if name.startswith(copy.name)]:
        del sys.modules[name]


def rows(schema: str) -> list[str]:
    with centre_active(schema), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM jobs_later")
        return [name for (name,) in cursor.fetchall()]


def state_of(schema: str) -> str:
    with owner_active():
        return SchemaState.objects.get(schema=schema).hash


def test_with_nothing_to_do_it_says_so_and_asks_little(logins: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("migrate")
    assert capsys.readouterr().out == "すべて今の版です。\n"
    with pytest.raises(SystemExit) as ending:
        call_command("migrate", check=True)
    assert ending.value.code == 0


def test_a_later_migration_reaches_public_template_and_every_centre(logins: str, later_migrations: Path) -> None:
    with pytest.raises(SystemExit) as ending:
        call_command("migrate", check=True)
    assert ending.value.code == 1
    call_command("migrate")
    assert rows("test_a") == rows("test_b") == ["made by python"]
    with owner_active():
        assert everything_is_current()
        migrated = structure_of(TEMPLATE, called="centre")
        assert any("jobs_later" in line for line in migrated)
        assert structure_of("test_a", called="centre") == migrated
        assert structure_of("test_b", called="centre") == migrated


def test_a_failing_centre_is_named_and_stays_whole_while_the_others_go_on(
    logins: str, later_migrations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state_of("test_a")
    with owner_active(), connection.cursor() as cursor:
        old = structure_of("test_a", called="centre")
        cursor.execute("CREATE FUNCTION test_a.later_answer() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    with pytest.raises(CommandError, match=r"移行できなかったセンター: test_a$"):
        call_command("migrate")
    assert "test_a: 移行できません" in capsys.readouterr().out
    assert (state_of("test_a"), state_of("test_b")) == (before, wanted_state("test_b"))
    assert rows("test_b") == ["made by python"]
    with owner_active(), connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION test_a.later_answer()")
        assert structure_of("test_a", called="centre") == old
    call_command("migrate")
    assert rows("test_a") == ["made by python"]
    with owner_active():
        assert structure_of("test_a", called="centre") == structure_of("test_b", called="centre")


def test_a_data_migration_that_fails_in_one_centre_does_not_stop_the_others(
    logins: str, later_migrations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = later_migrations / "9002_later_row.py"
    refusal = '    if schema_editor.connection.schema_name == "test_a":\n        raise ValueError("odd row")\n'
    python.write_text(python.read_text().replace("    schema_editor", refusal + "    schema_editor"))
    before = state_of("test_a")
    with pytest.raises(CommandError, match=r"移行できなかったセンター: test_a$"):
        call_command("migrate")
    assert "test_a: 移行できません（前の状態のままです）。ValueError: odd row" in capsys.readouterr().out
    assert (state_of("test_a"), state_of("test_b")) == (before, wanted_state("test_b"))
    with pytest.raises(ProgrammingError):
        rows("test_a")


def test_the_web_cannot_migrate(owner_secret_absent: None) -> None:
    with pytest.raises(CommandError, match="OWNER_SECRET"):
        call_command("migrate")
