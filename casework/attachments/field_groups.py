"""Who may read of a file what: its name and what was said about it like a note, its content only who supports or supervises.

Content is a group of whereabouts: nobody can see beforehand whether a letter or a photo says where she is, so for a protected
person it is covered until somebody says what for and proves herself.
"""

from collections.abc import Sequence
from uuid import UUID

from accounts.models import Account
from casework.attachments.models import StoredFile
from casework.cases.access import BREAK_GLASS, SUPERVISION, SUPPORT, reading_grounds
from disclosure import registrations
from disclosure.registrations import WHEREABOUTS, Access

NARRATIVE = "narrative"


def register() -> None:
    everything = frozenset({NARRATIVE, WHEREABOUTS})
    registrations.register(
        StoredFile,
        groups={NARRATIVE: ("name", "description"), WHEREABOUTS: ("copy_key", "original_key")},
        decide=decide,
        grounds={SUPPORT: everything, SUPERVISION: everything, BREAK_GLASS: frozenset({NARRATIVE})},
    )


def decide(viewer: Account, files: Sequence[StoredFile]) -> dict[UUID, Access]:
    found = reading_grounds(viewer, {file.case_id for file in files})
    answers = {
        file.pk: registrations.on_ground(StoredFile, purpose, reason=purpose.reason)
        for file in files
        if (purpose := found.get(file.case_id))
    }
    return {pk: access for pk, access in answers.items() if access}
