"""What tests of the vault look at: one opened value, and which key each raw value names."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from vault import rotation, sealing
from vault.opening import Cell, open_values


def opened_name(row: Any, name: str = "name") -> Any:
    return open_values([Cell(row._meta.get_field(name), row)], purpose="test")[0]


def raw_cells(under: Collection[UUID]) -> list[tuple[Any, UUID]]:
    """(row, key) of every sealed value of the active centre that lies under one of these keys."""
    found = []
    for field in rotation.sealed_columns():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {field.model._meta.pk.column}, {field.column} FROM {field.model._meta.db_table}")
            for pk, raw in cursor.fetchall():
                if raw is not None and (key := UUID(bytes=sealing.key_id_of(bytes(raw)))) in under:
                    found.append((pk, key))
    return found
