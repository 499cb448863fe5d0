"""`manage.py open_centre SCHEMA --name … --host … --municipality …`: opens a centre, whole or not at all."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from foundation.errors import RuleViolation
from tenants.activation import owner_active
from tenants.opening import NewCentre, open_centre


class Command(BaseCommand):
    help = "センターを開設します。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("schema", metavar="SCHEMA", help="スキーマ名（例: minato）")
        parser.add_argument("--name", required=True, help="センターの名称")
        parser.add_argument("--host", required=True, help="ホスト名（例: minato.example.jp）")
        parser.add_argument("--municipality", required=True, help="自治体")
        parser.add_argument("--corporation", action="append", default=[], help="受託法人（共同企業体では繰り返す）")
        parser.add_argument("--from", dest="contract_from", type=date.fromisoformat, help="契約の開始日（YYYY-MM-DD）")
        parser.add_argument("--until", dest="contract_until", type=date.fromisoformat, help="契約の終了日（YYYY-MM-DD）")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: as in Django
        facts = {name: options[name] for name in ("schema", "name", "host", "municipality", "contract_from", "contract_until")}
        try:
            with owner_active():
                centre = open_centre(NewCentre(**facts, corporations=options["corporation"]))
        except RuleViolation as refusal:
            raise CommandError(refusal.message) from refusal
        except DatabaseError as error:
            raise CommandError(f"センターを開設できません。何も変わっていません。{error}") from error
        self.stdout.write(f"{centre.name}を開設しました: {options['host']}")
