"""Files on a case, added and looked at as the product does it; the inspecting process is left out, it has tests of its own."""

from unittest.mock import patch

from django.db import transaction

from accounts.models import Account
from casework.attachments import inspections
from casework.attachments.files import Brought, add_file
from casework.attachments.models import StoredFile
from casework.cases.models import Case
from files.inspection import Report

LETTER = "役所からの通知（見本）".encode()


def waiting_file(case: Case, *, by: Account, name: str = "通知.txt", content: bytes = LETTER, description: str = "") -> StoredFile:
    return add_file(case, Brought(name, content, description), by=by)


def stored_file(
    case: Case,
    *,
    by: Account,
    name: str = "通知.txt",
    content: bytes = LETTER,
    description: str = "",
    refusal: str = "",
    scanned: bool = True,
) -> StoredFile:
    """One that was looked at; its copy is as it was brought."""
    file = waiting_file(case, by=by, name=name, content=content, description=description)
    return looked_at(file, refusal=refusal, scanned=scanned)


def looked_at(file: StoredFile, *, refusal: str = "", scanned: bool = True) -> StoredFile:
    def found(plain: bytes, family: str) -> Report:
        return Report(refusal, b"" if refusal else plain)

    with patch.object(inspections, "verdict_on", found), patch.object(inspections, "has_scanner", lambda: scanned), transaction.atomic():
        inspections.inspect_file(file.pk)
    return StoredFile.objects.select_related("case__client").get(pk=file.pk)
