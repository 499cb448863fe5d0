"""`demo_data [--as-of YYYY-MM-DD]`: three centres with an invented past up to that day. What is there already is left alone."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deploy.demo_data import making, sign_ins
from foundation import clock


class Command(BaseCommand):
    help = "見本のデータを作ります。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, help="今日とみなす日（YYYY-MM-DD）")
        parser.add_argument("--centre", choices=[centre.schema for centre in sign_ins.CENTRES], help="このセンターの過去だけを作る")

    def handle(self, *, as_of: date | None, centre: str | None, **options: Any) -> None:
        day = as_of or clock.today()
        settings.AS_OF = day
        if centre:
            self._live(centre, day)
            return
        making.open_demo(domain=settings.BASE_HOST.split(":")[0], as_of=day)
        self._live_all(day)
        if target := os.environ.get("DEMO_SIGN_INS"):
            Path(target).write_text(sign_ins.as_text(settings.BASE_HOST), encoding="utf-8")

    def _live(self, schema: str, day: date) -> None:
        chosen = next(one for one in sign_ins.CENTRES if one.schema == schema)
        making.live_centre(chosen, as_of=day, progress=lambda month: self.stdout.write(f"{chosen.name} {month:%Y年%m月}", ending="\n"))

    def _live_all(self, day: date) -> None:
        """One process a centre: their pasts have nothing to do with each other."""
        command = [sys.executable, sys.argv[0], "demo_data", "--as-of", day.isoformat(), "--centre"]
        running = [subprocess.Popen([*command, centre.schema]) for centre in sign_ins.CENTRES]
        failed = [centre.name for centre, process in zip(sign_ins.CENTRES, running, strict=True) if process.wait() != 0]
        if failed:
            raise CommandError(f"{'、'.join(failed)} の見本を作れませんでした。")
