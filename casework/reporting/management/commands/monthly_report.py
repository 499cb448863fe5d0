"""`monthly_report CENTRE YYYY-MM`: the month's report as a workbook, or its series as JSON."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from casework.reporting.months import Month
from casework.reporting.reports import make_report
from casework.reporting.workbook import monthly_workbook
from foundation import clock
from foundation.errors import RuleViolation
from foundation.files import why
from tenants.activation import centre_active
from tenants.models import Centre


class Command(BaseCommand):
    help = "センターの月次報告を作ります（--out でブック、--json で数値）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("centre")
        parser.add_argument("month", help="YYYY-MM")
        parser.add_argument("--out", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, centre: str, month: str, out: Path | None, json: bool, **options: Any) -> None:
        if not (out or json):
            raise CommandError("--out FILE.xlsx か --json を指定してください。")
        found = Centre.objects.filter(schema_name=centre).first()
        if found is None:
            raise CommandError(f"センター {centre} はありません。")
        try:
            asked = Month.parse(month)
            with centre_active(centre):
                figures = make_report(asked, by=None, channel="command", today_month=Month.of(clock.today()))
                book = monthly_workbook(figures, centre_name=found.name) if out else b""
        except RuleViolation as violation:
            raise CommandError(violation.message) from violation
        if out:
            self._write(out, book)
        if json:
            self.stdout.write(_as_json(centre, asked, figures.as_series()))

    def _write(self, out: Path, book: bytes) -> None:
        try:
            out.write_bytes(book)
        except OSError as error:
            raise CommandError(f"{out} に書けません: {why(error)}") from error
        self.stderr.write(f"{out} に書きました。")


def _as_json(centre: str, month: Month, series: dict[str, Any]) -> str:
    return json.dumps({"centre": centre, "month": str(month), "series": series}, ensure_ascii=False, indent=1)
