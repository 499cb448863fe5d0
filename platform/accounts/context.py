"""What a page needs to know to lock itself."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts import sessions
from accounts.models import Account

ADDRESSES = {"lock_url": "lock", "unlock_url": "unlock", "awake_url": "awake"}


def lock(request: HttpRequest) -> dict[str, Any]:
    """Nothing for visitors and for a locked session's own page: there is nothing to hide."""
    account = getattr(request, "user", None)
    if not isinstance(account, Account) or not hasattr(getattr(request, "session", None), "facts") or sessions.is_locked(request, account):
        return {"lock": None}
    urlconf = getattr(request, "urlconf", None)  # a middleware may answer before Django has set it
    addresses = {name: reverse(f"accounts:{view}", urlconf=urlconf) for name, view in ADDRESSES.items()}
    return {"lock": {"seconds": int(sessions.idle_limit(account).total_seconds()), "account": account.pk, **addresses}}
