"""`manage.py repair_logins`: sets the verifiers and settings of all logins again.

A login can change its own password and settings in PostgreSQL; this undoes it.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from tenants.activation import owner_active
from tenants.logins import set_login, set_shared_login
from tenants.models import Centre, CentreState

SHARED_LOGINS = ("entrance", "hq", "keys")


class Command(BaseCommand):
    help = "データベースの利用者のパスワードと設定をすべて正しい値に戻します。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:  # Any: as in Django
        try:
            with owner_active(), transaction.atomic():
                centres = Centre.objects.exclude(state=CentreState.ERASED).order_by("schema_name")
                for login in SHARED_LOGINS:
                    set_shared_login(login)
                for centre in centres:
                    set_login(centre.host.login, centre.schema_name)
        except DatabaseError as error:
            raise CommandError(f"直せません。{error}") from error
        self.stdout.write(f"{len(SHARED_LOGINS) + len(centres)} の利用者を正しい値に戻しました。")
