"""The one way by which personal data leaves as a file (B4): a purpose, a mark on every page, a line with whose data and the file's digest;
for more than twenty people a second person, and everything asked again at the moment of handing over.

Two ways through it. `ask` and `hand_over`: lists of people, always after a fresh proof. `paper`: the everyday paper of one person or
one meeting, at once, with the purpose that it is made for.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from accounts import approvals
from accounts.catalogue import Permission
from accounts.models import Account, Approval, ApprovalState
from accounts.permissions import allowed
from accounts.persons import accounts_of_mailbox
from audit import trail
from exports.models import Export, ExportState, Purpose, number_of
from foundation import clock, wareki
from foundation.errors import RuleViolation, WrongState

READY_FOR = timedelta(hours=1)
READY_AFTER_APPROVAL = timedelta(hours=24)
COUNTED_TOGETHER = timedelta(hours=24)
APPROVAL = "export"

Details = Mapping[str, str]


@dataclass(frozen=True)
class Mark:
    """Who takes it, when, what for, and the number under which the trail knows it."""

    name: str
    at: datetime
    purpose: Purpose
    number: str

    def __str__(self) -> str:
        at = timezone.localtime(self.at)
        return f"{self.name}　{wareki.long(at.date())} {at:%-H:%M}　目的：{self.purpose.label}　番号 {self.number}"


class File(NamedTuple):
    name: str
    content_type: str
    content: bytes


class Kind(NamedTuple):
    """What may leave. `read` takes its conditions out of an address (Http404 for nonsense); `subjects` says whose data it would hold for
    this account as things stand now; `make` opens it through the gate, of these people only."""

    label: str
    channel: str
    read: Callable[[QueryDict, Account], Details]
    may: Callable[[Account, Details], bool]
    subjects: Callable[[Account, Details], frozenset[UUID]]
    make: Callable[[Account, Details, frozenset[UUID], Mark], File]


class NeedsSecondPerson(Exception):
    """An everyday paper of too many people: it has to be asked for."""

    def __init__(self, kind: str, details: Details) -> None:
        super().__init__(kind)
        self.kind, self.details = kind, details


_kinds: dict[str, Kind] = {}


def register(code: str, kind: Kind) -> None:
    _kinds[code] = kind


def kinds() -> Mapping[str, Kind]:
    return MappingProxyType(_kinds)


def register_approval() -> None:
    approvals.register(
        APPROVAL,
        approvals.Kind(
            label="書き出し",
            may_decide=lambda account, exports: exports if allowed(account, Permission.APPROVE_EXPORT) else (),
            carry_out=_release,
            url=lambda approval: Export(pk=approval.about_id).get_absolute_url(),
            about=_what,
        ),
    )


def _what(exports: Collection[UUID]) -> dict[UUID, str]:
    return {export.pk: f"{_kinds[export.kind].label}、{export.people}人分" for export in Export.objects.filter(pk__in=exports)}


def channel_of(kind: Kind, details: Details) -> str:
    """A list that is to be had in two formats leaves by the one that was asked for."""
    return details.get("format", kind.channel)


def needs_second_person(people: int) -> bool:
    return people > settings.EXPORT_PEOPLE_ALONE


def waits_for_second(account: Account, subjects: Collection[UUID]) -> bool:
    """Whether these people, with all whom she asked for alone within a day, are too many: cut into short lists it is still a long one."""
    alone = Export.objects.filter(asked_by__in=accounts_of_mailbox(account.email), asked_at__gt=clock.now() - COUNTED_TOGETHER)
    alone = alone.exclude(pk__in=Approval.objects.filter(kind=APPROVAL).values("about_id"))
    before = {person for people in alone.values_list("subjects", flat=True) for person in people}
    return needs_second_person(len(before.union(subjects)))


@transaction.atomic
def ask(kind: str, details: Details, *, purpose: str, by: Account) -> Export:
    """Ask for a file. Up to twenty people a day (settings.EXPORT_PEOPLE_ALONE) it is ready for an hour; beyond, it waits for another's yes.

    Raises PermissionDenied, RuleViolation `purpose_missing`, `nothing_to_export`.
    """
    found = _kinds[kind]
    if not found.may(by, details):
        raise PermissionDenied
    if purpose not in Purpose.values:
        raise RuleViolation("目的を選んでください。", code="purpose_missing", field="purpose")
    subjects = found.subjects(by, details)
    if not subjects:
        raise RuleViolation("この条件で書き出せる人がいません。", code="nothing_to_export")
    list(accounts_of_mailbox(by.email).select_for_update(of=("self",)).order_by("pk"))  # two at once are counted one after the other
    waits = waits_for_second(by, subjects)
    export = Export.objects.create(
        kind=kind,
        details=dict(details),
        purpose=purpose,
        subjects=sorted(subjects),
        asked_by=by,
        asked_at=clock.now(),
        expires_at=clock.now() + (approvals.OPEN_FOR if waits else READY_FOR),
        state=ExportState.WAITING if waits else ExportState.READY,
    )
    facts: dict[str, Any] = {"kind": kind, "number": export.number, "people": len(subjects)}
    trail.record("export.asked", by=by, about=export, subjects=subjects, channel=channel_of(found, details), purpose=purpose, **facts)
    if waits:
        approvals.ask(APPROVAL, export, by=by)
    return export


def hand_over(export: Export, *, by: Account) -> File:
    """The file, once, to whoever asked. Permission, care team and protection are those of this moment: who may no longer be in it is left out.

    The row is claimed first, then the gate opens (outside any transaction, with its own line), and under the row's lock it is asked once
    more whether everybody in the file may still be there; only then the line with the digest is written and the file let go.
    Raises PermissionDenied, WrongState `not_ready`, `changed_meanwhile`, and what the gate raises; then it may be fetched again.
    """
    kind, subjects = _claim(export, by)
    try:
        mark = Mark(by.name, clock.now(), Purpose(export.purpose), export.number)
        file = kind.make(by, export.details, subjects, mark)
        _let_go(export, file, kind, subjects, by)
    except BaseException:
        Export.objects.filter(pk=export.pk, state=ExportState.BEING_MADE).update(state=ExportState.READY)
        raise
    return file


def paper(code: str, details: Details, *, purpose: str, by: Account) -> File:
    """An everyday paper at once: the mark on it, one line with whose data, what for, and its digest.

    Raises PermissionDenied, NeedsSecondPerson beyond settings.EXPORT_PEOPLE_ALONE people, EvidenceUnavailable, and what the gate raises.
    """
    kind = _kinds[code]
    if not kind.may(by, details):
        raise PermissionDenied
    subjects = kind.subjects(by, details)
    if needs_second_person(len(subjects)):
        raise NeedsSecondPerson(code, details)
    mark = Mark(by.name, clock.now(), Purpose(purpose), number_of(uuid4()))
    file = kind.make(by, details, subjects, mark)
    facts: dict[str, Any] = {"kind": code, "number": mark.number, "people": len(subjects), "sha256": digest(file)}
    trail.record_read("export.printed", by=by, subjects=subjects, channel=kind.channel, purpose=purpose, **facts)
    return file


def digest(file: File) -> str:
    return hashlib.sha256(file.content).hexdigest()


def exports_of(account: Account) -> QuerySet[Export]:
    return Export.objects.filter(asked_by=account).select_related("asked_by").order_by("-asked_at", "pk")


def waiting_for(account: Account) -> QuerySet[Export]:
    """Those that wait for this account's word."""
    hers = [asked.about_id for asked in approvals.to_decide(account) if asked.kind == APPROVAL]
    return Export.objects.filter(pk__in=hers).select_related("asked_by").order_by("asked_at", "pk")


def can_see(account: Account, export: Export) -> bool:
    return export.asked_by_id == account.pk or allowed(account, Permission.APPROVE_EXPORT)


def approval_of(export: Export) -> Approval | None:
    return approvals_of([export]).get(export.pk)


def approvals_of(shown: Iterable[Export]) -> dict[UUID, Approval]:
    """Of those that had to be asked for, by their own id."""
    asked = Approval.objects.filter(kind=APPROVAL, about_id__in=[export.pk for export in shown]).select_related("decided_by")
    return {approval.about_id: approval for approval in asked.order_by("asked_at")}


def state_in_words(export: Export, approval: Approval | None) -> str:
    """What became of it: decided against, too late, or where it stands."""
    if export.state == ExportState.WAITING and approval is not None and approval.state != ApprovalState.WAITING:
        return approval.get_state_display()
    if export.state != ExportState.HANDED_OVER and export.is_over:
        return "期限が過ぎました"
    return export.get_state_display()


def _release(approval: Approval, *, by: Account) -> None:
    export = Export.objects.select_for_update(of=("self",)).get(pk=approval.about_id)
    export.state, export.expires_at = ExportState.READY, clock.now() + READY_AFTER_APPROVAL
    export.save(update_fields=["state", "expires_at"])


@transaction.atomic
def _claim(export: Export, by: Account) -> tuple[Kind, frozenset[UUID]]:
    export.refresh_from_db(from_queryset=Export.objects.select_for_update(of=("self",)))
    kind = _kinds[export.kind]
    if export.asked_by_id != by.pk or not by.may_sign_in or not kind.may(by, export.details):
        raise PermissionDenied
    if export.state != ExportState.READY or export.is_over:
        raise WrongState("この書き出しは受け取れません。もう一度、依頼してください。", code="not_ready")
    subjects = kind.subjects(by, export.details) & frozenset(export.subjects)  # nobody who came after the approval
    if not subjects:
        raise WrongState("書き出せる人がいなくなりました。", code="not_ready")
    export.state = ExportState.BEING_MADE
    export.save(update_fields=["state"])
    return kind, subjects


@transaction.atomic
def _let_go(export: Export, file: File, kind: Kind, subjects: frozenset[UUID], by: Account) -> None:
    export.refresh_from_db(from_queryset=Export.objects.select_for_update(of=("self",)))
    if export.state != ExportState.BEING_MADE or not kind.may(by, export.details) or not subjects <= kind.subjects(by, export.details):
        raise WrongState("作成している間に、見られる範囲が変わりました。もう一度、受け取ってください。", code="changed_meanwhile")
    export.state, export.handed_over_at, export.sha256 = ExportState.HANDED_OVER, clock.now(), digest(file)
    export.save(update_fields=["state", "handed_over_at", "sha256"])
    facts: dict[str, Any] = {"kind": export.kind, "number": export.number, "people": len(subjects), "sha256": export.sha256}
    trail.record(
        "export.handed_over",
        by=by,
        about=export,
        subjects=subjects,
        channel=channel_of(kind, export.details),
        purpose=export.purpose,
        **facts,
    )
