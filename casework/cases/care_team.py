"""Who works on a case: the owner and those she asked to help; joining, leaving, handing over."""

from datetime import date
from functools import lru_cache

from django.contrib.auth.models import Permission as GuardianPermission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts import notices
from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed, at_work
from audit import trail
from casework.cases.access import is_blocked, is_on_team
from casework.cases.duties import close_duty, hand_over_duties, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case, CaseUserObjectPermission, Event
from casework.cases.permissions import can_assign_team
from casework.cases.steps import lock_case
from foundation import clock
from foundation.errors import RuleViolation, WrongState

MANY = 5  # teams that one giver puts one colleague on in a day without a second person
TEAM_CHANGED, RECEIVED_AGAIN = "case.team_changed", "case.received_again"


def team_of(case: Case) -> QuerySet[Account]:
    rows = CaseUserObjectPermission.objects.filter(content_object=case, permission__codename="work_on_case")
    return Account.objects.filter(pk__in=rows.values("user")).order_by("name", "id")


def put_on_team(case: Case, account: Account) -> bool:
    """Give the account the case's object permission; False if it had it. The caller holds the case.

    One row of guardian's direct table, past its shortcut and its save, which cost five queries a row. Raises RuleViolation
    `blocked` for whoever must not see the client: a successor, too.
    """
    if is_blocked(account, case.client_id):
        raise RuleViolation(
            f"{account.name}さんはこのケースを担当できません。ほかの職員を選んでください。", code="blocked", field="account"
        )
    row = CaseUserObjectPermission(user=account, content_object=case, permission_id=work_on_case_permission())
    if CaseUserObjectPermission.objects.filter(user=account, content_object=case, permission_id=row.permission_id).exists():
        return False
    CaseUserObjectPermission.objects.bulk_create([row])
    return True


@transaction.atomic
def join_team(case: Case, account: Account, *, by: Account, today: date) -> Case:
    """Let a colleague work on the case. Nobody puts herself there: who wants to join asks (`team_requests`), the chief too.

    Raises PermissionDenied, RuleViolation `not_a_supporter`, `already_on_team`, `needs_second` (more than MANY teams for one
    colleague in a day by one giver).
    """
    case = _begin(case, by=by)
    check_supporter(account)
    if is_on_team(account, case):
        raise RuleViolation(f"{account.name}さんはもう支援チームにいます。", code="already_on_team", field="account")
    if account.pk == by.pk:
        raise PermissionDenied
    if given_on(today, account, by=by) >= MANY:
        raise RuleViolation(f"同じ職員を一日に{MANY}件を超えて加えるには、もう一人の承認が要ります。", code="needs_second", field="account")
    add_to_team(case, account, by=by, today=today)
    return case


def add_to_team(case: Case, account: Account, *, by: Account, today: date) -> None:
    """The grant itself, for whoever has asked all questions: on the timeline, in the trail, and the owner is told.

    Raises RuleViolation `already_on_team`, PermissionDenied for somebody blocked from the case.
    """
    if is_blocked(account, case.client_id):
        raise PermissionDenied
    if not put_on_team(case, account):
        raise RuleViolation(f"{account.name}さんはもう支援チームにいます。", code="already_on_team", field="account")
    event = record_event(case, "case.team_joined", on=today, by=by, facts={"account": str(account.pk)})
    trail.record("case.team_joined", by=by, about=case, account=str(account.pk))
    if case.owner_id != by.pk:
        open_duty(case, TEAM_CHANGED, due_on=today, opened_on=today, assigned_to=case.owner, about=event)
        notices.tell(case.owner, "team_changed")


def given_on(day: date, account: Account, *, by: Account) -> int:
    """How many teams `by` has put this colleague on that day, by the lines of the timelines."""
    facts = {"account": str(account.pk)}
    return Event.objects.filter(kind="case.team_joined", happened_on=day, by=by, facts=facts).count()


@transaction.atomic
def note_team_seen(case: Case, *, by: Account) -> None:
    """The owner, or whoever was told in her place, has seen who joined or received her client again. Raises PermissionDenied for others."""
    told = case.duties.filter(kind=RECEIVED_AGAIN, closed_on=None, assigned_to=by)
    if case.owner_id != by.pk and not told.exists():
        raise PermissionDenied
    for kind in (TEAM_CHANGED, RECEIVED_AGAIN):
        close_duty(case, kind, by=by, on=clock.today())


def take_off_team(case: Case, account: Account, *, by: Account, today: date) -> bool:
    """The end of a grant, for whoever has asked all questions; False if there was none."""
    rows = CaseUserObjectPermission.objects.filter(user=account, content_object=case, permission_id=work_on_case_permission())
    if not rows.delete()[0]:
        return False
    record_event(case, "case.team_left", on=today, by=by, facts={"account": str(account.pk)})
    trail.record("case.team_left", by=by, about=case, account=str(account.pk))
    return True


@transaction.atomic
def leave_team(case: Case, account: Account, *, by: Account, today: date) -> Case:
    """Take a colleague off the case; anyone may leave by herself, but the owner hands over first.

    Raises PermissionDenied, RuleViolation `owner_stays`, `not_on_team`.
    """
    case = lock_case(case) if by.pk == account.pk else _begin(case, by=by)
    if case.owner_id == account.pk:
        raise WrongState("主担当はチームから外れることができません。先に引き継いでください。", code="owner_stays", field="account")
    if not take_off_team(case, account, by=by, today=today):
        raise RuleViolation(f"{account.name}さんは支援チームにいません。", code="not_on_team", field="account")
    return case


@transaction.atomic
def hand_over(case: Case, to: Account, *, by: Account, today: date) -> Case:
    """Make a colleague the owner, with what is due; the former owner stays on the team until taken off.

    Nobody takes over what she is not on the team of. Raises PermissionDenied, RuleViolation `not_a_supporter`, `already_owner`.
    """
    case = _begin(case, by=by)
    check_supporter(to)
    if case.owner_id == to.pk:
        raise RuleViolation(f"{to.name}さんはもう主担当です。", code="already_owner", field="account")
    if is_blocked(to, case.client_id) or (to.pk == by.pk and not is_on_team(by, case)):
        raise PermissionDenied
    former, case.owner = case.owner, to
    case.save(update_fields=["owner"])
    put_on_team(case, to)
    hand_over_duties(case, giver=former, taker=to)
    record_event(case, "case.handed_over", on=today, by=by, facts={"from": str(former.pk), "to": str(to.pk)})
    trail.record("case.handed_over", by=by, about=case, giver=str(former.pk), taker=str(to.pk))
    return case


def check_supporter(account: Account) -> None:
    if not allowed(account, Permission.WORK_ON_CASE):
        raise RuleViolation("ケースを担当できる、いま在籍している職員を選んでください。", code="not_a_supporter", field="account")


def supporters(today: date) -> QuerySet[Account]:
    """Colleagues who may be put on a team now."""
    return at_work(Permission.WORK_ON_CASE.default_roles, today)


@lru_cache(maxsize=1)
def work_on_case_permission() -> int:
    """Its row lies in `public` and never changes; looking it up costs a query."""
    return GuardianPermission.objects.get(codename="work_on_case", content_type__app_label="cases").pk


def _begin(case: Case, *, by: Account) -> Case:
    case = lock_case(case)
    if not can_assign_team(by, case):
        raise PermissionDenied
    return case
