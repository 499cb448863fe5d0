"""How staff come to a host, change their roles and leave it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from accounts import departures, notices
from accounts.catalogue import CENTRE_ROLES, DECIDING_ROLES, HEADQUARTERS_ROLES, Permission, Role
from accounts.models import Account, AccountKind, Departure, Membership, MembershipQuerySet
from accounts.permissions import allowed, at_work
from accounts.persons import accounts_of_mailbox, is_same_person
from audit import trail
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants import roster
from tenants.activation import active_host
from tenants.models import ConsortiumMember, Corporation

HOURS_OF_A_WEEK = 168


@transaction.atomic
def add_member(
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    by: Account | None,
    from_date: date,
    until_date: date | None = None,
    employer: Corporation | None = None,
    weekly_hours: Decimal | None = None,
    password: str | None = None,
    password_is_temporary: bool = False,
) -> Membership:
    """Let somebody work here. `by` is None for the platform's own command, which opens the first accounts.

    Somebody who comes back keeps her account. Raises PermissionDenied or RuleViolation: bad_email, no_name, no_role,
    role_not_here, until_before_from, bad_hours, is_guest, second_account, already_member, employer_needed, employer_not_here,
    own_person, weak_password.
    """
    _may_manage(by)
    codes = roles_of_this_host(roles)
    if until_date is not None and until_date < from_date:
        raise RuleViolation("終了日は開始日以後にしてください。", code="until_before_from", field="until_date")
    if weekly_hours is not None and not 0 < weekly_hours <= HOURS_OF_A_WEEK:
        raise RuleViolation("週の勤務時間は0より大きく168以下にしてください。", code="bad_hours", field="weekly_hours")
    if by is not None and roster.mailbox(email) == roster.mailbox(by.email):
        raise RuleViolation("自分をもう一人の職員として登録することはできません。", code="own_person", field="email")
    account = account_for(email, name, AccountKind.STAFF)
    if _overlapping(account, from_date, until_date).exists():
        raise RuleViolation("この期間には、すでに配属があります。", code="already_member", field="email")
    employer = _employer_here(employer)
    if password is not None:
        set_first_password(account, password, temporary=password_is_temporary)

    membership = Membership.objects.create(
        account=account, roles=codes, employer=employer, weekly_hours=weekly_hours, from_date=from_date, until_date=until_date
    )
    membership.posting_id = begin_posting(membership, from_date)
    membership.save(update_fields=["posting_id"])
    trail.record("member.added", by=by, about=[account, membership], roles=codes)
    if by is not None and DECIDING_ROLES.intersection(codes):
        _tell_deciders(account, by)
    account.forget_standing()
    return membership


@transaction.atomic
def change_roles(membership: Membership, *, roles: Iterable[str], by: Account, today: date) -> Membership:
    """Takes effect on the person's next request, or on her first day; the roster shows both postings.

    Raises PermissionDenied, RuleViolation own_roles (also for another account of the same person), no_role or role_not_here,
    WrongState member_left.
    """
    membership = Membership.objects.select_for_update(of=("self",)).select_related("account").get(pk=membership.pk)
    _may_manage(by)
    if is_herself(by, membership):
        raise RuleViolation("自分の役割は変えられません。ほかの管理者に頼んでください。", code="own_roles")
    if is_over(membership, today):
        raise WrongState("この人の利用は終了しています。", code="member_left")
    codes = roles_of_this_host(roles)

    before, membership.roles = membership.roles, codes
    start = max(today, membership.from_date)
    _end_posting(membership, start)
    membership.posting_id = begin_posting(membership, start)
    membership.save(update_fields=["roles", "posting_id"])
    trail.record("member.roles_changed", by=by, about=[membership.account, membership], before=sorted(before), after=codes)
    if DECIDING_ROLES.intersection(codes) - set(before):
        _tell_deciders(membership.account, by)
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, on: date, by: Account, today: date, successor: Account | None = None) -> Membership:
    """The last day. Today or earlier: at once, with every way in and everything she has to hand over; later: after that day, by a job.

    Raises PermissionDenied, RuleViolation own_membership, until_before_from, already_member, open_work, successor_leaves or what a
    step of leaving says, WrongState member_left.
    """
    membership = Membership.objects.select_for_update(of=("self",)).select_related("account").get(pk=membership.pk)
    if not allowed(by, Permission.END_MEMBERSHIP):
        raise PermissionDenied
    if is_herself(by, membership):
        raise RuleViolation("自分の利用は終了できません。ほかの管理者に頼んでください。", code="own_membership")
    if membership.ended_at is not None:
        raise WrongState("この人の利用は、すでに終了しています。", code="member_left")
    if on < membership.from_date:
        raise RuleViolation("終了日は開始日以後にしてください。", code="until_before_from", field="on")

    if on <= today:
        membership.until_date = on
        return departures.depart(membership, by=by, today=today, successor=successor)
    return plan_end(membership, on=on, by=by, successor=successor)


@transaction.atomic
def plan_end(membership: Membership, *, on: date, by: Account, successor: Account | None) -> Membership:
    """Set the last day ahead; the caller has asked who may, and has locked it.

    Raises RuleViolation already_member, open_work, successor_leaves.
    """
    _refuse_overlap(membership, on)
    departures.set_ahead(membership, successor=successor, by=by)
    membership.until_date = on
    membership.save(update_fields=["until_date"])
    _end_posting(membership, on)
    trail.record("member.end_set", by=by, about=[membership.account, membership], on=on)
    return membership


@transaction.atomic
def cancel_end(membership: Membership, *, by: Account, today: date) -> Membership:
    """She stays after all: no last day, and nobody takes over.

    Raises PermissionDenied, WrongState member_left or no_end_set, RuleViolation already_member where another time of hers follows.
    """
    membership = Membership.objects.select_for_update(of=("self",)).select_related("account").get(pk=membership.pk)
    if not allowed(by, Permission.END_MEMBERSHIP) or is_herself(by, membership):
        raise PermissionDenied
    if is_over(membership, today):
        raise WrongState("この人の利用は、すでに終了しています。", code="member_left")
    if membership.until_date is None:
        raise WrongState("終了日は決まっていません。", code="no_end_set")
    _refuse_overlap(membership, None)
    Departure.objects.filter(membership=membership).delete()
    before, membership.until_date = membership.until_date, None
    membership.save(update_fields=["until_date"])
    if membership.posting_id is not None:
        roster.end_posting(membership.posting_id, until_date=None)
        roster.withdraw_transfer(membership.posting_id)
    trail.record("member.end_cancelled", by=by, about=[membership.account, membership], before=before)
    return membership


def _tell_deciders(new: Account, by: Account) -> None:
    """Everybody whose word counts learns that there is one more: an administrator could invent a second person for herself (security B18)."""
    for told in at_work(DECIDING_ROLES, clock.today()).exclude(pk__in=[new.pk, by.pk]):
        notices.tell(told, "decider_added")


def is_over(membership: Membership, today: date) -> bool:
    """Ended, or its last day is past and the job has not been there yet."""
    return membership.ended_at is not None or (membership.until_date is not None and membership.until_date < today)


def is_herself(by: Account, membership: Membership) -> bool:
    """Her own membership, or one of another account that the roster knows as hers."""
    if is_same_person(by, membership.account):
        return True
    own = by.membership.posting_id if by.membership is not None else None
    return own is not None and membership.posting_id is not None and roster.is_same_person(own, membership.posting_id)


def _may_manage(by: Account | None) -> None:
    if by is not None and not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied


def roles_of_this_host(roles: Iterable[str]) -> list[str]:
    codes = sorted({str(role) for role in roles})
    if not codes:
        raise RuleViolation("役割を1つ以上選んでください。", code="no_role", field="roles")
    here = CENTRE_ROLES if active_host().is_centre else HEADQUARTERS_ROLES
    strangers = [code for code in codes if code not in here]
    if strangers:
        known = "、".join(sorted(Role(role).value for role in here))
        raise RuleViolation(f"ここにない役割です：{'、'.join(strangers)}。使える役割：{known}", code="role_not_here", field="roles")
    return codes


def account_for(email: str, name: str, kind: AccountKind) -> Account:
    """The one with this address, locked, or a new one that cannot sign in by password yet.

    One person has one account here: under a second address she would be her own second person, and blocks of hers would not hold.
    """
    email, name = email.strip().lower(), name.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise RuleViolation("メールアドレスの形が正しくありません。", code="bad_email", field="email") from None
    if not name:
        raise RuleViolation("氏名を入力してください。", code="no_name", field="name")
    account = Account.objects.select_for_update(of=("self",)).filter(email=email).first()
    if account is None:
        if (known := accounts_of_mailbox(email).order_by("created_at").first()) is not None:
            raise RuleViolation(
                f"この人は、{known.email} で登録されています。そのアドレスを使ってください。", code="second_account", field="email"
            )
        return Account.objects.create_user(email, name=name, kind=kind)
    if account.kind != kind:
        other = "is_guest" if kind == AccountKind.STAFF else "is_staff"
        raise RuleViolation("このメールアドレスは、職員と関係機関の利用者の両方には使えません。", code=other, field="email")
    return account


def _overlapping(account: Account, from_date: date, until_date: date | None) -> MembershipQuerySet:
    others = account.memberships.filter(Q(until_date=None) | Q(until_date__gte=from_date), ended_at=None)
    return others if until_date is None else others.filter(from_date__lte=until_date)


def _refuse_overlap(membership: Membership, until_date: date | None) -> None:
    """Another time of hers at this host may have been entered already, from a day after her last one."""
    others = _overlapping(membership.account, membership.from_date, until_date).exclude(pk=membership.pk)
    if others.exists():
        raise RuleViolation("この人には、このあとの配属がすでに登録されています。", code="already_member", field="on")


def _employer_here(employer: Corporation | None) -> Corporation | None:
    """One of the corporations that run this centre; the only one, if none is named. Headquarters has none."""
    centre_id = active_host().centre_id
    if centre_id is None:
        return employer
    here = [member.corporation for member in ConsortiumMember.objects.filter(centre_id=centre_id).select_related("corporation")]
    if employer is None and len(here) > 1:
        names = "、".join(sorted(corporation.name for corporation in here))
        raise RuleViolation(f"所属法人を選んでください：{names}", code="employer_needed", field="employer")
    if employer is not None and employer not in here:
        raise RuleViolation("このセンターを受託していない法人です。", code="employer_not_here", field="employer")
    return employer or (here[0] if here else None)


def begin_posting(membership: Membership, from_date: date) -> UUID:
    return roster.begin_posting(
        email=membership.account.email,
        name=membership.account.name,
        roles=membership.roles,
        employer=membership.employer_id,
        from_date=from_date,
        until_date=membership.until_date,
    )


def _end_posting(membership: Membership, on: date) -> None:
    if membership.posting_id is not None:
        roster.end_posting(membership.posting_id, until_date=on)


def set_first_password(account: Account, password: str, *, temporary: bool) -> None:
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise RuleViolation("".join(weak.messages), code="weak_password", field="password") from None
    account.set_password(password)
    account.password_is_temporary = temporary
    account.save(update_fields=["password", "password_is_temporary"])
