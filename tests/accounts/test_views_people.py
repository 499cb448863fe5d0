"""管理 in the browser: the pages act through the functions, keep what was typed, and ask for a fresh proof where harm is great."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts import invitations, members, resets
from accounts.models import Account, ApprovalState, GuestEntry, Invitation, Membership
from foundation import clock
from tenants.hosts import Host
from tests.accounts.attempts import sign_in
from tests.factories.agencies import make_agency
from tests.factories.casework import make_case
from tests.factories.people import PASSWORD, guest, staff

TODAY = clock.today()


@pytest.fixture
def admin(centre: Host) -> Account:
    return staff("centre_admin", name="管理 者", email="admin@example.jp", password=PASSWORD)


@pytest.fixture
def fresh(admin: Account, at_centre: Client) -> Client:
    """The administrator's browser, with a proof of a moment ago."""
    sign_in(at_centre, admin.email)
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return at_centre


def test_nobody_is_let_in_invited_or_unlinked_without_a_fresh_proof(admin: Account, at_centre: Client) -> None:
    """B17, B18: a screen that an administrator left makes no chief and sends no password."""
    member = staff("counsellor").memberships.get()
    at_centre.force_login(admin)
    told = {"name": "港 花子", "email": "hana@example.jp", "roles": ["chief_counsellor"], "from_date": "今日"}
    old = invitations.invite(member.account, by=admin)
    members.end_membership(member, on=TODAY + timedelta(days=5), by=admin, today=TODAY)
    told["act"] = "again"
    steps = ("new", f"{member.pk}/invite", f"{member.pk}/unlink", f"{member.pk}/stay")
    for path in (*(f"/manage/members/{step}/" for step in steps), f"/manage/invitations/{old.pk}/"):
        assert at_centre.post(path, told).status_code == 403, path

    assert not Account.objects.filter(email="hana@example.jp").exists()
    assert list(member.account.invitations.all()) == [old]
    assert Membership.objects.get(pk=member.pk).until_date is not None


def test_an_administrator_registers_and_invites(fresh: Client) -> None:
    told = {"name": "港 花子", "email": "hana@example.jp", "roles": ["counsellor", "clerk"], "from_date": "今日"}

    answer = fresh.post("/manage/members/new/", told)

    membership = Membership.objects.get(account__email="hana@example.jp")
    assert answer["Location"] == f"/manage/members/{membership.pk}/"
    assert membership.roles == ["clerk", "counsellor"]
    assert Invitation.objects.waiting().get().account == membership.account
    assert not membership.account.has_usable_password()


def test_what_was_typed_stays_when_it_is_refused(fresh: Client, admin: Account) -> None:
    answer = fresh.post("/manage/members/new/", {"name": "港 花子", "email": admin.email, "roles": ["clerk"], "from_date": "今日"})

    assert answer.status_code == 422
    assert "港 花子" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_roles_and_end_ask_for_a_fresh_proof(admin: Account, at_centre: Client) -> None:
    at_centre.force_login(admin, backend="accounts.authentication.SignInBackend")
    membership = staff().memberships.get()
    for step in ("roles", "end", "reset", "transfer"):
        path = f"/manage/members/{membership.pk}/{step}/"
        assert at_centre.get(path)["Location"].startswith("/accounts/reauthenticate/"), step
        assert at_centre.post(path, {"roles": ["clerk"], "on": "今日"}).status_code == 403, step
    membership.refresh_from_db()
    assert (membership.roles, membership.ended_at) == (["counsellor"], None)


def test_the_end_page_names_the_cases_and_takes_a_successor(fresh: Client) -> None:
    leaver, successor = staff(name="港 花子"), staff(name="後任 例")
    case, path = make_case("received", by=leaver), f"/manage/members/{leaver.memberships.get().pk}/end/"

    assert case.number in fresh.get(path).content.decode()
    refused = fresh.post(path, {"on": "今日"})
    done = fresh.post(path, {"on": "今日", "successor": str(successor.pk)})

    assert (refused.status_code, done.status_code) == (422, 302)
    case.refresh_from_db()
    assert case.owner == successor


def test_a_reset_goes_from_the_page_to_a_second_persons_list(fresh: Client, admin: Account) -> None:
    """B17: asked on one page, decided on another, by somebody else."""
    owner = staff(name="港 花子", password=PASSWORD)
    fresh.post(f"/manage/members/{owner.memberships.get().pk}/reset/")
    assert "二段階認証の再登録" not in fresh.get("/manage/approvals/").content.decode().partition("あなたが依頼したもの")[0]

    chief = staff("chief_counsellor", email="chief@example.jp", password=PASSWORD)
    browser = Client(SERVER_NAME="test-a.testserver")
    sign_in(browser, chief.email)
    today = browser.get("/").content.decode()
    assert "承認を待っています" in today
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    approval = next(one for one in resets.approvals.to_decide(chief))
    path = f"/manage/approvals/{approval.pk}/"
    assert "港 花子" in browser.get(path).content.decode()
    assert browser.post(path, {"decision": "approve"}).status_code == 302

    approval.refresh_from_db()
    assert approval.state == ApprovalState.APPROVED
    assert Account.objects.get(pk=owner.pk).must_enrol
    assert fresh.get(path).status_code == 404


def test_a_guest_is_invited_confirmed_renewed_and_let_out(centre: Host, at_centre: Client) -> None:
    agency = make_agency(mail_domain="mihon.example.jp")
    at_centre.force_login(staff(), backend="accounts.authentication.SignInBackend")
    told = {"agency": str(agency.pk), "name": "友 一", "email": "tomo@mihon.example.jp", "until_date": "+7"}
    assert at_centre.post("/manage/guests/new/", told | {"email": "tomo@example.com"}).status_code == 422
    at_centre.post("/manage/guests/new/", told)
    entry = GuestEntry.objects.get()
    page, act = f"/manage/guests/{entry.pk}/", f"/manage/guests/{entry.pk}/act/"

    assert at_centre.post(page, {"until_date": "+31"}).status_code == 422
    for path, sent in ((page, {"until_date": "+30"}), (act, {"act": "verify"}), (act, {"act": "invite"}), (act, {"act": "end"})):
        assert at_centre.post(path, sent)["Location"] == page

    entry.refresh_from_db()
    assert entry.until_date == TODAY + timedelta(days=30)
    assert entry.verified_at is not None
    assert entry.ended_at is not None


def test_an_invitation_is_sent_again_or_withdrawn(fresh: Client, admin: Account) -> None:
    visitor = guest()
    fresh.post(f"/manage/guests/{visitor.guest_entries.get().pk}/act/", {"act": "invite"})
    first = Invitation.objects.waiting().get()

    fresh.post(f"/manage/invitations/{first.pk}/", {"act": "again"})
    second = Invitation.objects.waiting().get()
    fresh.post(f"/manage/invitations/{second.pk}/", {"act": "withdraw"})

    assert second.pk != first.pk
    assert not Invitation.objects.waiting().exists()
