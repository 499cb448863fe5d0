"""From one centre to another on a day: one person in the roster, two accounts, never both at once unless that was wanted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import Settings

from accounts import departures, members, transfers
from accounts.models import Account, Invitation, Membership
from accounts.tokens import issue_token
from foundation import clock
from foundation.errors import RuleViolation
from tenants import roster
from tenants.activation import headquarters_active
from tenants.hosts import Host
from tenants.models import Centre, Corporation, Posting
from tests.accounts.attempts import sign_in, signed_in, trail
from tests.factories.casework import make_case
from tests.factories.people import PASSWORD, staff

TODAY = clock.today()
ON = TODAY + timedelta(days=10)
Elsewhere = Callable[[], AbstractContextManager[Host]]


@pytest.fixture
def admin(centre: Host) -> Account:
    return staff("centre_admin", name="管理 者")


@pytest.fixture
def goer(admin: Account) -> Membership:
    facts = {"roles": ["counsellor"], "from_date": date(2026, 4, 1), "password": PASSWORD}
    return members.add_member(email="hana@example.jp", name="港 花子", by=admin, **facts)  # type: ignore[arg-type]


def offer(membership: Membership, by: Account, **overrides: Any) -> Membership:  # Any: arguments of offer_transfer
    facts = {"to": Centre.objects.get(schema_name="test_b"), "roles": ["counsellor"], "on": ON, "today": TODAY}
    return transfers.offer_transfer(membership, by=by, **facts | overrides)


def accept(there: Account) -> Membership:
    (offered,) = transfers.incoming(there)
    employer = Corporation.objects.get(name="NPO法人みち")
    return transfers.accept_transfer(offered.id, roles=offered.roles, by=there, today=clock.today(), employer=employer)


def test_she_works_here_until_the_day_before_and_there_from_the_day(
    goer: Membership, admin: Account, other_centre: Elsewhere, settings: Settings, at_centre: Client
) -> None:
    """B22: from the effective day on, the old host answers her as it answers anybody; the roster knows one person."""
    offer(goer, admin)
    with other_centre():
        there = accept(staff("centre_admin"))
        assert (there.from_date, there.account.email) == (ON, goer.account.email)
        assert Invitation.objects.waiting().filter(account=there.account).exists()
    at_centre.force_login(goer.account, backend="accounts.authentication.SignInBackend")
    _, token = issue_token(label="集計（見本）", by=goer.account)
    api = Client(SERVER_NAME="test-a.testserver", HTTP_AUTHORIZATION=f"Token {token}")

    settings.AS_OF = ON - timedelta(days=1)
    assert signed_in(at_centre)
    assert api.get("/api/v1/cases/").status_code == 200
    settings.AS_OF = ON
    assert at_centre.get("/cases/")["Location"].startswith("/accounts/login/")
    assert api.get("/api/v1/cases/").status_code == 401
    hers = sign_in(Client(SERVER_NAME="test-a.testserver"), goer.account.email)
    strangers = sign_in(Client(SERVER_NAME="test-a.testserver"), "nobody@example.jp")
    assert (hers.status_code, len(hers.content)) == (strangers.status_code, len(strangers.content) + len(goer.account.email) - 17)

    assert departures.carry_out_due(clock.today()) == 1
    assert not Account.objects.get(pk=goer.account_id).has_usable_password()
    with other_centre():
        assert Account.objects.get(email=goer.account.email).may_sign_in
    with headquarters_active():
        postings = Posting.objects.filter(person__email=goer.account.email).select_related("centre").order_by("from_date")
        assert [(one.centre.schema_name, one.until_date) for one in postings] == [  # type: ignore[union-attr]  # centres
            ("test_a", ON - timedelta(days=1)),
            ("test_b", None),
        ]


def test_the_other_centre_learns_what_it_needs_and_nothing_else(goer: Membership, admin: Account, other_centre: Elsewhere) -> None:
    offer(goer, admin, roles=["clerk"])
    with other_centre():
        (offered,) = transfers.incoming(staff("centre_admin"))
        with pytest.raises(PermissionDenied):
            transfers.incoming(staff("chief_counsellor"))
    assert offered._asdict().keys() == {"id", "name", "email", "roles", "on", "origin"}
    assert (offered.name, offered.roles, offered.origin) == ("港 花子", ["clerk"], "テストA相談センター")


def test_open_cases_are_handed_over_before_she_goes(goer: Membership, admin: Account, settings: Settings) -> None:
    case, successor = make_case("received", by=Account.objects.get(pk=goer.account_id)), staff(name="後任 例")
    with pytest.raises(RuleViolation) as refusal:
        offer(goer, admin)
    assert refusal.value.code == "open_work"

    offer(goer, admin, successor=successor)
    settings.AS_OF = ON
    departures.carry_out_due(clock.today())
    case.refresh_from_db()
    assert case.owner == successor


def test_who_stays_at_both_keeps_both(goer: Membership, admin: Account, other_centre: Elsewhere, settings: Settings) -> None:
    offer(goer, admin, stays=True)
    with other_centre():
        accept(staff("centre_admin"))
    settings.AS_OF = ON

    assert departures.carry_out_due(clock.today()) == 0
    assert Account.objects.get(pk=goer.account_id).may_sign_in


def test_an_offer_is_answered_once_and_by_its_own_centre(goer: Membership, admin: Account, other_centre: Elsewhere) -> None:
    offer(goer, admin)
    assert transfers.incoming(admin) == []
    with other_centre():
        there = staff("centre_admin")
        (offered,) = transfers.incoming(there)
    with pytest.raises(RuleViolation) as not_ours:
        transfers.accept_transfer(offered.id, roles=["clerk"], by=admin, today=TODAY)
    with other_centre():
        transfers.decline_transfer(offered.id, by=there)
        with pytest.raises(RuleViolation) as twice:
            transfers.decline_transfer(offered.id, by=there)

    assert (not_ours.value.code, twice.value.code) == ("transfer_over", "transfer_over")
    (seen,) = roster.outgoing_transfers(goer.posting_id)  # type: ignore[arg-type]  # add_member gave one
    assert seen.state == "declined"


def test_taking_the_end_back_withdraws_the_offer(goer: Membership, admin: Account, other_centre: Elsewhere) -> None:
    members.cancel_end(offer(goer, admin), by=admin, today=TODAY)
    with other_centre():
        assert transfers.incoming(staff("centre_admin")) == []
    assert Membership.objects.get(pk=goer.pk).until_date is None


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"on": TODAY}, "not_ahead"),
    ({"roles": []}, "no_role"),
    ({"roles": ["analyst"]}, "role_not_here"),
]


@pytest.mark.parametrize(("overrides", "rule"), REFUSED)
def test_refusals_name_their_rule_and_change_nothing(overrides: dict[str, Any], rule: str, goer: Membership, admin: Account) -> None:
    with pytest.raises(RuleViolation) as refusal:
        offer(goer, admin, **overrides)
    assert refusal.value.code == rule
    assert not trail("transfer.offered", "member.end_set")


def test_nobody_is_sent_on_before_she_has_come(goer: Membership, admin: Account) -> None:
    Membership.objects.filter(pk=goer.pk).update(from_date=TODAY + timedelta(days=30))
    with pytest.raises(RuleViolation) as refusal:
        offer(goer, admin, on=TODAY + timedelta(days=3))
    assert refusal.value.code == "until_before_from"
    assert not trail("transfer.offered", "member.end_set")


def test_only_an_administrator_offers_and_not_herself(goer: Membership, admin: Account) -> None:
    with pytest.raises(PermissionDenied):
        offer(goer, staff("chief_counsellor"))
    for membership, by, rule in ((admin.memberships.get(), admin, "own_transfer"), (goer, admin, "same_centre")):
        with pytest.raises(RuleViolation) as refusal:
            offer(membership, by, to=Centre.objects.get(schema_name="test_a"))
        assert refusal.value.code == rule
    offer(goer, admin)
    with pytest.raises(RuleViolation) as again:
        offer(goer, admin)
    assert again.value.code == "already_offered"
