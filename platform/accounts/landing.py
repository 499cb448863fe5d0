"""Where somebody arrives after sign-in, and which shell her own pages wear."""

from django.urls import reverse

from accounts.catalogue import HEADQUARTERS_ROLES
from accounts.models import Account


def first_page(account: Account) -> str:
    if account.guest_entry is not None:
        return reverse("collaboration:shared")
    if not HEADQUARTERS_ROLES.isdisjoint(account.roles):
        return reverse("headquarters:activity")
    return reverse("today")


def shell_of(account: Account) -> str:
    if account.guest_entry is not None:
        return "guest.html"
    return "headquarters.html" if not HEADQUARTERS_ROLES.isdisjoint(account.roles) else "base.html"
