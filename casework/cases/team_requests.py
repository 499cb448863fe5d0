"""Asking to be let onto a team: nobody puts herself there, and nobody puts one colleague on many teams alone."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse

from accounts import approvals, notices
from accounts.catalogue import Permission
from accounts.models import Account, Approval
from accounts.permissions import allowed
from audit import trail
from casework.cases.access import is_blocked, is_on_team
from casework.cases.care_team import add_to_team, check_supporter
from casework.cases.duties import close_duty, open_duty
from casework.cases.models import Case
from casework.cases.models_access import TeamRequest
from casework.cases.permissions import can_assign_team
from casework.cases.steps import lock_case
from foundation import clock
from foundation.errors import WrongState

KIND = "case.join"
DUTY = "case.join_request"


def may_ask_to_join(account: Account, case: Case) -> bool:
    """A supporter who may know of the case and is not on its team; a chief too, she needs somebody else's yes as well."""
    if not allowed(account, Permission.WORK_ON_CASE) or is_on_team(account, case):
        return False
    return Case.objects.seen_by(account).filter(pk=case.pk).exists()


def has_asked_to_join(account: Account, case: Case) -> bool:
    """Whether she is waiting for an answer, whoever asked for her."""
    return TeamRequest.objects.filter(account=account, cases=case, pk__in=approvals.waiting(KIND).values("about_id")).exists()


@transaction.atomic
def ask_to_join(case: Case, *, by: Account) -> TeamRequest:
    """Ask the owner to be let onto the team. Raises PermissionDenied, WrongState `already_on_team`, `already_asked`."""
    case = lock_case(case)
    if is_on_team(by, case):
        raise WrongState("もう支援チームにいます。", code="already_on_team")
    if not may_ask_to_join(by, case):
        raise PermissionDenied
    return _ask([case], by, by=by)


@transaction.atomic
def ask_to_add(cases: Sequence[Case], account: Account, *, by: Account) -> TeamRequest:
    """Ask a second person to put a colleague on these teams at once. Raises PermissionDenied, RuleViolation `not_a_supporter`,
    WrongState `already_asked`.
    """
    cases = [lock_case(case) for case in sorted(cases, key=lambda case: case.pk)]
    if not cases or not all(can_assign_team(by, case) and not is_blocked(account, case.client_id) for case in cases):
        raise PermissionDenied
    check_supporter(account)
    return _ask(cases, account, by=by)


class Asked(NamedTuple):
    request: TeamRequest
    approval: Approval
    cases: int
    may_decide: bool


def requests_for(case: Case, viewer: Account) -> list[Asked]:
    """What waits for an answer, oldest first."""
    waiting = {approval.about_id: approval for approval in approvals.waiting(KIND).select_related("asked_by")}
    if not waiting:
        return []
    rows = TeamRequest.objects.filter(cases=case, pk__in=waiting).select_related("account").order_by("asked_at")
    return [Asked(row, waiting[row.pk], row.cases.count(), approvals.can_decide(viewer, waiting[row.pk])) for row in rows]


def register() -> None:
    approvals.register(KIND, approvals.Kind("支援チームへの参加", _may_decide, _join, url=_url, about=_about, settled=_settle))
    notices.register("team_request", "支援チームへの参加の依頼があります", "サインインして、今日のページで確認してください。")
    notices.register("received_again", "担当していた人が、もう一度受け付けられました", "サインインして、今日のページで確認してください。")
    notices.register("team_changed", "支援チームに変更がありました", "サインインして、今日のページで確認してください。")


def _ask(cases: list[Case], account: Account, *, by: Account) -> TeamRequest:
    waiting = approvals.waiting(KIND).values("about_id")
    if TeamRequest.objects.filter(account=account, cases__in=cases, pk__in=waiting).exists():
        raise WrongState("同じ参加の依頼が、もう返事を待っています。", code="already_asked")
    request = TeamRequest.objects.create(account=account, asked_by=by, asked_at=clock.now())
    request.cases.set(cases)
    approvals.ask(KIND, request, by=by)
    trail.record("case.join_asked", by=by, about=[request, *cases], account=str(account.pk), cases=len(cases))
    today, owner = clock.today(), cases[0].owner
    if owner.pk != by.pk:
        open_duty(cases[0], DUTY, due_on=today, opened_on=today, assigned_to=owner, about=request)
        notices.tell(owner, "team_request")
    return request


def _cases_of(approval: Approval) -> "QuerySet[Case]":
    return Case.objects.filter(team_requests=approval.about_id).select_related("owner").order_by("pk")


def _cases_by_request(requests: Collection[UUID], **columns: Any) -> dict[UUID, list[Any]]:  # Any: cases with columns more
    found: dict[UUID, list[Any]] = {}
    cases = Case.objects.filter(team_requests__in=requests).annotate(asked=F("team_requests__id"), **columns)
    for case in cases.order_by("pk"):
        found.setdefault(case.asked, []).append(case)
    return found


def _may_decide(account: Account, requests: Collection[UUID]) -> Collection[UUID]:
    """Who may put people on each of these teams; never who is to join, nor for whom one of them does not exist. One query."""
    seen = Exists(Case.objects.seen_by(account).filter(pk=OuterRef("pk")))
    asked = _cases_by_request(requests, joins=F("team_requests__account_id"), is_seen=seen)
    return {
        request
        for request, cases in asked.items()
        if all(case.is_seen and case.joins != account.pk and can_assign_team(account, case) for case in cases)
    }


def _join(approval: Approval, *, by: Account) -> None:
    """Raises PermissionDenied, RuleViolation `not_a_supporter`: what was true when it was asked may not be any more."""
    request = TeamRequest.objects.select_related("account").get(pk=approval.about_id)
    check_supporter(request.account)
    for case in [lock_case(case) for case in _cases_of(approval)]:
        if is_blocked(request.account, case.client_id):
            raise PermissionDenied
        add_to_team(case, request.account, by=by, today=clock.today())
    _close(request, by=by)


def _settle(approval: Approval, *, by: Account | None) -> None:
    _close(TeamRequest.objects.get(pk=approval.about_id), by=by)


def _close(request: TeamRequest, *, by: Account | None) -> None:
    request.settled_at = clock.now()
    request.save(update_fields=["settled_at"])
    for case in request.cases.all():
        close_duty(case, DUTY, by=by or request.account, on=clock.today(), about=request)


def _about(requests: Collection[UUID]) -> dict[UUID, str]:
    """Which case, and who is to join it if somebody else asks; whoever may decide may know of all of them."""
    cases = _cases_by_request(requests)
    asked = TeamRequest.objects.select_related("account").filter(pk__in=cases)
    return {request.pk: _said_of(request, [case.number for case in cases[request.pk]]) for request in asked}


def _said_of(request: TeamRequest, numbers: list[str]) -> str:
    more = f"ほか{len(numbers) - 1}件" if len(numbers) > 1 else ""
    whom = "" if request.account_id == request.asked_by_id else f"{request.account.name}さん、"
    return f"{whom}{numbers[0]}{more}"


def _url(approval: Approval) -> str:
    return reverse("cases:team", args=[_cases_of(approval)[0].pk])
