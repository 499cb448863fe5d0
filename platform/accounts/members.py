"""How staff come to a host, change their roles and leave it; how a partner agency's person is let in and out."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from accounts.catalogue import CENTRE_ROLES, HEADQUARTERS_ROLES, Permission, Role
from accounts.models import Account, AccountKind, GuestEntry, Membership, MembershipQuerySet
from accounts.permissions import allowed
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
    role_not_here, until_before_from, bad_hours, is_guest, already_member, employer_needed, employer_not_here, weak_password.
    """
    _may_manage(by)
    codes = _roles_of_this_host(roles)
    if until_date is not None and until_date < from_date:
        raise RuleViolation("終了日は開始日以後にしてください。", code="until_before_from", field="until_date")
    if weekly_hours is not None and not 0 < weekly_hours <= HOURS_OF_A_WEEK:
        raise RuleViolation("週の勤務時間は0より大きく168以下にしてください。", code="bad_hours", field="weekly_hours")
    account = _account_for(email, name, AccountKind.STAFF)
    if _overlapping(account, from_date, until_date).exists():
        raise RuleViolation("この期間には、すでに配属があります。", code="already_member", field="email")
    employer = _employer_here(employer)
    if password is not None:
        _set_password(account, password, temporary=password_is_temporary)

    membership = Membership.objects.create(
        account=account, roles=codes, employer=employer, weekly_hours=weekly_hours, from_date=from_date, until_date=until_date
    )
    membership.posting_id = _begin_posting(membership, from_date)
    membership.save(update_fields=["posting_id"])
    trail.record("member.added", by=by, about=[account, membership], roles=codes)
    account.forget_standing()
    return membership


@transaction.atomic
def change_roles(membership: Membership, *, roles: Iterable[str], by: Account, today: date) -> Membership:
    """Takes effect on the person's next request; the roster shows both postings.

    Raises PermissionDenied, RuleViolation own_roles, no_role or role_not_here, WrongState member_left.
    """
    membership = Membership.objects.select_for_update(of=("self",)).select_related("account").get(pk=membership.pk)
    _may_manage(by)
    if membership.account_id == by.pk:
        raise RuleViolation("自分の役割は変えられません。ほかの管理者に頼んでください。", code="own_roles")
    if membership.ended_at is not None:
        raise WrongState("この人の利用は終了しています。", code="member_left")
    codes = _roles_of_this_host(roles)

    before, membership.roles = membership.roles, codes
    _end_posting(membership, today)
    membership.posting_id = _begin_posting(membership, today)
    membership.save(update_fields=["roles", "posting_id"])
    trail.record("member.roles_changed", by=by, about=[membership.account, membership], before=sorted(before), after=codes)
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, on: date, by: Account, today: date) -> Membership:
    """The last day. Today or earlier: at once, tokens too, and her next request tells her; later: after that day.

    Raises PermissionDenied, RuleViolation own_membership or until_before_from, WrongState member_left.
    """
    membership = Membership.objects.select_for_update(of=("self",)).select_related("account").get(pk=membership.pk)
    _may_manage(by)
    if membership.account_id == by.pk:
        raise RuleViolation("自分の利用は終了できません。ほかの管理者に頼んでください。", code="own_membership")
    if membership.ended_at is not None:
        raise WrongState("この人の利用は、すでに終了しています。", code="member_left")
    if on < membership.from_date:
        raise RuleViolation("終了日は開始日以後にしてください。", code="until_before_from", field="on")

    membership.until_date = on
    membership.ended_at = clock.now() if on <= today else None
    membership.save(update_fields=["until_date", "ended_at"])
    _end_posting(membership, on)
    if membership.ended_at is not None:
        membership.account.auth_token_set.all().delete()
    trail.record("member.ended", by=by, about=[membership.account, membership], on=on)
    return membership


@transaction.atomic
def invite_guest(
    *,
    email: str,
    name: str,
    agency_id: UUID,
    agency_name: str,
    until_date: date,
    by: Account,
    today: date,
    password: str | None = None,
    password_is_temporary: bool = False,
) -> GuestEntry:
    """Let a partner agency's person sign in until a date; she sees nothing before something is granted to her.

    An entry whose date has passed makes room for a new one, which has to be pledged again.
    Raises PermissionDenied or RuleViolation: bad_email, no_name, is_staff, until_in_past, already_guest, weak_password.
    """
    if not (allowed(by, Permission.REFER_AND_SHARE) or allowed(by, Permission.MANAGE_STAFF)):
        raise PermissionDenied
    if until_date < today:
        raise RuleViolation("期限は今日以後にしてください。", code="until_in_past", field="until_date")
    account = _account_for(email, name, AccountKind.GUEST)
    if account.guest_entries.current(today).exists():
        raise RuleViolation("この人は、すでに利用できます。", code="already_guest", field="email")
    if password is not None:
        _set_password(account, password, temporary=password_is_temporary)

    account.guest_entries.filter(ended_at=None).update(ended_at=clock.now())
    entry = GuestEntry.objects.create(account=account, agency_id=agency_id, agency_name=agency_name, from_date=today, until_date=until_date)
    trail.record("guest.invited", by=by, about=[account, entry], agency=agency_id, until=until_date)
    account.forget_standing()
    return entry


@transaction.atomic
def end_guest(entry: GuestEntry, *, by: Account) -> GuestEntry:
    """At once. Raises PermissionDenied, WrongState guest_left."""
    entry = GuestEntry.objects.select_for_update(of=("self",)).select_related("account").get(pk=entry.pk)
    if not (allowed(by, Permission.END_SHARE) or allowed(by, Permission.MANAGE_STAFF)):
        raise PermissionDenied
    if entry.ended_at is not None:
        raise WrongState("この人の利用は、すでに終了しています。", code="guest_left")

    entry.ended_at = clock.now()
    entry.save(update_fields=["ended_at"])
    trail.record("guest.ended", by=by, about=[entry.account, entry])
    return entry


def _may_manage(by: Account | None) -> None:
    if by is not None and not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied


def _roles_of_this_host(roles: Iterable[str]) -> list[str]:
    codes = sorted({str(role) for role in roles})
    if not codes:
        raise RuleViolation("役割を1つ以上選んでください。", code="no_role", field="roles")
    here = CENTRE_ROLES if active_host().is_centre else HEADQUARTERS_ROLES
    strangers = [code for code in codes if code not in here]
    if strangers:
        known = "、".join(sorted(Role(role).value for role in here))
        raise RuleViolation(f"ここにない役割です：{'、'.join(strangers)}。使える役割：{known}", code="role_not_here", field="roles")
    return codes


def _account_for(email: str, name: str, kind: AccountKind) -> Account:
    """The one with this address, locked, or a new one that cannot sign in by password yet."""
    email, name = email.strip().lower(), name.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise RuleViolation("メールアドレスの形が正しくありません。", code="bad_email", field="email") from None
    if not name:
        raise RuleViolation("氏名を入力してください。", code="no_name", field="name")
    account = Account.objects.select_for_update(of=("self",)).filter(email=email).first()
    if account is None:
        return Account.objects.create_user(email, name=name, kind=kind)
    if account.kind != kind:
        other = "is_guest" if kind == AccountKind.STAFF else "is_staff"
        raise RuleViolation("このメールアドレスは、職員と関係機関の利用者の両方には使えません。", code=other, field="email")
    return account


def _overlapping(account: Account, from_date: date, until_date: date | None) -> MembershipQuerySet:
    others = account.memberships.filter(Q(until_date=None) | Q(until_date__gte=from_date), ended_at=None)
    return others if until_date is None else others.filter(from_date__lte=until_date)


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


def _begin_posting(membership: Membership, from_date: date) -> UUID:
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


def _set_password(account: Account, password: str, *, temporary: bool) -> None:
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise RuleViolation("".join(weak.messages), code="weak_password", field="password") from None
    account.set_password(password)
    account.password_is_temporary = temporary
    account.save(update_fields=["password", "password_is_temporary"])
