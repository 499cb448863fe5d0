"""Cache keys that no other host can meet."""

from django.db import connection


def key_of_host(key: str, prefix: str, version: int) -> str:
    """The database login, not the schema: headquarters and the entrance share `public`."""
    login: str = connection.login  # type: ignore[attr-defined]  # of tenants.backend
    return f"{login}:{prefix}:{version}:{key}"
