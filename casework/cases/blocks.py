"""Who must never see a client: relatives, and those with an interest. Said by herself or by a chief; taken back by two people."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts import approvals
from accounts.catalogue import Permission
from accounts.models import Account, Approval
from accounts.permissions import allowed
from audit import trail
from casework.cases.access import blocked_clients, is_blocked
from casework.cases.care_team import take_off_team
from casework.cases.duties import close_duty
from casework.cases.events import record_event
from casework.cases.models import Case, Duty
from casework.cases.models_access import BlockReason, CaseBlock, CaseOpening
from casework.cases.steps import check_text, lock_case
from casework.cases.supervisors import answerable_for
from disclosure import gate
from foundation import clock
from foundation.errors import RuleViolation, WrongState

KIND = "case.block_end"
ATTEMPT = "case.blocked_attempt"


def can_declare(account: Account, case: Case) -> bool:
    """Anybody of the centre who may know that the case exists says so of herself."""
    return allowed(account, Permission.SEE_CASE_REGISTER) and not is_blocked(account, case.client_id)


def can_block_others(account: Account, case: Case) -> bool:
    return can_declare(account, case) and allowed(account, Permission.ASSIGN_CARE_TEAM)


def keeps_blocks(account: Account) -> bool:
    """The chief, and the administrator, by number."""
    return allowed(account, Permission.ASSIGN_CARE_TEAM) or allowed(account, Permission.MANAGE_STAFF)


def can_see_blocks(account: Account, case: Case) -> bool:
    return keeps_blocks(account) and not is_blocked(account, case.client_id)


@transaction.atomic
def block(case: Case, account: Account, *, reason: str, words: str, by: Account) -> CaseBlock:
    """From now on there is nothing of the case's client for this account: whatever team, grant or role she has.

    She leaves the client's teams, and what she had open is closed. Raises PermissionDenied, RuleViolation `unknown_reason`,
    `too_long`, or WrongState `blocked_already`, `owner_hands_over_first`.
    """
    case = lock_case(case)
    if not (can_declare(by, case) if account.pk == by.pk else can_block_others(by, case)):
        raise PermissionDenied
    if reason not in BlockReason:
        raise RuleViolation("関係を選んでください。", code="unknown_reason", field="reason")
    check_text(CaseBlock, words=words)
    if is_blocked(account, case.client_id):
        raise WrongState(f"{account.name}さんには、もう見せないことになっています。", code="blocked_already", field="account")
    cases = list(Case.objects.select_for_update(of=("self",)).filter(client=case.client_id).select_related("owner").order_by("pk"))
    if any(each.owner_id == account.pk for each in cases):
        raise WrongState(
            f"{account.name}さんが主担当です。先に、ほかの職員へ引き継いでください。", code="owner_hands_over_first", field="account"
        )
    made = CaseBlock.objects.create(
        client_id=case.client_id, account=account, reason=reason, words=words.strip() or None, declared_by=by, declared_at=clock.now()
    )
    for each in cases:
        take_off_team(each, account, by=by, today=clock.today())
        Duty.objects.filter(case=each, closed_on=None, assigned_to=account).update(assigned_to=each.owner)
        record_event(each, "case.blocked", on=clock.today(), by=by, facts={"account": str(account.pk)})
    CaseOpening.objects.in_force(clock.now()).filter(account=account, case__in=cases).update(ended_at=clock.now())
    trail.record("case.blocked", by=by, about=[made, case], account=str(account.pk), reason=reason)
    return made


@transaction.atomic
def ask_to_end_block(made: CaseBlock, *, case: Case, by: Account) -> Approval:
    """Ask a second person to take it back. Raises PermissionDenied, RuleViolation `already_asked`, WrongState `ended_already`."""
    made = CaseBlock.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if made.account_id == by.pk or not can_see_blocks(by, case):
        raise PermissionDenied
    if made.ended_at is not None:
        raise WrongState("この届け出は、もう解除されています。", code="ended_already")
    return approvals.ask(KIND, made, by=by)


def blocks_of(client: UUID) -> "QuerySet[CaseBlock]":
    return CaseBlock.objects.in_force().filter(client=client).select_related("account", "declared_by").order_by("declared_at")


class Listed(NamedTuple):
    block: Any  # the row, opened for who may read why
    words: str
    asked: Approval | None
    may_decide: bool


def open_blocks(case: Case, viewer: Account) -> list[Listed]:
    """The list with its reasons in words for the chief; the administrator sees who, and on what code."""
    rows = list(blocks_of(case.client_id))
    asked = {approval.about_id: approval for approval in approvals.waiting(KIND).filter(about_id__in=[row.pk for row in rows])}
    may_read = allowed(viewer, Permission.READ_ALL_CASES)
    opened: dict[UUID, Any] = {row.pk: row for row in gate.reveal(rows, viewer=viewer, channel="screen")} if may_read else {}
    found = []
    for row in rows:
        waiting = asked.get(row.pk)
        words = (opened[row.pk].words or "") if row.pk in opened else ""
        found.append(Listed(row, words, waiting, waiting is not None and approvals.can_decide(viewer, waiting)))
    return found


def attempts_on(case: Case) -> bool:
    return Duty.objects.filter(case=case, kind=ATTEMPT, closed_on=None).exists()


def report_attempt(account: Account, case: Case) -> None:
    """She asked for what is not there for her: a duty for a chief, or where none may know of it for an administrator."""
    found = CaseBlock.objects.in_force().filter(client=case.client_id, account=account).first()
    if found is None or Duty.objects.filter(kind=ATTEMPT, about_id=found.pk, closed_on=None).exists():
        return
    today = clock.today()
    told = answerable_for(case, without={account.pk})
    duty = Duty(case=case, kind=ATTEMPT, due_on=today, opened_on=today, assigned_to=told)
    duty.about_label, duty.about_id = found._meta.label, found.pk
    Duty.objects.bulk_create([duty], ignore_conflicts=True)  # two requests at once make one


@transaction.atomic
def note_attempts_seen(case: Case, *, by: Account) -> None:
    """Raises PermissionDenied."""
    if not can_see_blocks(by, case):
        raise PermissionDenied
    if not attempts_on(case):
        return
    close_duty(case, ATTEMPT, by=by, on=clock.today())
    trail.record("case.blocked_attempt_seen", by=by, about=case)


def register() -> None:
    approvals.register(KIND, approvals.Kind("閲覧させない届け出の解除", _may_decide, _end, url=_url, about=_about))


def _may_decide(account: Account, blocks: Collection[UUID]) -> Collection[UUID]:
    """Whoever keeps the list, but never whom the block keeps away, nor who is blocked from the same person."""
    if not keeps_blocks(account):
        return ()
    asked = CaseBlock.objects.filter(pk__in=blocks).exclude(account=account).exclude(client__in=blocked_clients(account))
    return asked.values_list("pk", flat=True)


def _end(approval: Approval, *, by: Account) -> None:
    made = CaseBlock.objects.select_for_update(of=("self",)).select_related("account").get(pk=approval.about_id)
    if made.ended_at is not None:
        raise WrongState("この届け出は、もう解除されています。", code="ended_already")
    made.ended_at, made.ended_by = clock.now(), by
    made.save(update_fields=["ended_at", "ended_by"])
    for case in Case.objects.filter(client=made.client_id).order_by("pk"):
        close_duty(case, ATTEMPT, by=by, on=clock.today(), about=made)
        record_event(case, "case.block_ended", on=clock.today(), by=by, facts={"account": str(made.account_id)})
    trail.record("case.block_ended", by=by, about=made, account=str(made.account_id), asked_by=str(approval.asked_by_id))


def _about(blocks: Collection[UUID]) -> dict[UUID, str]:
    return dict(CaseBlock.objects.filter(pk__in=blocks).values_list("pk", Case.objects.newest_number()))


def _url(approval: Approval) -> str:
    made = CaseBlock.objects.get(pk=approval.about_id)
    return reverse("cases:blocks", args=[Case.objects.newest_of(made.client_id)[0].pk])
