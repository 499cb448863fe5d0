"""`manage.py erasure_ledger [--out FILE]`: the ledger of erasures, a line each, to keep away from both databases."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.files import why
from vault.erasing import as_text
from vault.models import Erasure


class Command(BaseCommand):
    help = "消去の台帳を 1 行 1 JSON で書き出します。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, help="書き出すファイル。なければ画面")

    def handle(self, *args: Any, out: Path | None, **options: Any) -> None:  # Any: as in Django
        text = "".join(as_text(line) + "\n" for line in Erasure.objects.order_by("at"))
        if not out:
            self.stdout.write(text, ending="")
            return
        try:
            out.write_text(text)
        except OSError as error:
            raise CommandError(f"{out} に書けません: {why(error)}") from error
