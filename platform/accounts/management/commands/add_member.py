"""Opens a centre's or headquarters' first accounts."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.members import add_member
from accounts.passwords import one_time_password
from foundation import clock
from foundation.errors import RuleViolation
from tenants.activation import centre_active, headquarters_active
from tenants.hosts import Host
from tenants.models import Centre, Corporation

HEADQUARTERS = "headquarters"


class Command(BaseCommand):
    help = "職員を登録し、初回のパスワードを表示します。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("centre", metavar="CENTRE", help="センターのスキーマ名、または headquarters")
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", required=True, help="氏名")
        parser.add_argument("--role", required=True, action="append", dest="roles", help="役割のコード。複数のときは繰り返す")
        parser.add_argument("--employer", default="", help="所属法人の名前。共同企業体のセンターでは必須")
        parser.add_argument("--password-stdin", action="store_true", help="パスワードを標準入力の1行目から読む")

    def handle(self, **options: Any) -> None:
        given = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        password = one_time_password() if given is None else given
        with self._host(options["centre"]):
            try:
                add_member(
                    email=options["email"],
                    name=options["name"],
                    roles=options["roles"],
                    by=None,
                    from_date=clock.today(),
                    employer=self._employer(options["employer"]),
                    password=password,
                    password_is_temporary=given is None,
                )
            except RuleViolation as violation:
                raise CommandError(f"{violation.message}（{violation.code}）") from None
        self.stdout.write(self.style.SUCCESS(f"{options['name']}さんを登録しました。"))
        if given is None:
            self.stdout.write(f"初回のパスワード: {password}")

    @contextmanager
    def _host(self, centre: str) -> Iterator[Host]:
        if centre == HEADQUARTERS:
            with headquarters_active() as host:
                yield host
            return
        with ExitStack() as stack:
            try:
                host = stack.enter_context(centre_active(centre))
            except Centre.DoesNotExist:
                raise CommandError(f"センター {centre} はありません。（unknown_centre）") from None
            yield host

    def _employer(self, name: str) -> Corporation | None:
        if not name:
            return None
        corporation = Corporation.objects.filter(name=name).first()
        if corporation is None:
            raise CommandError(f"法人「{name}」は登録されていません。（unknown_employer）")
        return corporation
