"""`manage.py replay_erasures [FILE]`: after a restore, erases again whoever was erased.

The ledger comes from S3, or from a file that `erasure_ledger` wrote; the one in `keys` may be as old as the backup.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from audit import trail
from casework.erasures.erasures import erase_further
from foundation.errors import ServiceAway
from tenants.activation import centre_active, headquarters_active, keys_owner_active
from tenants.models import Centre
from vault import erasing
from vault.models import Erasure


class Command(BaseCommand):
    help = "控えから戻したあと、消去の台帳をもう一度実行します。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="erasure_ledger で書き出したファイル。なければ S3 から読む")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:  # Any: as in Django
        try:
            outside = list(from_file(file) if file else erasing.told_outside())
            with keys_owner_active():
                lines, destroyed = erasing.replay([*outside, *Erasure.objects.all()])
                alive = erasing.still_alive()
                known = list(Erasure.objects.exclude(subject=None))
            objects = erase_objects(known)
            with headquarters_active():
                trail.record_event("key.erasures_replayed", by=None, channel="command", lines=lines, keys=destroyed)
        except ServiceAway as away:
            raise CommandError(f"鍵は破棄しましたが、ファイルを消せません。{away.message}そのあとで、もう一度実行してください。") from away
        except (BotoCoreError, ClientError, OSError) as away:
            raise CommandError(f"台帳が読めません（{type(away).__name__}）。ファイルから実行するには、その名前を続けます。") from away
        except erasing.NoLine as broken:
            raise CommandError(
                f"台帳の行ではないものがあります: {broken}。何も消していません。取り除いて、もう一度実行してください。"
            ) from broken
        except DatabaseError as error:
            raise CommandError(f"消去できません。{error}") from error
        if alive:
            raise CommandError(f"消去したはずの鍵が {alive} 本残っています。")
        self.stdout.write(f"台帳 {lines} 行、破棄した鍵 {destroyed} 本、残り 0 本、消したファイル {objects} 個。")


def erase_objects(lines: list[Erasure]) -> int:
    """What lies outside of everybody on the ledger, at the centres that still are; once more is no harm."""
    objects = 0
    for centre in sorted({line.centre for line in lines} & set(Centre.objects.values_list("schema_name", flat=True))):
        with centre_active(centre):
            objects += sum(erase_further(line.subject) for line in lines if line.centre == centre and line.subject)
    return objects


def from_file(file: Path) -> Iterator[Erasure]:
    for number, line in enumerate(file.read_text(errors="replace").splitlines(), start=1):
        if line.strip():
            yield erasing.from_text(line, f"{file} の {number} 行目")
