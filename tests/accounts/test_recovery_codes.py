"""A recovery code opens once, however many try it at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connections

from accounts.models import Account
from tenants.activation import centre_active
from tests.accounts.attempts import enrolled
from tests.factories.people import PASSWORD, staff

TRIES = 20


def test_of_twenty_at_once_one_opens(logins: str) -> None:
    """The row is locked while a code is looked at: with the real logins, each try on a connection of its own."""
    with centre_active("test_a"):
        account = staff(email="hana@example.jp", password=PASSWORD)
        enrolled(account)
        codes = Authenticator.objects.get(user=account, type="recovery_codes").wrap().get_unused_codes()
    start = Barrier(TRIES)

    def attempt(_: int) -> bool:
        try:
            with centre_active("test_a"):
                kept = Authenticator.objects.get(user_id=account.pk, type="recovery_codes").wrap()
                start.wait(30)
                return bool(kept.validate_code(codes[0]))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TRIES) as people:
        opened = list(people.map(attempt, range(TRIES)))

    assert opened.count(True) == 1
    with centre_active("test_a"):
        left = Authenticator.objects.get(user_id=account.pk, type="recovery_codes").wrap().get_unused_codes()
        assert (len(left), codes[0] in left) == (9, False)
        Account.objects.filter(pk=account.pk).update(is_active=False)
        cache.clear()
