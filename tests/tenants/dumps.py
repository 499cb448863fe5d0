"""Two schemas compared line by line, owners and rights included."""

import re

from tenants.recording import NOT_OURS, run_pg_dump


def structure_of(schema: str, *, called: str) -> list[str]:
    lines = run_pg_dump(["--schema", schema, "--schema-only"]).splitlines()
    return sorted(evened(line.replace(schema, called)) for line in lines if line and not NOT_OURS.match(line))


def evened(line: str) -> str:
    """PostgreSQL prints a list of varchar constants with other casts once it has read its own print again; the meaning is one."""
    return re.sub(r"::(character varying|text)(\[\])?|[()]", "", line) if "ARRAY[" in line else line


def rows_of(schema: str, table: str) -> list[str]:
    lines = run_pg_dump(["--table", f"{schema}.{table}", "--data-only", "--inserts"]).splitlines()
    return [line for line in lines if line.startswith("INSERT")]
