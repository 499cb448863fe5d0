"""How long records are kept before somebody may be erased."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from foundation import loading


def load(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    loading.load_parameters(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0003_protection_codes")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=True)]
