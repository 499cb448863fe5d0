"""A partner agency's person, from the invitation to the end: what she reaches in each state."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import Settings

from accounts import guests, pledges
from accounts.guests import GuestState, state_of
from accounts.models import Account, GuestEntry
from foundation import clock
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tests.accounts.attempts import enrolled
from tests.factories.agencies import make_agency
from tests.factories.people import guest, staff

TODAY = clock.today()
PAGES = (
    "/",
    "/shared/",
    "/cases/",
    "/manage/",
    "/manage/approvals/",
    "/accounts/",
    "/accounts/tokens/",
    "/api/v1/cases/",
    "/clients/search/",
)
CALL, PLEDGE, FACTOR, IN = "/accounts/call-back/", "/accounts/pledge/", "/accounts/2fa/", "/accounts/login/"


def entry_in(state: GuestState) -> GuestEntry:
    account = guest(
        email=f"{state}@example.jp",
        verified=state != GuestState.INVITED,
        pledged=state not in {GuestState.INVITED, GuestState.VERIFIED},
        until=TODAY - timedelta(days=1) if state == GuestState.EXPIRED else None,
    )
    if state == GuestState.PLEDGED:
        Account.objects.filter(pk=account.pk).update(must_enrol=True)
    return account.guest_entries.select_related("account").get()


def reached(client: Client, path: str) -> str:
    answer = client.get(path)
    return answer["Location"].partition("?")[0] if answer.status_code == 302 else str(answer.status_code)


# where every page leads in a state before the last: to the one thing that is missing, and nowhere else
HELD: dict[GuestState, str] = {GuestState.INVITED: CALL, GuestState.VERIFIED: PLEDGE, GuestState.PLEDGED: FACTOR, GuestState.EXPIRED: IN}
ACTIVE = {
    "/": "404", "/shared/": "200", "/cases/": "404", "/manage/": "404", "/manage/approvals/": "404", "/accounts/": "200",
    "/accounts/tokens/": "404", "/api/v1/cases/": "404", "/clients/search/": "404",
}  # fmt: skip


@pytest.mark.parametrize("state", GuestState)
def test_each_state_reaches_what_the_table_says(state: GuestState, centre: Host, at_centre: Client) -> None:
    """B26: each state × each route."""
    entry = entry_in(state)
    assert state_of(entry, TODAY) == state
    table = ACTIVE if state == GuestState.ACTIVE else dict.fromkeys(PAGES, HELD[state]) | {"/api/v1/cases/": "403"}
    for path, expected in table.items():
        at_centre.force_login(entry.account, backend="accounts.authentication.SignInBackend")
        if state == GuestState.EXPIRED and path.startswith("/api/"):
            expected = "401"
        assert reached(at_centre, path) == expected, path


def test_she_walks_from_the_invitation_to_the_first_page(centre: Host, at_centre: Client, settings: Settings) -> None:
    """B26: invited, verified, pledged, active; each step by whoever it is for."""
    settings.REQUIRE_SECOND_FACTOR = True
    counsellor = staff()
    entry = guests.invite_guest(
        email="tomo@example.jp", name="友 一", agency_id=uuid4(), agency_name="見本クリニック",
        until_date=TODAY + timedelta(days=30), by=counsellor, today=TODAY,
    )  # fmt: skip
    walked = [state_of(entry, TODAY)]
    entry = guests.verify_guest(entry, by=counsellor, today=TODAY)
    walked.append(state_of(entry, TODAY))
    entry = pledges.sign_pledge(entry, typed_name="友 一", version=pledges.VERSION, by=Account.objects.get(pk=entry.account_id))
    walked.append(state_of(entry, TODAY))
    enrolled(entry.account)
    walked.append(state_of(entry, TODAY))
    settings.AS_OF = TODAY + timedelta(days=31)
    walked.append(state_of(entry, clock.today()))

    assert walked == list(GuestState)


def test_a_pledge_to_an_old_text_closes_everything_again(centre: Host, at_centre: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """B26: the text has changed, so she pledges again."""
    at_centre.force_login(entry_in(GuestState.ACTIVE).account, backend="accounts.authentication.SignInBackend")
    monkeypatch.setattr(pledges, "VERSION", "2099-01")
    assert reached(at_centre, "/shared/") == PLEDGE


def invite(**overrides: object) -> GuestEntry:
    facts = {
        "email": "tomo@example.jp", "name": "友 一", "agency_id": uuid4(), "agency_name": "見本クリニック",
        "until_date": TODAY + timedelta(days=30), "by": staff(), "today": TODAY,
    }  # fmt: skip
    return guests.invite_guest(**facts | overrides)  # type: ignore[arg-type]


def test_a_guest_stays_thirty_days_at_most_and_is_renewed(centre: Host) -> None:
    with pytest.raises(RuleViolation) as too_far:
        invite(until_date=TODAY + timedelta(days=31))
    entry = invite(until_date=TODAY + timedelta(days=3))
    later = guests.renew_guest(entry, until_date=TODAY + timedelta(days=30), by=staff(), today=TODAY)
    with pytest.raises(RuleViolation) as renewed_too_far:
        guests.renew_guest(entry, until_date=TODAY + timedelta(days=31), by=staff(), today=TODAY)
    with pytest.raises(RuleViolation) as over:
        guests.renew_guest(entry, until_date=TODAY + timedelta(days=60), by=staff(), today=TODAY + timedelta(days=40))

    assert later.until_date == TODAY + timedelta(days=30)
    assert [each.value.code for each in (too_far, renewed_too_far, over)] == ["until_too_far", "until_too_far", "guest_left"]


@pytest.mark.parametrize(
    ("email", "fits"), [("tomo@mihon.example.jp", True), ("tomo@example.com", False), ("t@evil-mihon.example.jp", False)]
)
def test_her_address_is_one_of_the_agencys_domain_where_it_is_known(email: str, fits: bool, centre: Host) -> None:
    agency = make_agency(mail_domain="mihon.example.jp")
    if fits:
        assert invite(email=email, agency_id=agency.pk).account.email == email
        return
    with pytest.raises(RuleViolation) as refusal:
        invite(email=email, agency_id=agency.pk)
    assert refusal.value.code == "not_agency_address"


def test_only_staff_who_may_share_confirm_a_guest_and_only_once(centre: Host) -> None:
    entry, counsellor = invite(), staff()
    with pytest.raises(PermissionDenied):
        guests.verify_guest(entry, by=staff("clerk"), today=TODAY)
    assert guests.verify_guest(entry, by=counsellor, today=TODAY).verified_by == counsellor
    with pytest.raises(RuleViolation) as twice:
        guests.verify_guest(entry, by=counsellor, today=TODAY)
    assert twice.value.code == "already_verified"
