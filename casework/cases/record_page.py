"""One record on its own page: as it stands, as it stood before, and against what somebody else saved meanwhile."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import Account
from casework.cases.access import find_case
from casework.cases.answers import stand_on
from casework.cases.forms_record import LABELS, RecordEditForm
from casework.cases.models import Revision, SupportRecord
from disclosure import gate
from disclosure.opened import Opened
from foundation import codes, wareki

FIELDS = {"happened_on": "on"}


class Difference(NamedTuple):
    label: str
    saved: str
    typed: str


def find_record(account: Account, pk: UUID) -> SupportRecord:
    """The record with its case, by the rules of the case: as `find_case` refuses."""
    record = SupportRecord.objects.filter(pk=pk).first()
    case = find_case(account, record.case_id if record else pk)
    found = SupportRecord.objects.select_related("recorded_by").get(pk=pk)
    found.case = case
    return found


def open_record(record: SupportRecord, viewer: Account, form: RecordEditForm, *, stale: bool) -> dict[str, Any]:
    """What its page shows, by one reveal. After a stale save the record is read again and the form takes its new version."""
    if stale:
        record = find_record(viewer, record.pk)
    history = list(Revision.objects.filter(object_label=record._meta.label, object_id=record.pk).select_related("by").order_by("-version"))
    opened, client, *before = gate.reveal([record, record.case.client, *history], viewer=viewer, channel="screen")
    stands = values_of(opened)
    form.initial = stands
    differences = compare(stands, form.cleaned_data) if stale else []
    if stale:
        stand_on(form, version=record.version)
    versions = [(revision.version, revision.by, revision.at, in_words(revision.changed)) for revision in before]
    return {"case": record.case, "client": client, "record": opened, "form": form, "differences": differences, "versions": versions}


def values_of(record: Opened) -> dict[str, Any]:
    names = ("method", "text", "minutes", "started_at", "counterpart", "next_step", "version")
    return {"on": record.happened_on} | {name: getattr(record, name) for name in names}


def compare(stands: Mapping[str, Any], typed: Mapping[str, Any]) -> list[Difference]:
    """What differs between what is saved and what was typed, in words."""
    pairs = ((name, word(name, stands.get(name)), word(name, typed.get(name))) for name in LABELS)
    return [Difference(LABELS[name], saved, now) for name, saved, now in pairs if saved != now]


def in_words(changed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A revision as label and words."""
    named = {FIELDS.get(name, name): value for name, value in changed.items()}
    return [(LABELS[name], word(name, named[name])) for name in LABELS if name in named]


def word(name: str, value: object) -> str:
    if value in (None, ""):
        return "（なし）"
    if name == "method":
        return codes.label("record_method", str(value))
    if name == "on":
        return wareki.formal(value if isinstance(value, date) else date.fromisoformat(str(value)))
    if name == "started_at":
        return f"{value:%H:%M}" if isinstance(value, time) else str(value)[:5]
    return str(value)
