"""Which requests left a line of reading: for comparison with what the web says it answered."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection

CLOCKS_DIFFER = timedelta(minutes=5)  # between the web's machine and the database's, and how long a request may take


def with_reading(ids: Collection[str], *, since: datetime, until: datetime) -> set[str]:
    """Those of these request ids that a line of reading bears, looked for about that time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT request_id FROM audit_auditline WHERE at BETWEEN %s AND %s AND verdict = 'read' AND request_id = ANY(%s)",
            [since - CLOCKS_DIFFER, until + CLOCKS_DIFFER, list(ids)],
        )
        return {request_id for (request_id,) in cursor.fetchall()}
