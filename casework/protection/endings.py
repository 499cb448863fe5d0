"""Ending a protection: two people, on a day, and never against something newer.

What is on the list when it is made counts for nothing: each ending looks again, holding the client, when it is carried out.
In 目黒区 (2025) a list of protections that had run out was made in April, a victim asked anew on 8 May, the list was carried
out on 14 May and took away the new protection; her address was given out on the 16th.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts import approvals
from accounts.catalogue import Permission
from accounts.models import Account, Approval
from accounts.permissions import at_work
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case
from casework.cases.steps import check_not_before, check_text, lock_case
from casework.protection.models import EndingState, Protection, ProtectionEnding
from casework.protection.permissions import can_look_after, cases_to_decide_ending
from casework.protection.protections import ENDING, OPEN_ENDINGS, close_as_overtaken, in_force, lock_client
from foundation import clock
from foundation.errors import RuleViolation, WrongState


@transaction.atomic
def ask_to_end(case: Case, *, reason: str, ends_on: date, by: Account, today: date) -> ProtectionEnding:
    """Ask that her protection end on a day (today or later); somebody else has to agree.

    Raises PermissionDenied, WrongState `not_protected`, RuleViolation `reason_required`, `ends_before_today`, `too_long`,
    `already_asked`.
    """
    case = lock_case(case)
    if not can_look_after(by, case):
        raise PermissionDenied
    if not reason.strip():
        raise RuleViolation("終える理由を書いてください。", code="reason_required", field="reason")
    check_text(ProtectionEnding, reason=reason)
    check_not_before(ends_on, today, "今日", code="ends_before_today", field="ends_on")
    client = lock_client(case.client_id)
    if not in_force(client.pk).exists():
        raise WrongState("いまは保護されていません。", code="not_protected")
    for earlier in ProtectionEnding.objects.select_for_update(of=("self",)).filter(client=client, state__in=OPEN_ENDINGS):
        if earlier.state == EndingState.APPROVED or approvals.waiting_for(ENDING, earlier.pk).exists():
            raise RuleViolation("保護を終える依頼がすでにあります。", code="already_asked")
        _close_declined(earlier, by=by)  # nobody decided within its time
    ending = ProtectionEnding.objects.create(client=client, reason=reason.strip(), ends_on=ends_on, asked_by=by, asked_at=clock.now())
    approvals.ask(ENDING, ending, by=by)
    trail.record("protection.end_asked", by=by, about=[case, ending], on=ends_on)
    open_duty(case, "protection.end_decision", due_on=ends_on, opened_on=today, assigned_to=None)
    return ending


@transaction.atomic
def decline_ending(ending: ProtectionEnding, *, by: Account) -> ProtectionEnding:
    """The protection stays. Raises PermissionDenied, WrongState `not_waiting`."""
    approvals.decline(_approval_of(ending), by=by)
    return ProtectionEnding.objects.get(pk=ending.pk)


@transaction.atomic
def approve_ending(ending: ProtectionEnding, *, by: Account) -> ProtectionEnding:
    """The second person agrees: it ends now, or on its day. Raises PermissionDenied, WrongState `not_waiting`."""
    approvals.approve(_approval_of(ending), by=by)
    return ProtectionEnding.objects.get(pk=ending.pk)


def approved(approval: Approval, *, by: Account) -> None:
    """What the approval does, in its transaction."""
    ending = ProtectionEnding.objects.get(pk=approval.about_id)
    lock_client(ending.client_id)
    ending = ProtectionEnding.objects.select_for_update(of=("self",)).get(pk=approval.about_id)
    if ending.state != EndingState.ASKED:
        raise WrongState("この依頼は、もう承認を待っていません。", code="not_waiting")
    ending.state = EndingState.APPROVED
    ending.save(update_fields=["state"])
    trail.record("protection.end_approved", by=by, about=ending, on=ending.ends_on)
    close_duty(_case_of(ending), "protection.end_decision", by=by, on=clock.today())
    if ending.ends_on <= clock.today():
        carry_out(ending.pk, today=clock.today())


def settled(approval: Approval, *, by: Account | None) -> None:
    """Declined, on whichever page, or whoever asked has left: she may be asked for anew."""
    ending = ProtectionEnding.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval.about_id)
    if ending.state == EndingState.ASKED:
        _close_declined(ending, by=by)


def _close_declined(ending: ProtectionEnding, *, by: Account | None) -> None:
    ending.state, ending.closed_at = EndingState.DECLINED, clock.now()
    ending.save(update_fields=["state", "closed_at"])
    trail.record("protection.end_declined", by=by, about=ending)
    close_duty(_case_of(ending), "protection.end_decision", by=by or ending.asked_by, on=clock.today())


@transaction.atomic
def carry_out(ending_id: UUID, *, today: date) -> ProtectionEnding:
    """End what the ending covers, if nothing newer was asked for meanwhile: decided now, holding the client.

    Whatever is newer voids it, and that conflict is recorded. One that is not approved, or not due, is left alone.
    """
    ending = ProtectionEnding.objects.get(pk=ending_id)
    lock_client(ending.client_id)
    ending = ProtectionEnding.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=ending_id)
    if ending.state != EndingState.APPROVED or ending.ends_on > today:
        return ending
    newer = in_force(ending.client_id).filter(set_at__gt=ending.asked_at).order_by("-set_at").first()
    if newer is not None:
        close_as_overtaken(ending, newer, by=None)
        return ending
    rows = list(in_force(ending.client_id).select_for_update(of=("self",)))
    Protection.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=clock.now())
    ending.state, ending.closed_at = EndingState.ENDED, clock.now()
    ending.save(update_fields=["state", "closed_at"])
    case = _case_of(ending)
    trail.record("protection.ended", by=None, about=[ending, *rows], asked_by=ending.asked_by_id)
    record_event(case, "protection.ended", on=today, by=ending.asked_by, about=ending)
    close_duty(case, "protection.review", by=ending.asked_by, on=today)
    return ending


def due_endings(today: date) -> list[UUID]:
    """A list of what is approved and whose day has come: only a list, each is looked at again when it is carried out."""
    rows = ProtectionEnding.objects.filter(state=EndingState.APPROVED, ends_on__lte=today)
    return list(rows.order_by("ends_on", "pk").values_list("pk", flat=True))


def may_decide(account: Account, endings: Collection[UUID]) -> Collection[UUID]:
    newest = Subquery(Case.objects.newest_of(OuterRef("client")).values("pk")[:1])
    asked = list(ProtectionEnding.objects.filter(pk__in=endings).values_list("pk", newest, "asked_by_id"))
    chiefs = set(at_work(Permission.READ_ALL_CASES.default_roles, clock.today()).values_list("pk", flat=True))
    hers = {
        by_chief: cases_to_decide_ending(account, {case for _, case, who in asked if (who in chiefs) is by_chief}, asked_by_chief=by_chief)
        for by_chief in (True, False)
    }
    return {ending for ending, case, who in asked if case in hers[who in chiefs]}


def _approval_of(ending: ProtectionEnding) -> Approval:
    waiting = approvals.waiting_for(ENDING, ending.pk).first()
    if waiting is None:
        raise WrongState("この依頼は、もう承認を待っていません。", code="not_waiting")
    return waiting


def _case_of(ending: ProtectionEnding) -> Case:
    return newest_case(ending.client_id)


def newest_case(client: UUID) -> Case:
    """Where what concerns the person is written down: her newest case."""
    return Case.objects.select_related("client", "owner").newest_of(client)[0]
