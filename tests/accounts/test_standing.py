"""A change of standing acts on the very next request."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import members
from accounts.catalogue import Permission, Role
from accounts.models import Account
from accounts.permissions import allowed
from foundation import clock
from tenants.hosts import Host
from tests.accounts.attempts import code, enrolled, sign_in, signed_in, trail
from tests.factories.people import PASSWORD, guest, staff


@pytest.fixture
def administrator(centre: Host) -> Account:
    return staff(Role.CENTRE_ADMIN)


def test_an_ended_membership_ends_the_next_request(administrator: Account, at_centre: Client) -> None:
    account = staff(email="hana@example.jp", password=PASSWORD)
    sign_in(at_centre, "hana@example.jp")
    assert signed_in(at_centre)

    members.end_membership(account.memberships.get(), on=clock.today(), by=administrator, today=clock.today())
    answer = at_centre.get("/accounts/", follow=True)

    assert answer.redirect_chain == [("/accounts/login/?next=/accounts/", 302)]  # her session itself is gone, as if there had been none
    assert not signed_in(at_centre)


def test_a_membership_that_runs_out_overnight_is_told_to_page_fragment_and_api(centre: Host, at_centre: Client) -> None:
    account = staff()
    account.memberships.update(until_date=clock.today() - timedelta(days=1))

    at_centre.force_login(account)
    fragment = at_centre.get("/accounts/", headers={"hx-request": "true"})
    at_centre.force_login(account)
    api = at_centre.get("/api/v1/cases/")

    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, "/accounts/login/")
    assert (api.status_code, api.headers["Content-Type"], api.json()["code"]) == (401, "application/problem+json", "membership_ended")
    assert [line.facts["reason"] for line in trail("session.ended")] == ["membership_ended"] * 2


def test_a_switched_off_account_is_out_on_its_next_request(centre: Host, at_centre: Client) -> None:
    account = staff()
    at_centre.force_login(account)
    Account.objects.filter(pk=account.pk).update(is_active=False)

    assert at_centre.get("/accounts/").headers["Location"] == "/accounts/login/"


def test_a_taken_role_is_gone_on_the_next_request(administrator: Account, at_centre: Client) -> None:
    account = staff(Role.COUNSELLOR)
    at_centre.force_login(account)
    assert at_centre.get("/accounts/tokens/").status_code == 200

    members.change_roles(account.memberships.get(), roles=[Role.CENTRE_ADMIN], by=administrator, today=clock.today())

    assert at_centre.get("/accounts/tokens/").status_code == 403


@pytest.mark.parametrize(("hours", "stays"), [(9.9, True), (10.1, False)])
def test_a_session_of_staff_ends_after_ten_hours(hours: float, stays: bool, centre: Host, at_centre: Client) -> None:
    at_centre.force_login(staff())
    age(at_centre, hours)

    assert signed_in(at_centre) is stays


@pytest.mark.parametrize(("hours", "stays"), [(1.9, True), (2.1, False)])
def test_a_session_of_a_guest_ends_after_two_hours(hours: float, stays: bool, centre: Host, at_centre: Client) -> None:
    at_centre.force_login(guest())
    age(at_centre, hours)

    assert signed_in(at_centre) is stays


def test_a_session_of_headquarters_ends_after_eight_hours(headquarters: Host, at_headquarters: Client) -> None:
    at_headquarters.force_login(staff(Role.ANALYST))
    age(at_headquarters, 8.1)

    assert not signed_in(at_headquarters)


def age(client: Client, hours: float) -> None:
    session = client.session
    session["signed_in_at"] -= int(hours * 3600)
    session.save()


def test_required_second_factor_is_enrolled_before_anything_else(centre: Host, at_centre: Client, settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    account = staff(email="hana@example.jp", password=PASSWORD)
    sign_in(at_centre, "hana@example.jp")

    assert at_centre.get("/accounts/").headers["Location"] == "/accounts/2fa/"
    assert at_centre.get("/api/v1/cases/").status_code == 403
    assert at_centre.get("/accounts/2fa/totp/activate/").status_code == 200, "she has just given her password"

    enrolled(account)
    assert signed_in(at_centre)


def test_a_required_second_factor_cannot_be_given_up(centre: Host, at_centre: Client, settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    account = staff(email="hana@example.jp", password=PASSWORD)
    secret = enrolled(account)
    at_centre.force_login(account)
    at_centre.post("/accounts/reauthenticate/", {"code": code(secret)})

    answer = at_centre.post("/accounts/2fa/totp/deactivate/")

    assert "解除できません" in answer.text
    assert account.authenticator_set.filter(type="totp").exists()


def test_a_one_time_password_is_changed_before_anything_else(centre: Host, at_centre: Client) -> None:
    account = staff(email="hana@example.jp", password=PASSWORD)
    account.password_is_temporary = True
    account.save()
    sign_in(at_centre, "hana@example.jp")
    assert at_centre.get("/accounts/").headers["Location"] == "/accounts/password/change/"

    new = "haru-no-umi-hinemosu"
    at_centre.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert signed_in(at_centre)
    assert len(trail("password.changed")) == 1


@pytest.mark.parametrize(
    ("roles", "permission", "may"),
    [
        ([Role.CHIEF_COUNSELLOR], Permission.READ_ALL_CASES, True),
        ([Role.COUNSELLOR], Permission.READ_ALL_CASES, False),
        ([Role.CLERK], Permission.RECEIVE_PERSON, True),
        ([Role.CLERK], Permission.WORK_ON_CASE, False),
        ([Role.CENTRE_ADMIN], Permission.VIEW_OWN_CASES, False),
        ([Role.CENTRE_ADMIN, Role.COUNSELLOR], Permission.VIEW_OWN_CASES, True),
        ([Role.CENTRE_ADMIN], Permission.MANAGE_STAFF, True),
        ([Role.CHIEF_COUNSELLOR], Permission.VIEW_HEADQUARTERS_FIGURES, False),
    ],
)
def test_a_permission_comes_with_a_role(roles: list[Role], permission: Permission, may: bool, centre: Host) -> None:
    assert allowed(staff(*roles), permission) is may


def test_neither_guests_nor_anonymous_visitors_have_permissions(centre: Host) -> None:
    visitor = guest()

    assert not any(allowed(visitor, permission) for permission in Permission)
    assert not any(allowed(AnonymousUser(), permission) for permission in Permission)


def test_kind_decides_whether_a_membership_or_a_guest_entry_counts(centre: Host) -> None:
    account = staff(Role.CHIEF_COUNSELLOR)
    account.kind = "guest"
    account.save()

    assert Account.objects.get(pk=account.pk).roles == frozenset()


def test_every_permission_says_what_it_is_and_who_has_it() -> None:
    for permission in Permission:
        assert permission.label
        assert permission.default_roles
        assert Role.GUEST not in permission.default_roles


def test_standing_costs_one_query_a_request(centre: Host, at_centre: Client) -> None:
    at_centre.force_login(staff())

    with CaptureQueriesContext(connection) as queries:
        at_centre.get("/accounts/")

    assert len([query for query in queries if 'FROM "accounts_membership"' in query["sql"]]) == 1
    assert not [query for query in queries if "accounts_guestentry" in query["sql"]]
