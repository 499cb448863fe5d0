"""Seals enter through functions that run as `audit_writer` and stay for good, as the lines do."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import sql

# A line takes its transaction's number before its own: then no line that is still to come has a smaller id than one seen
# before a later transaction began, and the sealer knows from where on to look (audit.sealing).
STATEMENTS = r"""
DROP FUNCTION {schema}.audit_append(uuid, text, uuid, text, text, text, text, jsonb, uuid[], jsonb, jsonb, text);
CREATE FUNCTION {schema}.audit_append(
    actor uuid, actor_kind text, membership uuid, action text, verdict text, channel text, purpose text,
    objects jsonb, subjects uuid[], fields jsonb, facts jsonb, request_id text, circumstances jsonb DEFAULT '{{}}'
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    own bigint := pg_current_xact_id()::text::bigint;
    line bigint;
BEGIN
    INSERT INTO audit_auditline
        (at, transaction, actor, actor_kind, membership, action, verdict, channel, purpose, objects, subjects, fields, facts, request_id,
         login, circumstances)
    VALUES
        (clock_timestamp(), own, actor, actor_kind, membership, action, verdict, channel, purpose,
         objects, subjects, fields, facts, request_id,
         CASE WHEN session_user = 'owner' THEN current_setting('role') ELSE session_user END, circumstances)
    RETURNING id INTO line;
    RETURN line;
END $$;
REVOKE ALL ON FUNCTION {schema}.audit_append FROM PUBLIC;

-- The next stretch of the chain. Whoever calls it cannot leave a gap, seal a line twice or bend a link.
CREATE FUNCTION {schema}.audit_seal(
    first bigint, on_day date, at timestamptz, below bigint, lines bigint[], salts bytea[], leaves bytea[], links bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    tip record;
    own bigint := pg_current_xact_id()::text::bigint;
BEGIN
    SELECT seq, link, day, horizon INTO tip FROM audit_auditseal ORDER BY seq DESC LIMIT 1;
    IF first <> coalesce(tip.seq, 0) + 1 OR on_day < tip.day THEN
        RAISE EXCEPTION 'these seals do not follow the last one' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO audit_auditsalt (line, salt) SELECT s.line, s.salt FROM unnest(lines, salts) AS s (line, salt);
    INSERT INTO audit_auditseal (seq, line, day, sealed_at, transaction, horizon, form, leaf, link)
        SELECT first + s.n - 1, s.line, on_day, at, own, below, 1, s.leaf, s.link
        FROM unnest(lines, leaves, links) WITH ORDINALITY AS s (line, leaf, link, n);
    PERFORM 1 FROM (
        SELECT s.leaf, s.link, lag(s.link, 1, coalesce(tip.link, sha256(''))) OVER (ORDER BY s.n) AS before
        FROM unnest(leaves, links) WITH ORDINALITY AS s (leaf, link, n)
    ) AS chain WHERE chain.link IS DISTINCT FROM sha256('\x02'::bytea || chain.before || chain.leaf);
    IF FOUND THEN
        RAISE EXCEPTION 'a link does not join what it should' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END $$;
REVOKE ALL ON FUNCTION {schema}.audit_seal FROM PUBLIC;

CREATE FUNCTION {schema}.audit_close_day(closed date, its_root bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
    INSERT INTO audit_auditday (day, first, last, root)
        SELECT closed, min(seq), max(seq), its_root FROM audit_auditseal WHERE day = closed HAVING count(*) > 0;
END $$;
REVOKE ALL ON FUNCTION {schema}.audit_close_day FROM PUBLIC;

CREATE FUNCTION {schema}.audit_keep_head(its_size bigint, its_body text, its_signature bytea, its_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF its_size <= (SELECT coalesce(max(size), 0) FROM audit_audithead) OR its_size > (SELECT max(seq) FROM audit_auditseal) THEN
        RAISE EXCEPTION 'heads grow with the chain' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO audit_audithead (size, body, signature, key) VALUES (its_size, its_body, its_signature, its_key);
END $$;
REVOKE ALL ON FUNCTION {schema}.audit_keep_head FROM PUBLIC;

CREATE FUNCTION {schema}.audit_note_delivery(its_size bigint, its_store text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    INSERT INTO audit_auditdelivery (id, size, store, at) VALUES (gen_random_uuid(), its_size, its_store, clock_timestamp())
$$;
REVOKE ALL ON FUNCTION {schema}.audit_note_delivery FROM PUBLIC;
"""
STAYS = """
CREATE TRIGGER {row} BEFORE UPDATE OR DELETE ON {schema}.{table} FOR EACH ROW EXECUTE FUNCTION {schema}.audit_refuse_change();
CREATE TRIGGER {whole} BEFORE TRUNCATE ON {schema}.{table} FOR EACH STATEMENT EXECUTE FUNCTION {schema}.audit_refuse_change();
ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER {row};
ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER {whole};
"""
KEPT = ("seal", "salt", "day", "head", "delivery")


def make_functions(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    schema = sql.Identifier(connection.schema_name)  # type: ignore[attr-defined]  # the tenancy backend's attribute
    statements = [sql.SQL(STATEMENTS).format(schema=schema)]
    for kept in KEPT:
        names = {"table": f"audit_audit{kept}", "row": f"audit_{kept}_stays", "whole": f"audit_{kept}s_stay"}
        statements.append(sql.SQL(STAYS).format(schema=schema, **{name: sql.Identifier(value) for name, value in names.items()}))
    for statement in statements:
        schema_editor.execute(statement.as_string(connection.connection), params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_seals")]

    operations = [migrations.RunPython(make_functions)]
