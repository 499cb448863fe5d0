"""`manage.py sweep_keys [CENTRE]`: takes away keys that nobody owns, left by imports and requests that were killed.

Needs the owner's secret. Keys younger than a day are left alone.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from audit import trail
from tenants.activation import centre_active, keys_owner_active, open_centres
from tenants.models import Centre
from vault.sweeping import sweep


class Command(BaseCommand):
    help = "持ち主のいない鍵を片づけます（できてから 1 日たったものだけ）。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("centre", nargs="?", help="スキーマの名前。なければ全センター")

    def handle(self, *args: Any, centre: str | None, **options: Any) -> None:  # Any: as in Django
        try:
            for name in [centre] if centre else [host.schema_name for host in open_centres()]:
                with centre_active(name), keys_owner_active():
                    gone = sweep()
                    if gone:
                        trail.record_event("key.swept", by=None, channel="command", keys=gone)
                self.stdout.write(f"{name}: {gone} 本")
        except Centre.DoesNotExist as unknown:
            raise CommandError("そのセンターはありません。") from unknown
        except DatabaseError as error:
            raise CommandError(f"片づけられません。{error}") from error
