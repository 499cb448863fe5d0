"""`audit_prove CENTRE SEQ`: a proof, as JSON, that the line is in the anchored trail. deploy/verify_inclusion.py checks it without us."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.heads import Keyring
from audit.proofs import NotProvable, prove
from tenants.activation import host_active
from tenants.management.commands.audit_verify import hosts


class Command(BaseCommand):
    help = "証跡の 1 行が外に控えられた証跡に含まれることの証明を JSON で出します（行の中身が入ります）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("centre", help="センターのスキーマ名、または public（本部）")
        parser.add_argument("seq", type=int, help="通し番号")

    def handle(self, *args: Any, centre: str, seq: int, **options: Any) -> None:  # Any: Django's own signature
        (host,) = hosts(centre)
        if not settings.ANCHOR_PUBLIC_KEY_FILE:
            raise CommandError("環境変数 ANCHOR_PUBLIC_KEY_FILE がありません。")
        try:
            with host_active(host):
                proof = prove(seq, Keyring.from_file(settings.ANCHOR_PUBLIC_KEY_FILE))
        except NotProvable as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(json.dumps(proof, ensure_ascii=False, indent=1))
