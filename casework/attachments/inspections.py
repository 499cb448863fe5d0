"""Looking at what was brought, before anybody can open it: the scanner first, then the process without rights, which makes the copy."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from audit import trail
from casework.attachments.downloads import Which, lying
from casework.attachments.files import INSPECT
from casework.attachments.models import FileState, StoredFile
from disclosure.contents import compute_content, seal_content
from files import scanner, store
from files.inspection import Report, inspect
from foundation import clock
from jobs import outbox
from jobs.models import Job, JobState
from vault.keys import KeyGone, current_centre

LATE = timedelta(minutes=10)
AT_ONCE = 200


def inspect_file(pk: UUID) -> None:
    """In the transaction of its job. Raises ScannerAway, InspectionFailed, StoreAway: then it goes on waiting and is tried again.

    Without CLAMD_ADDRESS (the demo) nothing is called scanned: the copy is made all the same, the original stays closed.
    """
    file = StoredFile.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
    if file.state != FileState.WAITING or file.removed_at is not None:
        return
    try:
        plain = compute_content(lying(file, Which.ORIGINAL), rule=INSPECT)
    except KeyGone:
        return  # its client was erased meanwhile
    report = verdict_on(plain, file.family)
    file.inspected_at, file.refusal = clock.now(), report.refusal
    file.state = FileState.REFUSED if report.refusal else FileState.CLEAN
    if not report.refusal:
        file.is_scanned = has_scanner()
        copy = seal_content(report.copy)
        file.copy_object, file.copy_key = copy.object_id, copy.key
        file.copy_checksum = store.put(current_centre(), copy.object_id, copy.sealed)
    file.save(update_fields=["state", "refusal", "is_scanned", "inspected_at", "copy_object", "copy_key", "copy_checksum"])
    trail.record("file.inspected", by=None, about=file, state=file.state, refusal=file.refusal, scanned=file.is_scanned)


def has_scanner() -> bool:
    return bool(settings.CLAMD_ADDRESS)


def verdict_on(plain: bytes, family: str) -> Report:
    if has_scanner() and scanner.finds_malware(plain, settings.CLAMD_ADDRESS):
        return Report("malware", b"")
    return inspect(plain, family)


def ask_again() -> int:
    """For what waits although its job was given up (a scanner that was away for long): a new job each. Returns how many."""
    late = StoredFile.objects.filter(state=FileState.WAITING, removed_at=None, added_at__lt=clock.now() - LATE)
    asked = Job.objects.filter(kind=INSPECT, state=JobState.WAITING).values("reference_id")
    waiting = list(late.exclude(pk__in=asked).order_by("added_at").values_list("pk", flat=True)[:AT_ONCE])
    for pk in waiting:
        outbox.add(INSPECT, pk)
    return len(waiting)
