import pytest
from django.db import connection


@pytest.fixture
def owner(headquarters: object) -> None:
    """The directory is written by the owner's login alone."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
