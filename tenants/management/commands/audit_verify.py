"""`audit_verify [CENTRE]`: is the trail whole, and is it the one that was anchored? Exit code 1 when not; the first line at fault is named."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.anchors import Store, StoreAway, stores
from audit.heads import Keyring
from audit.verification import Verdict, verify
from tenants.activation import centre_active, host_active, kept_centres
from tenants.hosts import ENTRANCE, HEADQUARTERS, Host
from tenants.models import Centre, CentreState


class Command(BaseCommand):
    help = "証跡（ログではなく証拠の行）の鎖、日の根、署名、外の控えを計算し直して照らし合わせます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("centre", nargs="?", help="センターのスキーマ名、または public（本部）。なければすべて")
        parser.add_argument("--json", action="store_true", dest="as_json", help="結果を 1 センター 1 行の JSON で")

    def handle(self, *args: Any, centre: str | None, as_json: bool, **options: Any) -> None:  # Any: Django's own signature
        keys = Keyring.from_file(settings.ANCHOR_PUBLIC_KEY_FILE) if settings.ANCHOR_PUBLIC_KEY_FILE else None
        outside, sound = stores(), True
        for host in hosts(centre):
            with host_active(host):
                verdict = verify(host.schema_name, outside, keys)
            sound = sound and not verdict.findings
            self.stdout.write(said_as_json(host, verdict) if as_json else said(host, verdict))
        for name in sorted(missing_here(outside)) if centre is None else []:
            sound = False
            self.stdout.write(json.dumps({"host": name, "findings": [{"code": "missing_here"}]}) if as_json else f"{name}: {MISSING}")
        for name in said_to_be_erased() if centre is None else []:
            self.stdout.write(json.dumps({"host": name, "findings": [], "remarks": [ERASED]}) if as_json else f"{name}: 備考: {ERASED}")
        if not sound:
            sys.exit(1)


ERASED = "消去済みとされているので確かめていません。消去の証明書があることを確かめてください。"
MISSING = "✗ 全体 [missing_here] 外に控えがありますが、ここにはそのセンターがありません。"


def missing_here(outside: Sequence[Store]) -> set[str]:
    """Whose heads are kept outside and whom our own database does not name any more."""
    with host_active(ENTRANCE):
        known = {HEADQUARTERS.schema_name, *Centre.objects.values_list("schema_name", flat=True)}
    found: set[str] = set()
    for store in outside:
        with suppress(StoreAway):  # said of each host already
            found |= store.hosts()
    return found - known


def said_to_be_erased() -> list[str]:
    """That is a word in our own database, too: whoever changes it would have a centre passed over."""
    with host_active(ENTRANCE):
        return list(Centre.objects.filter(state=CentreState.ERASED).order_by("schema_name").values_list("schema_name", flat=True))


def hosts(centre: str | None) -> list[Host]:
    if centre is None:
        return [*kept_centres(), HEADQUARTERS]
    if centre == "public":
        return [HEADQUARTERS]
    try:
        with centre_active(centre) as host:
            return [host]
    except Centre.DoesNotExist:
        raise CommandError(f"センター {centre} はありません。") from None


def said(host: Host, verdict: Verdict) -> str:
    found = f"{len(verdict.findings)} 件の異常" if verdict.findings else "異常はありません"
    lines = [
        f"{host.schema_name}: {found}（封印 {verdict.size} 行、外の控えと一致 {verdict.anchored} 行まで、封印待ち {verdict.unsealed} 行）"
    ]
    for finding in verdict.findings:
        where = f"{finding.seq} 行目" + (f"（id {finding.line}）" if finding.line else "") if finding.seq else "全体"
        where = f"id {finding.line}" if not finding.seq and finding.line else where
        lines.append(f"  ✗ {where} [{finding.code}] {finding.message}")
    return "\n".join([*lines, *(f"  備考: {remark}" for remark in verdict.remarks)])


def said_as_json(host: Host, verdict: Verdict) -> str:
    findings = [finding._asdict() for finding in verdict.findings]
    return json.dumps({"host": host.schema_name, **verdict._asdict(), "findings": findings}, ensure_ascii=False)
