"""Leaving: everything ends at once, nothing is orphaned, and a day set ahead is kept by a job."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import approvals, departures, guests, invitations, leaving, members, resets
from accounts.invitations import InvitationRefused
from accounts.models import Account, Approval, ApprovalState, Departure, GuestEntry, Invitation, Session
from accounts.tokens import issue_token
from casework.cases.blocks import block
from casework.cases.care_team import join_team, team_of
from casework.cases.models import Case, Duty
from foundation import clock
from foundation.errors import RuleViolation
from network.collaboration.models import GuestGrant
from tenants.hosts import Host
from tests.accounts.attempts import code, enrolled, sign_in, signed_in, trail
from tests.collaboration.test_referrals import applied_case, refer, share
from tests.factories.casework import make_case
from tests.factories.people import PASSWORD, guest, staff

TODAY = clock.today()


@pytest.fixture
def admin(centre: Host) -> Account:
    return staff("centre_admin", name="管理 者")


@pytest.fixture
def leaver(centre: Host) -> Account:
    return staff("counsellor", email="hana@example.jp", name="港 花子", password=PASSWORD)


def leave(account: Account, by: Account, successor: Account | None = None, days: int = 0) -> None:
    on = TODAY + timedelta(days=days)
    members.end_membership(account.memberships.get(), on=on, by=by, today=TODAY, successor=successor)


def token_in(message: mail.EmailMessage) -> str:
    return str(message.body).partition("#")[2].split()[0]


def test_every_way_in_is_shut_at_once(
    leaver: Account, admin: Account, at_centre: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """B21: session, API token, password, TOTP, recovery codes, a passkey, invitations to and from her, her requests: each replayed."""
    seed = enrolled(leaver)
    Authenticator.objects.create(user=leaver, type=Authenticator.Type.WEBAUTHN, data={"name": "鍵（見本）", "credential": {}})
    at_centre.force_login(leaver, backend="accounts.authentication.SignInBackend")
    assert signed_in(at_centre)
    _, token = issue_token(label="集計（見本）", by=leaver)
    api = Client(SERVER_NAME=at_centre.defaults["SERVER_NAME"], HTTP_AUTHORIZATION=f"Token {token}")
    assert api.get("/api/v1/cases/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(leaver, by=admin)
        guest_entry = guests.invite_guest(
            email="tomo@example.jp", name="友 一", agency_id=uuid4(), agency_name="見本クリニック",
            until_date=TODAY + timedelta(days=30), by=leaver, today=TODAY,
        )  # fmt: skip
        invitations.invite(guest_entry.account, by=leaver)
    links = [token_in(message) for message in mail.outbox if "#" in str(message.body)]
    asked = approvals.ask(resets.KIND, staff(), by=leaver)

    leave(leaver, admin)

    assert not signed_in(at_centre)
    assert api.get("/api/v1/cases/").status_code == 401
    assert sign_in(Client(SERVER_NAME="test-a.testserver"), leaver.email).status_code == 422
    assert not Account.objects.get(pk=leaver.pk).check_password(PASSWORD)
    assert not Authenticator.objects.filter(user=leaver).exists()
    assert not Session.objects.filter(account=leaver).exists()
    assert code(seed)  # a valid code of a factor that nobody knows any more
    assert len(links) == 2
    for link, email in zip(links, (leaver.email, "tomo@example.jp"), strict=True):
        with pytest.raises(InvitationRefused):
            invitations.accept(token=link, email=email, password="betsu-no-nagai-kotoba")
    assert Approval.objects.get(pk=asked.pk).state == ApprovalState.VOID
    with pytest.raises(RuleViolation):
        approvals.approve(asked, by=admin)


def test_what_she_sent_waits_for_somebody_else_to_send_it_again(leaver: Account, admin: Account) -> None:
    """B21: invitations are confirmed anew by a successor, guests by somebody who vouches for them."""
    sent = invitations.invite(staff(), by=staff("centre_admin", email="former@example.jp"))
    entry = guests.invite_guest(
        email="tomo@example.jp", name="友 一", agency_id=uuid4(), agency_name="見本クリニック",
        until_date=TODAY + timedelta(days=30), by=leaver, today=TODAY,
    )  # fmt: skip

    leave(Account.objects.get(email="former@example.jp"), admin)
    leave(leaver, admin)

    assert Invitation.objects.get(pk=sent.pk).unvouched
    entry.refresh_from_db()
    assert entry.unvouched_since is not None
    assert entry.until_date == TODAY + timedelta(days=leaving.VOUCHING_DAYS)
    renewed = guests.renew_guest(entry, until_date=TODAY + timedelta(days=20), by=admin, today=TODAY)
    assert (renewed.unvouched_since, renewed.invited_by) == (None, admin)


def test_nobody_leaves_open_cases_behind(leaver: Account, admin: Account) -> None:
    case, closed = make_case("received", by=leaver), make_case("received", by=leaver)
    Case.objects.filter(pk=closed.pk).update(stage="ended")

    with pytest.raises(RuleViolation) as refusal:
        leave(leaver, admin)
    with pytest.raises(RuleViolation) as ahead:
        leave(leaver, admin, days=30)

    assert (refusal.value.code, ahead.value.code) == ("open_work", "open_work")
    assert case.number in refusal.value.message
    assert closed.number not in refusal.value.message
    assert Account.objects.get(pk=leaver.pk).may_sign_in
    assert not trail("member.ended", "member.end_set")


def test_open_cases_go_to_the_successor_in_the_same_act(leaver: Account, admin: Account) -> None:
    successor, colleague = staff(name="後任 例"), staff(name="同僚 例")
    own, helped = make_case("received", by=leaver), make_case("received", by=colleague)
    join_team(helped, leaver, by=colleague, today=TODAY)
    due = Duty.objects.filter(case=own, closed_on=None).count()

    leave(leaver, admin, successor)

    own.refresh_from_db()
    assert own.owner == successor
    assert set(team_of(own)) == {successor}
    assert set(team_of(helped)) == {colleague}
    assert Duty.objects.filter(case=own, closed_on=None, assigned_to=successor).count() == due > 0
    assert not Duty.objects.filter(assigned_to=leaver, closed_on=None).exists()


@pytest.mark.parametrize(("roles", "rule"), [(["clerk"], "not_a_supporter"), (None, "successor_leaves")])
def test_a_successor_is_a_colleague_who_may_have_cases(roles: list[str] | None, rule: str, leaver: Account, admin: Account) -> None:
    make_case("received", by=leaver)
    with pytest.raises(RuleViolation) as refusal:
        leave(leaver, admin, staff(*roles) if roles else leaver)
    assert refusal.value.code == rule


def test_a_case_is_not_handed_to_whom_it_is_hidden_from_nor_is_anything_ended(leaver: Account, admin: Account, settings: Settings) -> None:
    """At once the act is refused; on a day set ahead her ways in end, and the case waits for somebody else."""
    successor, case = staff(name="後任 例"), make_case("received", by=leaver)
    leave(leaver, admin, successor, days=1)
    block(case, successor, reason="relative", words="", by=successor)

    with pytest.raises(RuleViolation) as refusal:
        leave(leaver, admin, successor)
    assert refusal.value.code == "blocked"
    assert Account.objects.get(pk=leaver.pk).check_password(PASSWORD)

    settings.AS_OF = TODAY + timedelta(days=2)
    assert departures.carry_out_due(clock.today()) == 0
    assert [line.facts["reason"] for line in trail("member.not_handed_over")] == ["blocked"]
    case.refresh_from_db()
    assert (case.owner, set(team_of(case))) == (leaver, {leaver})


def test_a_failing_step_leaves_everything_as_it_was(leaver: Account, admin: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_leave: leaving.Leave) -> int:
        raise RuleViolation("できません。", code="cannot")

    monkeypatch.setattr(leaving, "_steps", {**leaving._steps, "last": leaving.Step(999, fail)})
    with pytest.raises(RuleViolation):
        leave(leaver, admin)
    assert Account.objects.get(pk=leaver.pk).check_password(PASSWORD)


def test_a_day_set_ahead_is_carried_out_after_it(leaver: Account, admin: Account, settings: Settings) -> None:
    successor, case = staff(name="後任 例"), make_case("received", by=leaver)
    leave(leaver, admin, successor, days=3)

    settings.AS_OF = TODAY + timedelta(days=3)
    assert departures.carry_out_due(clock.today()) == 0
    assert Account.objects.get(pk=leaver.pk).may_sign_in
    settings.AS_OF = TODAY + timedelta(days=4)
    assert not Account.objects.get(pk=leaver.pk).may_sign_in
    assert departures.carry_out_due(clock.today()) == 1

    case.refresh_from_db()
    assert case.owner == successor
    assert not Account.objects.get(pk=leaver.pk).has_usable_password()
    assert departures.carry_out_due(clock.today()) == 0


def test_whose_contract_goes_on_for_another_year_leaves_nothing_behind(leaver: Account, admin: Account, settings: Settings) -> None:
    """31 March, 1 April: the job after the last day takes neither her cases nor her password from somebody at work."""
    case = make_case("received", by=leaver)
    leave(leaver, admin, staff(name="後任 例"), days=3)
    first = leaver.memberships.get()
    tomorrow = TODAY + timedelta(days=4)
    members.add_member(email=leaver.email, name=leaver.name, roles=["chief_counsellor"], by=admin, from_date=tomorrow)

    settings.AS_OF = tomorrow
    assert departures.carry_out_due(clock.today()) == 0

    account = Account.objects.get(pk=leaver.pk)
    assert (account.roles, account.check_password(PASSWORD)) == ({"chief_counsellor"}, True)
    case.refresh_from_db()
    first.refresh_from_db()
    assert (case.owner, first.until_date, first.ended_at is not None) == (leaver, TODAY + timedelta(days=3), True)
    assert [line.facts["on"] for line in trail("member.continued")] == [f"{first.until_date}"]


def test_a_whole_team_leaves_on_one_day(admin: Account, settings: Settings) -> None:
    """The first of April."""
    leavers = [staff() for _ in range(12)]
    for account in leavers:
        leave(account, admin, days=1)
    settings.AS_OF = TODAY + timedelta(days=2)

    assert departures.carry_out_due(clock.today()) == 12


def test_where_nobody_takes_over_the_ways_in_end_all_the_same(leaver: Account, admin: Account, settings: Settings) -> None:
    """Her cases wait for a chief; she does not come in meanwhile."""
    successor = staff(name="後任 例", until=TODAY + timedelta(days=1))
    case = make_case("received", by=leaver)
    leave(leaver, admin, successor, days=1)
    settings.AS_OF = TODAY + timedelta(days=2)

    assert departures.carry_out_due(clock.today()) == 1  # the successor herself, who has nothing open
    assert not Account.objects.get(pk=leaver.pk).has_usable_password()
    assert len(trail("member.not_handed_over")) == 1
    chief = staff("chief_counsellor")
    assert departures.carry_out_due(clock.today()) == 1
    case.refresh_from_db()
    assert case.owner == chief


def test_an_end_that_was_set_is_taken_back(leaver: Account, admin: Account) -> None:
    leave(leaver, admin, days=5)

    stays = members.cancel_end(leaver.memberships.get(), by=admin, today=TODAY)

    assert stays.until_date is None
    assert not Departure.objects.exists()
    with pytest.raises(PermissionDenied):
        members.cancel_end(stays, by=leaver, today=TODAY)


def test_what_she_opened_to_guests_ends(admin: Account, leaver: Account) -> None:
    """B21: the grant is over at once; who still wants it shared opens it in her own name."""
    grant = share(refer(applied_case(leaver)))
    assert GuestGrant.objects.open_on(TODAY).filter(pk=grant.pk).exists()

    leave(leaver, admin, staff(name="後任 例"))

    assert not GuestGrant.objects.open_on(TODAY).filter(pk=grant.pk).exists()
    grant.refresh_from_db()
    assert (grant.ended_on, grant.ended_by) == (TODAY, admin)


def test_a_guest_who_is_let_out_loses_her_ways_in(admin: Account, at_centre: Client) -> None:
    visitor = guest(email="g@example.jp", password=PASSWORD)
    sign_in(at_centre, visitor.email)
    assert signed_in(at_centre)

    guests.end_guest(GuestEntry.objects.get(account=visitor), by=admin)

    assert not signed_in(at_centre)
    assert not Account.objects.get(pk=visitor.pk).has_usable_password()


def test_headquarters_officers_leave_too(headquarters: Host) -> None:
    officer, leaving_one = staff("privacy_officer"), staff("analyst", password=PASSWORD)

    leave(leaving_one, officer)

    assert not Account.objects.get(pk=leaving_one.pk).has_usable_password()


def test_at_another_centre_nothing_happens(
    leaver: Account, admin: Account, other_centre: Callable[[], AbstractContextManager[Host]]
) -> None:
    with other_centre():
        there = staff("counsellor", email=leaver.email, password=PASSWORD)

    leave(leaver, admin)

    with other_centre():
        assert Account.objects.get(pk=there.pk).check_password(PASSWORD)
