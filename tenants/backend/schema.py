"""A schema editor that can write down what it sends, so that a change tried on the template is replayed on the centres."""

from typing import Any

from django.db.backends.postgresql.schema import DatabaseSchemaEditor


class RecordingSchemaEditor(DatabaseSchemaEditor):
    connection: Any  # Any: our DatabaseWrapper, which imports this module

    def execute(self, sql: Any, params: Any = ()) -> None:  # Any: as in Django, Statement or str with any parameters
        statement = str(sql)
        if params is not None:
            statement = self.connection.ops.compose_sql(statement, params)
        if not self.collect_sql and self.connection.written is not None:
            self.connection.written.append(statement)
        super().execute(statement, None)
