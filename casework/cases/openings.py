"""Opening a case to somebody outside its team: a chief says what for, once a case and day; everybody else breaks the glass."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.utils.timezone import make_aware

from accounts import approvals
from accounts.catalogue import Permission
from accounts.models import Account, Approval
from accounts.permissions import allowed
from audit import trail
from casework.cases.access import is_blocked, is_on_team
from casework.cases.models import Case
from casework.cases.models_access import CaseOpening, OpeningKind, OpeningReason
from casework.cases.steps import check_text, lock_case
from disclosure import gate
from disclosure.opened import Opened
from foundation import clock
from foundation.errors import RuleViolation

PAGE = 50
ASK_GLASS = "case.break_glass"  # the approval from the fourth time on


def can_supervise(account: Account, case: Case) -> bool:
    return allowed(account, Permission.READ_ALL_CASES) and not is_blocked(account, case.client_id)


@transaction.atomic
def supervise(case: Case, *, reason: str, words: str, by: Account) -> CaseOpening:
    """Say what a chief reads a case outside her team for; it holds until the day is over, reading and writing alike.

    Said once, it is not asked for again that day: the first answer stands. Raises PermissionDenied, or RuleViolation
    `unknown_reason`, `too_long`.
    """
    case = lock_case(case)
    if not can_supervise(by, case):
        raise PermissionDenied
    check_reason(OpeningKind.SUPERVISION, reason)
    check_text(CaseOpening, words=words)
    now, until = clock.now(), end_of(clock.today())
    known = CaseOpening.objects.in_force(now).filter(case=case, account=by, kind=OpeningKind.SUPERVISION).first()
    if known:
        return known
    opening = CaseOpening.objects.create(
        case=case, account=by, kind=OpeningKind.SUPERVISION, reason=reason, words=words.strip() or None, opened_at=now, until=until
    )
    trail.record("supervision.begun", by=by, about=[opening, case], reason=reason)
    return opening


class Looked(NamedTuple):
    """An opening as its case's team reads it."""

    opening: Opened
    asked: Approval | None  # waits for a second person

    @property
    def is_glass(self) -> bool:
        return self.opening.kind == OpeningKind.BREAK_GLASS

    @property
    def waits(self) -> bool:
        """For a review."""
        return self.is_glass and self.opening.opened_at is not None and self.opening.reviewed_at is None


def open_openings(case: Case, viewer: Account, *, page: str | int | None) -> "Page[Looked]":
    """Who looked into the case from outside its team, the latest first; one reveal."""
    rows = CaseOpening.objects.filter(case=case).select_related("account", "reviewed_by").order_by("-asked_at", "pk")
    shown = Paginator(rows, PAGE).get_page(page)
    opened = gate.reveal(list(shown), viewer=viewer, channel="screen")
    unopened = [row.pk for row in opened if row.opened_at is None]
    asked = {each.about_id: each for each in approvals.waiting(ASK_GLASS).filter(about_id__in=unopened)} if unopened else {}
    shown.object_list = [Looked(row, asked.get(row.pk)) for row in opened]
    return shown


def opening_shown(case: Case, viewer: Account) -> CaseOpening | None:
    """Under which opening this viewer sees the case's pages now, None for her own case: the banner says so."""
    if is_on_team(viewer, case):
        return None
    return CaseOpening.objects.in_force(clock.now()).filter(case=case, account=viewer).order_by("-kind").first()


def check_reason(kind: OpeningKind, reason: str) -> None:
    if reason not in OpeningReason.of(kind):
        raise RuleViolation("理由を選んでください。", code="unknown_reason", field="reason")


def end_of(day: date) -> datetime:
    return make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
