"""緊急閲覧: one case, an hour, for reading alone, told to its owner and chief at once and looked at by somebody else afterwards."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from accounts import approvals, notices
from accounts.catalogue import Permission
from accounts.models import Account, Approval
from accounts.permissions import allowed
from accounts.persons import is_same_person
from audit import trail
from casework.cases.access import blocked_clients, can_break_glass, is_blocked, is_on_team
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case
from casework.cases.models_access import CaseOpening, OpeningKind, OpeningQuerySet, ReviewResult
from casework.cases.openings import ASK_GLASS, check_reason
from casework.cases.steps import check_text, lock_case
from casework.cases.supervisors import chiefs_of
from foundation import clock
from foundation.errors import RuleViolation, WrongState

LASTS = timedelta(minutes=60)
SHORTEST_WORDS = 20
FREE_USES, PERIOD = 3, timedelta(days=30)
REVIEW_WITHIN = 3  # business days
KIND = ASK_GLASS
OPEN = {"kind": OpeningKind.BREAK_GLASS, "opened_at__isnull": False, "ended_at": None}
REVIEW, TOLD, APPROVAL = "break_glass.review", "break_glass.told", "break_glass.approval"


def may_break_glass(account: Account, case: Case) -> bool:
    """Staff who support people, for a case that may be known of; a chief says what she supervises instead."""
    if not can_break_glass(account) or allowed(account, Permission.READ_ALL_CASES):
        return False
    return not is_on_team(account, case) and Case.objects.seen_by(account).filter(pk=case.pk).exists()


@transaction.atomic
def break_glass(case: Case, *, reason: str, words: str, by: Account) -> CaseOpening:
    """Open the case to read for an hour; the owner and the chiefs are told in the same transaction.

    The fourth time in thirty days it only asks: without `opened_at` it waits for a chief's approval. Raises PermissionDenied,
    RuleViolation `unknown_reason`, `words_too_short`, `too_long`, or WrongState `open_already`, `already_waiting`.
    """
    case = lock_case(case)
    by = Account.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two cases at once are counted one after the other
    if not may_break_glass(by, case):
        raise PermissionDenied
    if glass_of(by).filter(case=case).in_force(clock.now()).exists():
        raise WrongState("このケースは、いま開けます。", code="open_already")
    check_reason(OpeningKind.BREAK_GLASS, reason)
    check_text(CaseOpening, words=words)
    if len("".join(words.split())) < SHORTEST_WORDS:
        raise RuleViolation(f"事情を{SHORTEST_WORDS}文字以上で書いてください。", code="words_too_short", field="words")
    if glass_of(by).filter(case=case, opened_at=None, pk__in=approvals.waiting(KIND).values("about_id")).exists():
        raise WrongState("このケースの緊急閲覧は、主任の承認を待っています。", code="already_waiting")
    opening = CaseOpening.objects.create(case=case, account=by, kind=OpeningKind.BREAK_GLASS, reason=reason, words=words.strip())
    if used_lately(by) < FREE_USES:
        _begin(opening, case, approved_by=None)
    else:
        _ask(opening, case)
    return opening


def used_lately(account: Account) -> int:
    return _lately(glass_of(account))


def used_lately_by_all() -> int:
    """How often at this centre; headquarters learns the number (security B58)."""
    return _lately(CaseOpening.objects.filter(kind=OpeningKind.BREAK_GLASS))


def _lately(openings: OpeningQuerySet) -> int:
    return openings.filter(opened_at__gte=clock.now() - PERIOD).count()


def glass_of(account: Account) -> OpeningQuerySet:
    return CaseOpening.objects.filter(account=account, kind=OpeningKind.BREAK_GLASS)


@transaction.atomic
def end_glass(opening: CaseOpening, *, by: Account) -> CaseOpening:
    """Close it before its hour is over. Raises PermissionDenied for anybody else's, WrongState `ended_already`."""
    opening = _locked(opening)
    if opening.account_id != by.pk:
        raise PermissionDenied
    if not opening.is_in_force(clock.now()):
        raise WrongState("この緊急閲覧はもう終わっています。", code="ended_already")
    opening.ended_at = clock.now()
    opening.save(update_fields=["ended_at"])
    trail.record("break_glass.ended", by=by, about=[opening, opening.case], at=opening.ended_at, how="early")
    return opening


@transaction.atomic
def end_run_out() -> int:
    """Write the end of every hour that is over; the job asks this, so that each beginning in the trail has its end. Returns how many."""
    over = CaseOpening.objects.filter(kind=OpeningKind.BREAK_GLASS, until__lte=clock.now(), ended_at=None)
    rows = list(over.select_for_update(of=("self",), skip_locked=True).select_related("case"))
    for opening in rows:
        opening.ended_at = opening.until
        opening.save(update_fields=["ended_at"])
        trail.record("break_glass.ended", by=None, about=[opening, opening.case], at=opening.ended_at, how="run_out")
    return len(rows)


def can_keep_watch(account: Account, case: Case) -> bool:
    """Who reads who looked: the team, and the chiefs."""
    if is_blocked(account, case.client_id):
        return False
    return allowed(account, Permission.READ_ALL_CASES) or (allowed(account, Permission.WORK_ON_CASE) and is_on_team(account, case))


def can_review(account: Account, opening: CaseOpening) -> bool:
    """The owner, or a chief; never who looked, under no account of hers, never who is blocked."""
    if is_same_person(account, opening.account) or is_blocked(account, opening.case.client_id):
        return False
    is_owner = opening.case.owner_id == account.pk and allowed(account, Permission.WORK_ON_CASE)
    return is_owner or allowed(account, Permission.READ_ALL_CASES)


@transaction.atomic
def review_glass(opening: CaseOpening, *, result: str, words: str, by: Account) -> CaseOpening:
    """Say what came of looking into it; only this closes the duty.

    Raises PermissionDenied, WrongState `reviewed_already`, RuleViolation `unknown_result`, `words_missing`, `too_long`.
    """
    opening = _locked(opening)
    if opening.kind != OpeningKind.BREAK_GLASS or not can_review(by, opening):
        raise PermissionDenied
    if opening.opened_at is None or opening.reviewed_at is not None:
        raise WrongState("この緊急閲覧はもう確認されています。", code="reviewed_already")
    if result not in ReviewResult:
        raise RuleViolation("確認の結果を選んでください。", code="unknown_result", field="result")
    check_text(CaseOpening, review_words=words)
    if result != ReviewResult.JUSTIFIED and not words.strip():
        raise RuleViolation("分かったことと、これからすることを書いてください。", code="words_missing", field="words")
    opening.review, opening.review_words = result, words.strip() or None
    opening.reviewed_at, opening.reviewed_by = clock.now(), by
    opening.save(update_fields=["review", "review_words", "reviewed_at", "reviewed_by"])
    today = clock.today()
    for kind in (REVIEW, TOLD):
        close_duty(opening.case, kind, by=by, on=today, about=opening)
    record_event(opening.case, "break_glass.reviewed", on=today, by=by, about=opening, facts={"result": result})
    trail.record("break_glass.reviewed", by=by, about=[opening, opening.case], result=result)
    return opening


def register() -> None:
    approvals.register(
        KIND, approvals.Kind("緊急閲覧（30日に4回目から）", _may_approve, _approved, url=_url, about=_about, settled=_settled)
    )
    notices.register("break_glass", "緊急の閲覧がありました", "サインインして、今日のページで確認してください。")
    notices.register("break_glass_asked", "緊急の閲覧の承認が待っています", "サインインして、承認の依頼を確認してください。")


def _begin(opening: CaseOpening, case: Case, *, approved_by: Account | None) -> None:
    now, today = clock.now(), clock.today()
    opening.opened_at, opening.until = now, now + LASTS
    opening.save(update_fields=["opened_at", "until"])
    by = opening.account
    record_event(case, "break_glass.begun", on=today, by=by, about=opening, facts={"reason": opening.reason})
    trail.record(
        "break_glass.begun", by=by, about=[opening, case], purpose="break_glass", reason=opening.reason, until=opening.until,
        approved_by=approved_by.pk if approved_by else None,
    )  # fmt: skip
    chiefs = chiefs_of(case, without={by.pk})
    owner = [case.owner] if case.owner.is_active and case.owner_id != by.pk and not is_blocked(case.owner, case.client_id) else []
    due_on = clock.add_business_days(today, REVIEW_WITHIN)
    told = list({each.pk: each for each in [*owner, *chiefs]}.values())
    open_duty(case, REVIEW, due_on=due_on, opened_on=today, assigned_to=told[0] if told else None, about=opening)
    if len(told) > 1:
        open_duty(case, TOLD, due_on=due_on, opened_on=today, assigned_to=told[1], about=opening)
    for person in told:
        notices.tell(person, "break_glass")


def _ask(opening: CaseOpening, case: Case) -> None:
    today = clock.today()
    approvals.ask(KIND, opening, by=opening.account)
    trail.record("break_glass.asked", by=opening.account, about=[opening, case], reason=opening.reason)
    chiefs = chiefs_of(case, without={opening.account_id})
    open_duty(case, APPROVAL, due_on=today, opened_on=today, assigned_to=chiefs[0] if chiefs else None, about=opening)
    for chief in chiefs:
        notices.tell(chief, "break_glass_asked")


def _may_approve(account: Account, openings: Collection[UUID]) -> Collection[UUID]:
    if not allowed(account, Permission.READ_ALL_CASES):
        return ()
    asked = CaseOpening.objects.select_related("account").filter(pk__in=openings).exclude(case__client__in=blocked_clients(account))
    return {opening.pk for opening in asked if not is_same_person(account, opening.account)}


def _approved(approval: Approval, *, by: Account) -> None:
    """Raises PermissionDenied when she may not break it any more: blocked, left, or the case closed to everybody else meanwhile."""
    opening = _locked(CaseOpening(pk=approval.about_id))
    case = lock_case(opening.case)
    if not may_break_glass(opening.account, case):
        raise PermissionDenied
    _begin(opening, case, approved_by=by)
    close_duty(case, APPROVAL, by=by, on=clock.today(), about=opening)


def _settled(approval: Approval, *, by: Account | None) -> None:
    """Declined, or overtaken."""
    opening = CaseOpening.objects.select_related("case").get(pk=approval.about_id)
    close_duty(opening.case, APPROVAL, by=by or opening.account, on=clock.today(), about=opening)


def _about(openings: Collection[UUID]) -> dict[UUID, str]:
    return dict(CaseOpening.objects.filter(pk__in=openings).values_list("pk", "case__number"))


def _url(approval: Approval) -> str:
    opening = CaseOpening.objects.get(pk=approval.about_id)
    return reverse("cases:openings", args=[opening.case_id])


def _locked(opening: CaseOpening) -> CaseOpening:
    rows = CaseOpening.objects.select_for_update(of=("self",)).select_related("case__client", "case__owner", "account")
    return rows.get(pk=opening.pk)
