"""Whether an account may do a kind of thing; whether it may do it to this one object is the slices' question."""

from django.contrib.auth.models import AnonymousUser

from accounts.catalogue import Permission
from accounts.models import Account


def allowed(account: Account | AnonymousUser, permission: Permission) -> bool:
    if not isinstance(account, Account) or not account.is_active:
        return False
    return not permission.default_roles.isdisjoint(account.roles)
