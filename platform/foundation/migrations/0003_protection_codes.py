"""The code lists of protections."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from foundation import loading


def load(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    loading.load_codes(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0002_load_reference_data")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=True)]
