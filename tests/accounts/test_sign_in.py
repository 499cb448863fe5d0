import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import GuestEntry
from foundation import clock
from tenants.hosts import Host
from tests.accounts.attempts import sign_in, signed_in, trail
from tests.factories.people import PASSWORD, guest, staff


def test_the_right_password_opens_the_first_page_of_a_counsellor(centre: Host, at_centre: Client) -> None:
    account = staff(email="hana@example.jp", password=PASSWORD)

    answer = sign_in(at_centre, " HANA@example.jp ")

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("today", urlconf="config.urls_centre"))
    assert signed_in(at_centre)
    (line,) = trail("sign_in")
    assert (line.actor, line.verdict, line.objects_touched) == (account.pk, "event", [["accounts.Account", str(account.pk)]])


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(centre: Host, at_centre: Client) -> None:
    staff(email="hana@example.jp", password=PASSWORD)

    wrong = sign_in(at_centre, "hana@example.jp", "another-night-of-rain")
    unknown = sign_in(at_centre, "taro@example.jp", "another-night-of-rain")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "メールアドレスかパスワードが違います。" in wrong.text
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert not signed_in(at_centre)


def test_a_failure_is_kept_with_a_digest_and_never_with_the_address(
    centre: Host, at_centre: Client, caplog: pytest.LogCaptureFixture
) -> None:
    staff(email="hana@example.jp", password=PASSWORD)

    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            sign_in(at_centre, "hana@example.jp", "another-night-of-rain")
        sign_in(at_centre, "taro@example.jp", "another-night-of-rain")
        sign_in(at_centre, "hana@example.jp")

    first, second, other = trail("sign_in.failed")
    assert first.verdict == "refused"
    assert first.actor is None
    assert first.facts["email_digest"] == second.facts["email_digest"] != other.facts["email_digest"]
    kept = " ".join(str(line.facts) + str(line.objects_touched) for line in trail("sign_in.failed", "sign_in"))
    assert "example.jp" not in kept + caplog.text


@pytest.mark.parametrize("kind", ["never_worked_here", "left", "not_yet", "switched_off", "guest_past_her_date", "guest_ended"])
def test_somebody_without_a_current_place_here_meets_the_wrong_password_page(kind: str, centre: Host, at_centre: Client) -> None:
    today = clock.today()
    if kind.startswith("guest"):
        account = guest(
            email="hana@example.jp", password=PASSWORD, until=today - timedelta(days=1) if kind == "guest_past_her_date" else None
        )
        if kind == "guest_ended":
            GuestEntry.objects.filter(account=account).update(ended_at=clock.now())
    else:
        account = staff(email="hana@example.jp", password=PASSWORD)
        changes = {
            "left": {"until_date": today - timedelta(days=1)},
            "not_yet": {"from_date": today + timedelta(days=1)},
        }
        account.memberships.update(**changes.get(kind, {}))
        if kind == "never_worked_here":
            account.memberships.all().delete()
        if kind == "switched_off":
            account.is_active = False
            account.save()

    answer = sign_in(at_centre, "hana@example.jp")

    assert answer.status_code == 422
    assert "メールアドレスかパスワードが違います。" in answer.text
    assert not signed_in(at_centre)


def test_the_last_day_of_a_membership_still_counts(centre: Host, at_centre: Client) -> None:
    staff(email="hana@example.jp", password=PASSWORD, until=clock.today())

    sign_in(at_centre, "hana@example.jp")

    assert signed_in(at_centre)


def test_five_failures_stop_one_address_and_nobody_else(centre: Host, at_centre: Client) -> None:
    staff(email="hana@example.jp", password=PASSWORD)
    staff(email="taro@example.jp", password=PASSWORD)
    for _ in range(5):
        sign_in(at_centre, "hana@example.jp", "another-night-of-rain")

    stopped = sign_in(at_centre, "hana@example.jp")
    unknown = [sign_in(at_centre, "nobody@example.jp", "another-night-of-rain") for _ in range(6)][-1]

    assert stopped.status_code == 422
    assert stopped.context["form"].errors == unknown.context["form"].errors
    assert "5分ほど待って" in stopped.text
    assert not signed_in(at_centre)
    assert len(trail("sign_in.throttled")) == 2
    sign_in(at_centre, "taro@example.jp")
    assert signed_in(at_centre)


def test_another_port_in_the_host_header_is_not_another_allowance(centre: Host) -> None:
    staff(email="hana@example.jp", password=PASSWORD)
    for port in range(8000, 8005):
        sign_in(Client(headers={"host": f"test-a.testserver:{port}"}), "hana@example.jp", "another-night-of-rain")

    sign_in(client := Client(headers={"host": "test-a.testserver:9000"}), "hana@example.jp")

    assert not signed_in(client)


def test_a_success_does_not_wipe_the_failures_before_it(centre: Host, at_centre: Client) -> None:
    staff(email="hana@example.jp", password=PASSWORD)
    for _ in range(4):
        sign_in(at_centre, "hana@example.jp", "another-night-of-rain")
    sign_in(Client(SERVER_NAME="test-a.testserver"), "hana@example.jp")
    sign_in(at_centre, "hana@example.jp", "another-night-of-rain")

    sign_in(at_centre, "hana@example.jp")

    assert not signed_in(at_centre)


def test_one_address_that_tries_everybody_is_stopped(centre: Host, at_centre: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "3/m/ip"}
    staff(email="hana@example.jp", password=PASSWORD)

    answers = [sign_in(at_centre, f"somebody{count}@example.jp", "x").status_code for count in range(4)]

    assert answers == [422, 422, 422, 429]
    sign_in(elsewhere := Client(SERVER_NAME="test-a.testserver", REMOTE_ADDR="192.0.2.7"), "hana@example.jp")
    assert signed_in(elsewhere)


def test_signing_out_takes_a_post_and_leaves_a_line(centre: Host, at_centre: Client) -> None:
    staff(email="hana@example.jp", password=PASSWORD)
    sign_in(at_centre, "hana@example.jp")

    assert at_centre.get("/accounts/logout/").status_code == 405
    assert signed_in(at_centre)
    assert at_centre.post("/accounts/logout/").headers["Location"] == "/accounts/login/"

    assert not signed_in(at_centre)
    assert len(trail("sign_out")) == 1


def test_a_session_id_planted_before_sign_in_does_not_survive_it(centre: Host, at_centre: Client, settings: Settings) -> None:
    staff(email="hana@example.jp", password=PASSWORD)
    at_centre.cookies[settings.SESSION_COOKIE_NAME] = "planted0planted0planted0planted0"

    sign_in(at_centre, "hana@example.jp")

    assert signed_in(at_centre)
    assert at_centre.cookies[settings.SESSION_COOKIE_NAME].value != "planted0planted0planted0planted0"


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "https:/\\evil.example"])
def test_sign_in_leads_nowhere_else(place: str, centre: Host, at_centre: Client) -> None:
    staff(email="hana@example.jp", password=PASSWORD)

    answer = at_centre.post("/accounts/login/", {"login": "hana@example.jp", "password": PASSWORD, "next": place})

    assert answer.headers["Location"] == reverse("today", urlconf="config.urls_centre")


@pytest.mark.parametrize(
    "typed", [{}, {"login": "", "password": ""}, {"login": "not an address", "password": "x"}, {"login": "a@b.jp", "password": "x" * 129}]
)
def test_what_cannot_be_a_sign_in_is_said_clearly(typed: dict[str, str], centre: Host, at_centre: Client) -> None:
    answer = at_centre.post("/accounts/login/", typed)

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not trail("sign_in.failed")


@pytest.mark.parametrize(
    "path", ["signup/", "password/reset/", "email/", "inactive/", "password/set/", "confirm-email/x/", "2fa/webauthn/"]
)
def test_pages_of_the_library_that_we_do_not_use_are_absent(path: str, centre: Host, at_centre: Client) -> None:
    assert at_centre.get(f"/accounts/{path}").status_code == 404


def test_without_evidence_nobody_is_let_in(centre: Host, at_centre: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit import trail as evidence

    staff(email="hana@example.jp", password=PASSWORD)
    monkeypatch.setattr(
        evidence, "APPEND", "SELECT audit_append_is_gone(%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::uuid[], %s::jsonb, %s::jsonb, %s)"
    )
    at_centre.raise_request_exception = False

    assert sign_in(at_centre, "hana@example.jp").status_code == 503

    monkeypatch.undo()
    assert not signed_in(at_centre)
