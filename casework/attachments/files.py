"""Adding a file to a case, finding it, and taking it out of the list."""

from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from accounts.models import Account
from audit import trail
from casework.attachments.models import RemovalReason, StoredFile
from casework.cases.access import can_work_on_case, find_case
from casework.cases.events import record_event
from casework.cases.models import Case
from casework.cases.steps import begin_step, check_text
from disclosure import gate
from disclosure.contents import SealedContent, seal_content
from disclosure.opened import Opened
from files import names, store
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from jobs import outbox
from vault.keys import current_centre

PAGE = 50
INSPECT = "attachments.inspect"


class Brought(NamedTuple):
    """A file as somebody chose it."""

    name: str
    content: bytes
    description: str = ""


def add_file(case: Case, brought: Brought, *, by: Account) -> StoredFile:
    """Keep it, sealed, and ask for its inspection. The object lies in the store before the row is written: what is called saved is there.

    Raises PermissionDenied, StoreAway, RuleViolation `file_name_empty`, `file_kind_refused`, `file_empty`, `file_too_large`, `too_long`.
    """
    if not can_work_on_case(by, case):
        raise PermissionDenied
    name, family = check_file(brought)
    content = seal_content(brought.content)
    checksum = store.put(current_centre(), content.object_id, content.sealed)
    return _keep(case, brought._replace(name=name), family, content, checksum, by=by)


def check_file(brought: Brought) -> tuple[str, str]:
    """The name as it is kept, and which kind it says the file is."""
    name = names.tidy(brought.name)
    family = names.family_of(name)
    if not brought.content:
        raise RuleViolation("中身のないファイルです。別のファイルを選んでください。", code="file_empty", field="file")
    if len(brought.content) > settings.FILE_LARGEST:
        raise RuleViolation(too_large(), code="file_too_large", field="file")
    check_text(StoredFile, description=brought.description)
    return name, family


def too_large() -> str:
    """Said by the rule, and by the page before it sends."""
    return f"ファイルが大きすぎます。{settings.FILE_LARGEST // (1024 * 1024)}MB までにしてください。"


@transaction.atomic
def _keep(case: Case, brought: Brought, family: str, content: SealedContent, checksum: str, *, by: Account) -> StoredFile:
    """An object whose row does not come about is swept later; nobody has its key."""
    case = begin_step(case, by=by)
    file = StoredFile.objects.create(
        case=case,
        name=brought.name,
        description=brought.description.strip() or None,
        family=family,
        size=len(brought.content),
        original_object=content.object_id,
        original_checksum=checksum,
        original_key=content.key,
        added_by=by,
        added_at=clock.now(),
    )
    record_event(case, "file.added", on=clock.today(), by=by, about=file)
    trail.record("file.added", by=by, about=file, family=family, size=file.size)
    outbox.add(INSPECT, file.pk)
    return file


@transaction.atomic
def remove_file(file: StoredFile, *, reason: str, by: Account) -> StoredFile:
    """Take it out of the list; it stays sealed where it lies, and no door opens it. Raises PermissionDenied, RuleViolation
    `unknown_reason`, WrongState `file_removed`.
    """
    case = begin_step(file.case, by=by)
    if reason not in RemovalReason.values:
        raise RuleViolation("理由を選んでください。", code="unknown_reason", field="reason")
    file = StoredFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if file.removed_at is not None:
        raise WrongState("このファイルは、もう外されています。", code="file_removed")
    file.removed_at, file.removed_by, file.removal_reason = clock.now(), by, reason
    file.save(update_fields=["removed_at", "removed_by", "removal_reason"])
    record_event(case, "file.removed", on=clock.today(), by=by, about=file)
    trail.record("file.removed", by=by, about=file, reason=reason)
    return file


def files_on(case: Case) -> QuerySet[StoredFile]:
    """The latest first, without the keys of what is in them."""
    shown = StoredFile.objects.filter(case=case, removed_at=None).select_related("added_by", "case")
    return shown.defer("original_key", "copy_key").order_by("-added_at", "pk")


def open_files(case: Case, viewer: Account, *, page: str | int | None) -> "tuple[Opened, Page[Opened]]":
    """Whose case it is and what its files are called; one reveal."""
    shown: Any = Paginator(files_on(case), PAGE).get_page(page)  # rows, which are opened in their place
    client, *opened = gate.reveal([case.client, *shown], viewer=viewer, channel="screen")
    shown.object_list = opened
    return client, shown


def find_file(account: Account, case_pk: UUID, pk: UUID) -> StoredFile:
    """A file of a case that she works on. Raises as `find_case`; Http404 for one that is removed or another case's."""
    case = find_case(account, case_pk)
    file = files_on(case).filter(pk=pk).first()
    if file is None:
        raise Http404
    file.case = case
    return file
