import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts import pledges
from accounts.models import Account, GuestEntry
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tests.accounts.attempts import signed_in, trail
from tests.factories.people import guest, staff


@pytest.fixture
def visitor(centre: Host, at_centre: Client) -> Account:
    account = guest(name="友 一", pledged=False)
    at_centre.force_login(account)
    return account


def sign(account: Account, **overrides: str) -> GuestEntry:
    given = {"typed_name": "友 一", "version": pledges.VERSION} | overrides
    return pledges.sign_pledge(account.guest_entries.get(), by=account, **given)


def test_before_the_pledge_a_guest_sees_the_pledge_only(visitor: Account, at_centre: Client) -> None:
    assert at_centre.get("/accounts/").headers["Location"] == "/accounts/pledge/"
    assert at_centre.get("/accounts/password/change/").headers["Location"] == "/accounts/pledge/"
    page = at_centre.get("/accounts/pledge/")
    assert all(article in page.text for article in pledges.ARTICLES)

    answer = at_centre.post("/accounts/pledge/", {"typed_name": "友　一", "version": pledges.VERSION})

    assert answer.status_code == 302
    assert signed_in(at_centre)
    entry = GuestEntry.objects.get(account=visitor)
    assert (entry.pledge_version, entry.pledge_name) == (pledges.VERSION, "友　一")
    (line,) = trail("guest.pledged")
    assert (line.actor, line.actor_kind, line.facts) == (visitor.pk, "guest", {"version": pledges.VERSION})


def test_a_new_text_is_pledged_again(centre: Host, at_centre: Client) -> None:
    account = guest(name="友 一")
    account.guest_entries.update(pledge_version="2025-04")
    at_centre.force_login(account)

    assert at_centre.get("/accounts/").headers["Location"] == "/accounts/pledge/"
    sign(Account.objects.get(pk=account.pk))

    assert signed_in(at_centre)


@pytest.mark.parametrize(("typed", "rule"), [({"typed_name": "別 人"}, "name_differs"), ({"version": "2025-04"}, "text_changed")])
def test_a_pledge_refused_names_its_rule_and_signs_nothing(typed: dict[str, str], rule: str, visitor: Account, at_centre: Client) -> None:
    with pytest.raises(RuleViolation) as refusal:
        sign(visitor, **typed)
    answer = at_centre.post("/accounts/pledge/", {"typed_name": "友 一", "version": pledges.VERSION} | typed)

    assert refusal.value.code == rule
    assert answer.status_code == 422
    assert not pledges.is_signed(GuestEntry.objects.get(account=visitor))


def test_a_pledge_is_signed_once_and_by_the_guest_alone(visitor: Account) -> None:
    other = guest(name="友 一", pledged=False)
    with pytest.raises(PermissionDenied):
        pledges.sign_pledge(visitor.guest_entries.get(), typed_name="友 一", version=pledges.VERSION, by=other)
    sign(visitor)

    with pytest.raises(RuleViolation) as refusal:
        sign(Account.objects.get(pk=visitor.pk))

    assert refusal.value.code == "already_signed"


def test_the_pledge_is_no_page_of_staff(centre: Host, at_centre: Client) -> None:
    at_centre.force_login(staff())

    assert at_centre.get("/accounts/pledge/").status_code == 404
