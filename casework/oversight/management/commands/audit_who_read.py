"""`audit_who_read CENTRE CLIENT`: who read this client's data, when, why and how, by case number or id."""

import unicodedata
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit import reading, trail
from casework.cases.models import Case
from casework.clients.models import Client
from casework.oversight.who_read import shown_rows
from tenants.activation import centre_active
from tenants.models import Centre


class Command(BaseCommand):
    help = "相談者の記録を、だれが、いつ、なぜ、どうやって見たかを出します（ケース番号かID）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("centre")
        parser.add_argument("client", help="ケース番号（R8-0001）か相談者のID")

    def handle(self, *, centre: str, client: str, **options: Any) -> None:
        if not Centre.objects.filter(schema_name=centre).exists():
            raise CommandError(f"センター {centre} はありません。")
        with centre_active(centre):
            found = client_of(client)
            if found is None:
                raise CommandError("その番号・IDの相談者はいません。")
            trail.record_read("who_read.shown", by=None, subjects=(), channel="command", purpose="review", client=found)
            rows = shown_rows(reading.readings_of(found))
        for row in rows:
            self.stdout.write(f"{row.day:%Y-%m-%d}\t{row.who}\t{row.what}\t{row.why}{row.how}\t{row.times}回")
        self.stderr.write(f"{len(rows)}行")


def client_of(asked: str) -> UUID | None:
    case = Case.objects.filter(number=unicodedata.normalize("NFKC", asked).strip().upper()).values_list("client_id", flat=True).first()
    if case is not None:
        return case
    try:
        pk = UUID(asked)
    except ValueError:
        return None
    return Client.objects.filter(pk=pk).values_list("pk", flat=True).first()
