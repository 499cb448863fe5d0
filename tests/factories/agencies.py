"""Invented partner organisations. The directory is written by the owner alone, so the rights change for that one row."""

from itertools import count
from typing import Any

from django.db import connection

from network.directory.models import Agency

numbers = count(1)


def make_agency(**facts: Any) -> Agency:
    """Any: fields of Agency. Unit tests only: they run as the owner who has put on a centre's role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        cursor.execute("RESET ROLE")
        try:
            return Agency.objects.create(**{"name": f"見本の機関 {next(numbers)}", "kind": "legal"} | facts)
        finally:
            cursor.execute(f'SET ROLE "{role}"')
