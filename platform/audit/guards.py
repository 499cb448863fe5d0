"""What keeps the tables of a trail and what writes into them, compared with how the migrations made it: a trigger or a function that
somebody changed alters a line before it is sealed, and nothing later could tell.
"""

from django.db import connection

TABLES = tuple(f"audit_audit{name}" for name in ("line", "seal", "salt", "day", "head", "delivery"))
TRIGGERS = [27, 34]  # PostgreSQL's numbers: before a row's update or delete, before a truncate
REFUSE = "audit_refuse_change"
# the SHA-256 of each body; a migration that changes a function changes it here
FUNCTIONS = {
    "audit_append": "884f0be06e91c3d1273bef84444a6b4207bec2be1e7265ea98f25c252a6ce841",
    "audit_close_day": "60ffb5d73cce2c7b9016debb6070b749658a9a8b5f033ccef5a8108163b94116",
    "audit_keep_head": "cc8e0254feff496d70e4a3b0aff158ab923fe7fe3219218e3575bc4a447c1aae",
    "audit_note_delivery": "72880692ec382656fea3b59cf955d313110490b3c80af9350447857cd522badd",
    "audit_refuse_change": "244bf8b280e8505607fd25199b5a3f5d71a0060b4ebe24d493694e97228b7c3f",
    "audit_seal": "7fec08214a5c04cb3225c687cd2b1348861472cd3cebf015721f0ccf7367cdef",
}

GUARDED = """
    SELECT c.relname, coalesce(array_agg(t.tgtype::int ORDER BY t.tgtype) FILTER (WHERE t.oid IS NOT NULL), '{}'),
           c.relkind = 'r' AND NOT c.relrowsecurity AND NOT EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid)
           AND coalesce(bool_and(t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr = ''
                                 AND t.tgfoid IN (SELECT p.oid FROM pg_proc p WHERE p.pronamespace = c.relnamespace AND p.proname = %s)), false)
    FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s) GROUP BY c.oid"""
WRITERS = """
    SELECT p.proname, encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'),
           p.proname = %s AND p.proconfig IS NULL
           OR p.prosecdef AND p.proowner = 'audit_writer'::regrole AND p.proconfig = ARRAY[format('search_path=%%I, pg_temp', current_schema())]
    FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = ANY(%s)"""


def altered() -> list[str]:
    """Names of tables and functions of the active host that are not as they were made: off, changed, missing, or one too many."""
    with connection.cursor() as cursor:
        cursor.execute(GUARDED, [REFUSE, list(TABLES)])
        guarded = {name: as_made for name, *as_made in cursor.fetchall()}
        cursor.execute(WRITERS, [REFUSE, list(FUNCTIONS)])
        found = cursor.fetchall()
    made = {name: body for name, body, as_made in found if as_made}
    names = [name for name, *_ in found]
    bare = [table for table in TABLES if guarded.get(table) != [TRIGGERS, True]]
    return bare + [name for name, body in FUNCTIONS.items() if made.get(name) != body or names.count(name) != 1]
