"""Who sits behind an account: two accounts of one person count as one wherever a second person is asked for."""

import re

from django.db.models import QuerySet

from accounts.models import Account
from tenants import roster


def is_same_person(one: Account, other: Account) -> bool:
    """Her own account, or another whose mail arrives in the same box. No query."""
    return one.pk == other.pk or roster.mailbox(one.email) == roster.mailbox(other.email)


def accounts_of_mailbox(email: str) -> QuerySet[Account]:
    """Every account of this host whose mail arrives where this address's does."""
    local, _, domain = roster.mailbox(email).rpartition("@")
    return Account.objects.filter(email__regex=rf"^{re.escape(local)}([+][^@]*)?@{re.escape(domain)}$")
