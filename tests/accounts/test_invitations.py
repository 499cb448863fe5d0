"""An invitation: one link, one use, one address; no token anywhere but in the mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import invitations, members, notices
from accounts.invitations import NO_GOOD, InvitationRefused
from accounts.models import Account, Invitation
from foundation import clock
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tests.accounts.attempts import sign_in, signed_in, trail
from tests.factories.people import PASSWORD, guest, staff

CHOSEN = "betsu-no-nagai-kotoba"
ADDRESS = "/accounts/invitation/"


@pytest.fixture
def admin(centre: Host) -> Account:
    return staff("centre_admin", name="管理 者")


@pytest.fixture
def newcomer(admin: Account) -> Account:
    added = members.add_member(email="hana@example.jp", name="港 花子", roles=["counsellor"], by=admin, from_date=clock.today())
    return added.account


@pytest.fixture
def link(newcomer: Account, admin: Account, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> str:
    """The link as the mail has it."""
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(newcomer, by=admin)
    (message,) = mail.outbox
    return next(line for line in str(message.body).splitlines() if line.startswith("http"))


def accept(client: Client, link: str, email: str = "hana@example.jp", password: str = CHOSEN, again: str = "") -> HttpResponse:
    told = {"token": link.partition("#")[2], "email": email, "password": password, "again": again or password}
    return client.post(ADDRESS, told)


def test_an_invited_person_chooses_her_password_and_signs_in(link: str, at_centre: Client) -> None:
    assert accept(at_centre, link).status_code == 302
    sign_in(at_centre, "hana@example.jp", CHOSEN)

    assert signed_in(at_centre)
    assert Invitation.objects.get().used_at is not None
    assert len(trail("invitation.made")) == len(trail("invitation.accepted")) == 1


def test_the_mail_names_our_own_host_and_nobody(link: str) -> None:
    """B28: the host is the centre's own, and what the mail says fits anybody."""
    assert link.startswith("http://test-a.testserver/accounts/invitation/#")
    assert "花子" not in mail.outbox[0].body + mail.outbox[0].subject
    assert Invitation.objects.get().sent_at is not None


@pytest.mark.parametrize(
    "said",
    [
        {"host": "test-a.testserver:8081"},
        {"host": "TEST-A.testserver."},
        {"x-forwarded-host": "stranger.invalid"},
        {"x-forwarded-host": "stranger.invalid", "x-forwarded-proto": "https", "x-forwarded-port": "81", "x-forwarded-prefix": "/strange"},
        {"forwarded": "host=stranger.invalid;proto=http", "x-original-url": "//stranger.invalid/", "referer": "http://stranger.invalid/"},
    ],
    ids=lambda said: " ".join(said),
)
def test_no_header_of_the_request_changes_where_a_mail_leads(
    said: dict[str, str],
    newcomer: Account,
    admin: Account,
    at_centre: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """B41: invited through the page by whoever says she came to another host: the link and the notice lead to the centre's own."""
    admin.set_password(PASSWORD)
    admin.save(update_fields=["password"])
    at_centre.force_login(admin)
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    mail.outbox.clear()

    with django_capture_on_commit_callbacks(execute=True):
        answer = at_centre.post(f"/manage/members/{newcomer.memberships.get().pk}/invite/", headers=said)
    notices.deliver(notices.tell(newcomer, "password_changed").pk)

    assert answer.status_code == 302
    assert not answer["Location"].startswith(("http", "//"))
    addresses = [word for message in mail.outbox for word in str(message.body).split() if "//" in word]
    assert [address.partition("#")[0] for address in addresses] == [f"http://test-a.testserver{ADDRESS}", "http://test-a.testserver/"]
    assert "stranger" not in "".join(f"{message.message()}" for message in mail.outbox)


def test_a_second_use_shows_nothing_and_leaves_a_line(link: str, at_centre: Client) -> None:
    """B28: who was forwarded the link is told to be invited again; the trail keeps the attempt."""
    accept(at_centre, link)

    second = accept(Client(SERVER_NAME="test-a.testserver"), link, password="mata-betsu-no-kotoba-desu")

    assert second.status_code == 422
    assert NO_GOOD in second.content.decode()
    assert "hana" not in second.content.decode()
    assert [line.facts["reason"] for line in trail("invitation.refused")] == ["used"]
    assert not Account.objects.get(email="hana@example.jp").check_password("mata-betsu-no-kotoba-desu")


def spent(invitation: Invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=clock.now() - timedelta(seconds=1))


def test_every_bad_link_gets_the_same_answer(link: str, admin: Account, newcomer: Account, at_centre: Client) -> None:
    """B28: unknown, of another address, too old, withdrawn: the same bytes."""
    answers = [accept(at_centre, "#unknown"), accept(at_centre, link, email="thief@example.jp")]
    spent(Invitation.objects.get())
    answers.append(accept(at_centre, link))
    Invitation.objects.update(expires_at=clock.now() + timedelta(hours=1))
    invitations.withdraw(Invitation.objects.get(), by=admin)
    answers.append(accept(at_centre, link))

    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.content for answer in answers}) == 1
    assert [line.facts["reason"] for line in trail("invitation.refused")] == ["unknown", "address", "expired", "withdrawn"]
    assert not newcomer.check_password(CHOSEN)


def test_after_five_wrong_addresses_the_right_one_is_too_late(link: str, at_centre: Client) -> None:
    for number in range(invitations.WRONG_ADDRESSES):
        accept(at_centre, link, email=f"guess{number}@example.jp")

    assert accept(at_centre, link).status_code == 422
    assert trail("invitation.refused")[-1].facts["reason"] == "void"


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_link_uses_nothing_up_and_shows_nothing(method: str, link: str, at_centre: Client) -> None:
    """B29: preview bots and HEAD leave the token as it was; even with the token in the address nothing is shown."""
    bare = getattr(at_centre, method)(ADDRESS)
    shown = getattr(at_centre, method)(f"{ADDRESS}?token={link.partition('#')[2]}")

    assert (bare.status_code, shown.status_code) == (200, 200)
    assert link.partition("#")[2] not in shown.content.decode()
    assert "花子" not in shown.content.decode()
    assert bare["Referrer-Policy"] == shown["Referrer-Policy"] == "strict-origin"
    assert "no-store" in bare["Cache-Control"]
    assert accept(at_centre, link).status_code == 302


def test_the_token_is_in_no_log_and_no_table(link: str, at_centre: Client, caplog: pytest.LogCaptureFixture) -> None:
    """B29: only its digest is kept, and no line of the log or the trail has it."""
    token = link.partition("#")[2]
    accept(at_centre, link)

    assert token not in caplog.text
    assert token not in str([line.__dict__ for line in trail("invitation.made", "invitation.accepted")])
    assert token not in str(list(Invitation.objects.values()))


def test_a_weak_password_leaves_the_link_good(link: str, at_centre: Client) -> None:
    assert accept(at_centre, link, password="short").status_code == 422
    assert accept(at_centre, link, again="something else entirely").status_code == 422
    assert accept(at_centre, link).status_code == 302


def test_a_new_link_makes_the_old_one_void(link: str, newcomer: Account, admin: Account, at_centre: Client) -> None:
    invitations.invite(newcomer, by=admin)

    assert accept(at_centre, link).status_code == 422
    assert Invitation.objects.waiting().count() == 1


def test_a_link_of_one_centre_opens_nothing_at_another(link: str, at_other_centre: Client) -> None:
    """B28: the token is known to its own centre only."""
    answer = accept(at_other_centre, link)
    assert (answer.status_code, NO_GOOD in answer.content.decode()) == (422, True)


def test_guessing_is_slowed_down(centre: Host, at_centre: Client) -> None:
    answers = {accept(at_centre, f"#guess{number}").status_code for number in range(25)}
    assert 429 in answers


def test_whoever_is_not_expected_is_not_invited(admin: Account) -> None:
    gone = staff(until=clock.today() - timedelta(days=1))
    for account, rule in ((gone, "not_here"), (admin, "own_invitation")):
        with pytest.raises(RuleViolation) as refusal:
            invitations.invite(account, by=admin)
        assert refusal.value.code == rule
    with pytest.raises(PermissionDenied):
        invitations.invite(gone, by=staff())


def test_a_counsellor_invites_guests_but_no_staff(admin: Account) -> None:
    counsellor = staff()
    assert invitations.invite(guest(), by=counsellor).made_by == counsellor
    with pytest.raises(PermissionDenied):
        invitations.invite(admin, by=counsellor)


def test_somebody_who_left_meanwhile_comes_too_late(link: str, newcomer: Account, admin: Account, at_centre: Client) -> None:
    """B21: the link of one who has left is refused."""
    members.end_membership(newcomer.memberships.get(), on=clock.today(), by=admin, today=clock.today())
    with pytest.raises(InvitationRefused):
        invitations.accept(token=link.partition("#")[2], email=newcomer.email, password=CHOSEN)


def test_a_mail_that_does_not_go_out_shows_in_the_list(
    newcomer: Account, admin: Account, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def away(self: mail.EmailMessage) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(mail.EmailMessage, "send", away)
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(newcomer, by=admin)

    assert Invitation.objects.waiting().get().sent_at is None
