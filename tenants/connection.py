"""Django's connection, known to the type checker as ours."""

from typing import TYPE_CHECKING, cast

from django.db import connection as of_this_thread

if TYPE_CHECKING:
    from tenants.backend.base import DatabaseWrapper

connection = cast("DatabaseWrapper", of_this_thread)
