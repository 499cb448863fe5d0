"""Lines enter through one function that runs as `audit_writer`; nothing changes or removes them, not even their owner."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import sql

# The login is the real one: unit tests alone work as `owner` and SET ROLE.
# pg_temp comes last, else a temporary table of the same name would swallow the line.
STATEMENTS = """
CREATE FUNCTION {schema}.audit_append(
    actor uuid, actor_kind text, membership uuid, action text, verdict text, channel text, purpose text,
    objects jsonb, subjects uuid[], fields jsonb, facts jsonb, request_id text
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    INSERT INTO audit_auditline
        (at, transaction, actor, actor_kind, membership, action, verdict, channel, purpose, objects, subjects, fields, facts, request_id, login)
    VALUES
        (clock_timestamp(), pg_current_xact_id()::text::bigint, actor, actor_kind, membership, action, verdict, channel, purpose,
         objects, subjects, fields, facts, request_id,
         CASE WHEN session_user = 'owner' THEN current_setting('role') ELSE session_user END)
    RETURNING id
$$;
REVOKE ALL ON FUNCTION {schema}.audit_append FROM PUBLIC;

CREATE FUNCTION {schema}.audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit lines are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_line_stays BEFORE UPDATE OR DELETE ON {schema}.audit_auditline
    FOR EACH ROW EXECUTE FUNCTION {schema}.audit_refuse_change();
CREATE TRIGGER audit_lines_stay BEFORE TRUNCATE ON {schema}.audit_auditline
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.audit_refuse_change();
ALTER TABLE {schema}.audit_auditline ENABLE ALWAYS TRIGGER audit_line_stays;
ALTER TABLE {schema}.audit_auditline ENABLE ALWAYS TRIGGER audit_lines_stay;
"""


def make_append_only(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    schema = sql.Identifier(connection.schema_name)  # type: ignore[attr-defined]  # the tenancy backend's attribute
    schema_editor.execute(sql.SQL(STATEMENTS).format(schema=schema).as_string(connection.connection), params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_lines")]

    operations = [migrations.RunPython(make_append_only)]
