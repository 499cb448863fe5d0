"""Whether an account may do a kind of thing; whether it may do it to this one object is the slices' question."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.catalogue import Permission, Role
from accounts.models import Account, Membership


def allowed(account: Account | AnonymousUser, permission: Permission) -> bool:
    if not isinstance(account, Account) or not account.is_active:
        return False
    return not permission.default_roles.isdisjoint(account.roles)


def at_work(roles: Iterable[Role], today: date) -> QuerySet[Account]:
    """Staff of this host who hold one of these roles on the day, by name."""
    held = Membership.objects.current(today).filter(roles__overlap=[role.value for role in roles])
    return Account.objects.filter(is_active=True, pk__in=held.values("account")).order_by("name", "id")
