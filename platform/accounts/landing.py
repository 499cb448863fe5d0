"""Where somebody arrives after sign-in: each shell has its own first page."""

from django.urls import reverse

from accounts.catalogue import HEADQUARTERS_ROLES
from accounts.models import Account


def first_page(account: Account) -> str:
    if account.guest_entry is not None:
        return reverse("collaboration:shared")
    if not HEADQUARTERS_ROLES.isdisjoint(account.roles):
        return reverse("headquarters:activity")
    return reverse("today")
