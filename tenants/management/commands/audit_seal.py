"""`audit_seal`: the process that seals the trails and anchors them outside. One runs; a second would find the hosts taken."""

import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from audit.anchors import stores
from audit.heads import Signer
from tenants.sealer import Round


class Command(BaseCommand):
    help = "証跡を封印し、10 分ごとに外へ控えを出します（止めるまで動きます）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="いまあるものを封印し、控えを出して終わる")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:  # Any: Django's own signature
        signer = Signer(settings.ANCHOR_KEY_FILE) if settings.ANCHOR_KEY_FILE else None
        if signer is None:
            self.stderr.write("ANCHOR_KEY_FILE がないので、封印だけをして、外への控えは出しません。")
        going_round = Round(signer, stores())
        if once:
            while going_round.turn():
                pass
            return going_round.anchor()
        asked: list[int] = []

        def stop(number: int, _frame: FrameType | None) -> None:
            asked.append(number)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write("ready.")
        self.stdout.flush()
        going_round.forever(lambda: bool(asked))
        sys.stdout.flush()
        return None
