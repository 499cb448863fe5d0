"""How a partner agency's person is let in, vouched for, and let out.

invited → verified (we rang her agency: it is she, and she works there) → pledged → active → expired. Before the last step but one
she sees nothing; accounts.standing holds her to the page of what is still missing.
"""

from datetime import date, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from accounts import departures, partners, pledges
from accounts.catalogue import Permission
from accounts.members import account_for, set_first_password
from accounts.models import Account, AccountKind, GuestEntry
from accounts.permissions import allowed
from audit import trail
from foundation import clock
from foundation.errors import RuleViolation, WrongState

LONGEST = timedelta(days=30)


class GuestState(models.TextChoices):
    INVITED = "invited", "招待中（電話での確認待ち）"
    VERIFIED = "verified", "確認済み（誓約待ち）"
    PLEDGED = "pledged", "誓約済み（二段階認証の登録待ち）"
    ACTIVE = "active", "利用中"
    EXPIRED = "expired", "終了"


def state_of(entry: GuestEntry, today: date) -> GuestState:
    """How far she has come; a function of the facts, kept nowhere."""
    if entry.ended_at is not None or entry.until_date < today:
        return GuestState.EXPIRED
    if entry.verified_at is None:
        return GuestState.INVITED
    if not pledges.is_signed(entry):
        return GuestState.VERIFIED
    needs_factor = settings.REQUIRE_SECOND_FACTOR or entry.account.must_enrol
    if needs_factor and not Authenticator.objects.filter(user=entry.account).exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        return GuestState.PLEDGED
    return GuestState.ACTIVE


def can_invite_guests(by: Account | AnonymousUser) -> bool:
    return allowed(by, Permission.REFER_AND_SHARE) or allowed(by, Permission.MANAGE_STAFF)


def can_end_guests(by: Account | AnonymousUser) -> bool:
    return allowed(by, Permission.END_SHARE) or allowed(by, Permission.MANAGE_STAFF)


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
    Raises PermissionDenied or RuleViolation: bad_email, no_name, is_staff, second_account, until_in_past, until_too_far, not_agency_address,
    already_guest, weak_password.
    """
    if not can_invite_guests(by):
        raise PermissionDenied
    _check_until(until_date, today)
    _check_address(email, agency_id)
    account = account_for(email, name, AccountKind.GUEST)
    if account.guest_entries.current(today).exists():
        raise RuleViolation("この人は、すでに利用できます。", code="already_guest", field="email")
    for past in account.guest_entries.filter(ended_at=None).values_list("pk", flat=True):
        departures.expire_guest(past)
    if password is not None:
        set_first_password(account, password, temporary=password_is_temporary)

    entry = GuestEntry.objects.create(
        account=account, agency_id=agency_id, agency_name=agency_name, from_date=today, until_date=until_date, invited_by=by
    )
    trail.record("guest.invited", by=by, about=[account, entry], agency=agency_id, until=until_date)
    account.forget_standing()
    return entry


@transaction.atomic
def end_guest(entry: GuestEntry, *, by: Account) -> GuestEntry:
    """At once, with every way in. Raises PermissionDenied, WrongState guest_left."""
    entry = GuestEntry.objects.select_for_update(of=("self",)).select_related("account").get(pk=entry.pk)
    if not can_end_guests(by):
        raise PermissionDenied
    if entry.ended_at is not None:
        raise WrongState("この人の利用は、すでに終了しています。", code="guest_left")

    departures.end_entry(entry, by=by)
    trail.record("guest.ended", by=by, about=[entry.account, entry])
    return entry


@transaction.atomic
def verify_guest(entry: GuestEntry, *, by: Account, today: date) -> GuestEntry:
    """We rang her agency at the number we know, not at one she gave: name and agency are true.

    Raises PermissionDenied, WrongState guest_left or already_verified.
    """
    entry = _current(entry, today)
    if not can_invite_guests(by):
        raise PermissionDenied
    if entry.verified_at is not None:
        raise WrongState("この人は、すでに確認済みです。", code="already_verified")

    entry.verified_at, entry.verified_by = clock.now(), by
    entry.save(update_fields=["verified_at", "verified_by"])
    trail.record("guest.verified", by=by, about=[entry.account, entry])
    return entry


@transaction.atomic
def renew_guest(entry: GuestEntry, *, until_date: date, by: Account, today: date) -> GuestEntry:
    """Up to 30 days from today, again and again; who renews vouches for her from now on.

    Raises PermissionDenied, RuleViolation until_in_past or until_too_far, WrongState guest_left.
    """
    entry = _current(entry, today)
    if not can_invite_guests(by):
        raise PermissionDenied
    _check_until(until_date, today)

    before, entry.until_date = entry.until_date, until_date
    entry.invited_by, entry.unvouched_since = by, None
    entry.save(update_fields=["until_date", "invited_by", "unvouched_since"])
    trail.record("guest.renewed", by=by, about=[entry.account, entry], before=before, until=until_date)
    return entry


def _current(entry: GuestEntry, today: date) -> GuestEntry:
    entry = GuestEntry.objects.select_for_update(of=("self",)).select_related("account").get(pk=entry.pk)
    if entry.ended_at is not None or entry.until_date < today:
        raise WrongState("この人の利用は、すでに終了しています。", code="guest_left")
    return entry


def _check_until(until_date: date, today: date) -> None:
    if until_date < today:
        raise RuleViolation("期限は今日以後にしてください。", code="until_in_past", field="until_date")
    if until_date > today + LONGEST:
        raise RuleViolation("期限は30日先までにしてください。あとで延ばせます。", code="until_too_far", field="until_date")


def _check_address(email: str, agency_id: UUID) -> None:
    """Where the directory knows the agency's domain, her address is one of it: a private mailbox is nobody's we rang."""
    agency = partners.find(agency_id)
    if agency is not None and agency.mail_domain and email.strip().lower().rpartition("@")[2] != agency.mail_domain.lower():
        raise RuleViolation(
            f"{agency.name}のメールアドレス（@{agency.mail_domain}）を入力してください。", code="not_agency_address", field="email"
        )
