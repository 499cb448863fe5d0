"""Invented people who sign in. The host whose people they become has to be active."""

import itertools
from datetime import date
from uuid import UUID, uuid4

from django.utils import timezone

from accounts.models import Account, AccountKind, GuestEntry, Membership
from accounts.pledges import VERSION
from foundation import clock

PASSWORD = "nagai-yoru-no-akari"
LONG_AGO = date(2020, 4, 1)
_numbers = itertools.count(1)


def staff(
    *roles: str, email: str = "", name: str = "職員", password: str | None = None, until: date | None = None, since: date = LONG_AGO
) -> Account:
    """A member of staff with these roles, a counsellor if none is given."""
    account = Account.objects.create_user(email or f"staff{next(_numbers)}@example.jp", password, name=name)
    Membership.objects.create(account=account, roles=sorted(roles) or ["counsellor"], from_date=since, until_date=until)
    return account


def guest(
    *,
    email: str = "",
    name: str = "来賓",
    password: str | None = None,
    until: date | None = None,
    pledged: bool = True,
    verified: bool = True,
    agency_id: UUID | None = None,
) -> Account:
    """A partner agency's person, pledged unless said otherwise."""
    account = Account.objects.create_user(email or f"guest{next(_numbers)}@example.jp", password, name=name, kind=AccountKind.GUEST)
    pledge = {"pledged_at": timezone.now(), "pledge_version": VERSION, "pledge_name": name} if pledged else {}
    last_day = until or clock.add_months(clock.today(), 1)
    GuestEntry.objects.create(
        account=account,
        agency_id=agency_id or uuid4(),
        agency_name="見本クリニック",
        from_date=min(LONG_AGO, last_day),
        until_date=last_day,
        verified_at=timezone.now() if verified else None,
        **pledge,
    )
    return account
