"""`manage.py erase_centre_keys CENTRE --confirm CENTRE --asked-by EMAIL --approved-by EMAIL --out FILE`: the end of a centre.

After the package has been handed over: destroys the centre's key and all under it, tells the ledger outside, and writes the
certificate; killed in between, it goes on where it was when run again. Two people with accounts at the centre or at
headquarters; the owner's secret is needed, which web and worker do not have.
"""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts.models import Account
from accounts.persons import is_same_person
from audit import trail
from audit.heads import latest_head
from foundation.files import why
from tenants.activation import centre_active, headquarters_active, keys_owner_active
from tenants.models import Centre
from vault import erasing
from vault.keys import KeyGone

REASON = "contract_ended"
TOLD_NOBODY = "鍵は破棄しましたが、台帳を S3 に書けません。証明書はまだです。S3 が戻ったら、同じコマンドをもう一度実行してください。"


class Command(BaseCommand):
    help = "センターの鍵をすべて破棄します。元に戻せません。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("centre")
        parser.add_argument("--confirm", required=True, help="スキーマの名前をもう一度")
        parser.add_argument("--asked-by", required=True, help="求めた人のメールアドレス")
        parser.add_argument("--approved-by", required=True, help="認めた人のメールアドレス（別の人）")
        parser.add_argument("--out", required=True, type=Path, help="証明書（JSON）を書くファイル")

    def handle(self, *args: Any, centre: str, confirm: str, out: Path, **options: Any) -> None:  # Any: as in Django
        if confirm != centre:
            raise CommandError("--confirm がセンターの名前と違います。")
        try:
            asked, approved = account_of(centre, options["asked_by"]), account_of(centre, options["approved_by"])
            if is_same_person(asked, approved):
                raise CommandError("求めた人と認めた人は、別の人でなければなりません。")
            claim(out)
            with centre_active(centre):
                head = latest_head()
            with headquarters_active():
                trail.record_event("centre.erasing", by=None, channel="command", centre=centre, asked_by=asked.pk, approved_by=approved.pk)
            with keys_owner_active():
                line = erasing.erase_centre(centre, erasing.Decided(REASON, str(asked.pk), str(approved.pk)))
            erasing.tell_outside([line])
        except Centre.DoesNotExist as unknown:
            raise CommandError("そのセンターはありません。") from unknown
        except KeyGone as gone:
            raise CommandError("そのセンターには鍵がありません。") from gone
        except (BotoCoreError, ClientError) as away:
            raise CommandError(TOLD_NOBODY) from away
        except DatabaseError as error:
            raise CommandError(f"破棄できません。{error}") from error
        certificate = json.loads(erasing.as_text(line)) | {"last_audit_head": json.loads(head.text) if head else None}
        out.write_text(json.dumps(certificate, ensure_ascii=False, indent=2) + "\n")
        self.stdout.write(f"{centre}: 鍵 {len(line.keys)} 本を破棄しました。証明書 {out}")


def claim(out: Path) -> None:
    """Before anything is destroyed. An empty file is what a run that was killed left."""
    try:
        if out.exists() and out.stat().st_size:
            raise CommandError(f"{out} はもうあります。")
        out.touch()
    except OSError as error:
        raise CommandError(f"{out} に書けません: {why(error)}") from error


def account_of(centre: str, email: str) -> Account:
    """Somebody who signs in at the centre or at headquarters."""
    for place in (centre_active(centre), headquarters_active()):
        with place:
            found = Account.objects.filter(email=email).first()
            if found is not None:
                return found
    raise CommandError(f"{email} という利用者はいません。")
