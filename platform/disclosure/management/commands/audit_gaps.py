"""`audit_gaps CENTRE --log FILE`: answers that opened personal data and left no line. Exit code 1 when there are any."""

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from disclosure.gaps import find_gaps
from foundation.files import why
from tenants.activation import host_active
from tenants.management.commands.audit_verify import hosts


class Command(BaseCommand):
    help = "web の記録（1 行 1 JSON）と証跡を照らし合わせ、個人の情報を開いたのに証跡のない応答を挙げます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("centre", help="センターのスキーマ名、または public（本部）")
        parser.add_argument("--log", type=Path, help="web の記録。なければ標準入力")

    def handle(self, *args: Any, centre: str, log: Path | None, **options: Any) -> None:  # Any: Django's own signature
        (host,) = hosts(centre)
        try:
            lines = nullcontext(sys.stdin) if log is None else log.open(encoding="utf-8", errors="replace")
        except OSError as error:
            raise CommandError(f"{log} が読めません: {why(error)}") from error
        with lines as given, host_active(host):
            gaps, compared = find_gaps(given, host.schema_name)
        self.stdout.write(f"{host.schema_name}: 個人の情報を開いた応答 {compared} 件を照合しました。証跡のないもの {len(gaps)} 件。")
        for gap in gaps:
            self.stdout.write(
                f"  ✗ {gap.at.isoformat()} {gap.method} {gap.route} {gap.status} 開いた件数 {gap.opened} 要求番号 {gap.request_id}"
            )
        if gaps:
            sys.exit(1)
