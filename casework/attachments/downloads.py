"""What somebody gets when she opens a file: the copy, or after a fresh proof the original; never before the inspection."""

from enum import StrEnum
from typing import NamedTuple

from accounts.models import Account
from casework.attachments.models import Family, FileState, StoredFile
from disclosure import gate, protection
from disclosure.contents import Lying, reveal_content
from files import store
from foundation.errors import WrongState
from vault.keys import current_centre
from vault.refusals import SealBroken

KINDS = {  # ending and content type of what is handed over
    Family.PDF: ("pdf", "application/pdf"),
    Family.JPEG: ("jpg", "image/jpeg"),
    Family.PNG: ("png", "image/png"),
    Family.DOCX: ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    Family.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    Family.TEXT: ("txt", "text/plain; charset=utf-8"),
}


class Which(StrEnum):
    COPY = "copy"
    ORIGINAL = "original"


class Taken(NamedTuple):
    """`name` is ours: in a folder of downloads nobody's name stands."""

    name: str
    content_type: str
    content: bytes


def check_ready(file: StoredFile, which: Which) -> None:
    """Raises WrongState `file_waiting`, `file_refused`, `file_not_scanned`."""
    if file.state == FileState.WAITING:
        raise WrongState("検査が終わるまで、このファイルは開けません。しばらく待ってから、もう一度お試しください。", code="file_waiting")
    if file.state == FileState.REFUSED:
        raise WrongState(f"このファイルは開けません。{file.what_was_found}", code="file_refused")
    if which == Which.ORIGINAL and not file.is_scanned:
        raise WrongState("ウイルス検査をしていないので、元のファイルは開けません。写しを使ってください。", code="file_not_scanned")


def needs_opening(file: StoredFile, viewer: Account) -> bool:
    """Whether its person is protected now: then a purpose and a fresh proof come first."""
    return bool(protection.standing_of(viewer, frozenset({file.case.client_id})).protected)


def read_file(file: StoredFile, which: Which, *, viewer: Account, opening: gate.Opening | None = None) -> Taken:
    """The sealed bytes are fetched, then the door asks, writes its line, and opens them. Raises `check_ready`, StoreAway, what
    `reveal_content` raises.
    """
    check_ready(file, which)
    content = reveal_content(lying(file, which), viewer=viewer, opening=opening)
    ending, content_type = KINDS[Family(file.family)]
    return Taken(f"{file.case.number}-{file.pk.hex[:8]}.{ending}", content_type, content)


def lying(file: StoredFile, which: Which) -> Lying:
    """Raises StoreAway."""
    object_id, checksum = (
        (file.original_object, file.original_checksum) if which == Which.ORIGINAL else (file.copy_object, file.copy_checksum)
    )
    assert object_id is not None, "only what was inspected has a copy"
    try:
        sealed: bytes | None = store.fetch(current_centre(), object_id, checksum)
    except (store.ObjectMissing, SealBroken):
        sealed = None  # erased, lost or altered: the door tells which, and leaves a line
    return Lying(file, f"{which.value}_key", object_id, sealed)
