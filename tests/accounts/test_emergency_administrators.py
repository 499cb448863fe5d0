"""Two administrators keep a password and a factor of this host's own, however many give theirs up at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from django.db import connections

from accounts.identity_providers import Proof, link_account, local_administrators
from accounts.models import Account
from accounts.models_providers import IdentityProvider
from foundation.errors import RuleViolation
from tenants.activation import centre_active
from tests.accounts.attempts import enrolled
from tests.factories.people import PASSWORD, staff

MANY = 4


def test_of_four_who_link_at_once_two_stay(logins: str) -> None:
    with centre_active("test_a"):
        administrators = [staff("centre_admin", password=PASSWORD) for _ in range(MANY)]
        for each in administrators:
            enrolled(each)
    start = Barrier(MANY)

    def link(pk: UUID) -> str:
        try:
            with centre_active("test_a"):
                account = Account.objects.get(pk=pk)
                provider = IdentityProvider(issuer="https://sign-in.example.test/")
                start.wait(30)
                link_account(account, Proof(provider, str(pk), strong=True, purpose="link", next="", account=str(pk)))
                return "linked"
        except RuleViolation as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as people:
        answers = sorted(people.map(link, [each.pk for each in administrators]))

    assert answers == ["emergency_needed"] * 2 + ["linked"] * 2
    with centre_active("test_a"):
        assert len(local_administrators()) == 2
