"""`import_history CENTRE FILE.jsonl --as EMAIL`: a centre's past, taken over whole or not at all."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Account
from casework.history.importing import Imported, import_history
from casework.history.lines import BadLine
from foundation.files import why
from tenants.activation import centre_active
from tenants.models import Centre

EVERY = 100


class Command(BaseCommand):
    help = "センターの過去の記録（1行に1つのJSON）を取り込みます。1行でも誤りがあれば、何も取り込みません。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("centre")
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="email", required=True, help="記録する人のメールアドレス")

    def handle(self, *, centre: str, file: Path, email: str, **options: Any) -> None:
        try:
            lines = file.read_bytes().split(b"\n")
        except OSError as error:
            raise CommandError(f"{file} が読めません: {why(error)}") from error
        if not any(line.strip() for line in lines):
            raise CommandError(f"{file} には1行もありません。")
        try:
            with centre_active(centre):
                imported = import_history(lines, by=_account(email), progress=self._progress(len([line for line in lines if line.strip()])))
        except Centre.DoesNotExist as error:
            raise CommandError(f"センター {centre} はありません。") from error
        except PermissionDenied as error:
            raise CommandError(f"{email} には取り込みの権限がありません（主任相談支援員かセンター管理者が必要です）。") from error
        except BadLine as wrong:
            raise CommandError(f"{wrong}\n何も取り込んでいません。") from wrong
        self.stdout.write(_said(imported))

    def _progress(self, total: int) -> "Any":  # a callable; the last line of progress ends the counter
        def show(count: int) -> None:
            if count % EVERY == 0 or count == total:
                self.stderr.write(f"{count} / {total} 行")

        return show


def _account(email: str) -> Account:
    account = Account.objects.filter(email=email.strip().lower()).first()
    if account is None or account.membership is None:
        raise CommandError(f"{email} は、このセンターの今の職員ではありません。")
    return account


def _said(imported: Imported) -> str:
    if not imported.added:
        return f"この {imported.known} 行はすでに取り込み済みです。何も変わっていません。"
    return f"{imported.added} 行を取り込みました。" + (f"（{imported.known} 行は取り込み済みでした）" if imported.known else "")
