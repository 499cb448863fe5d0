"""Where one is signed in: two devices, ended from afar, locked when left alone, over in the end."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import members, sessions
from accounts.models import Account, Device, Notice, Session
from foundation import clock
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tests.accounts.attempts import sign_in, signed_in, trail
from tests.factories.people import PASSWORD, guest, staff

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/604.1"


@pytest.fixture
def account(centre: Host) -> Account:
    return staff(email="hana@example.jp", password=PASSWORD)


def browser(agent: str = CHROME) -> Client:
    return Client(SERVER_NAME="test-a.testserver", headers={"user-agent": agent})


def in_use(email: str = "hana@example.jp", agent: str = CHROME) -> Client:
    client = browser(agent)
    assert sign_in(client, email).status_code == 302
    return client


def unused_for(client: Client, **time: float) -> None:
    Session.objects.filter(session_key=client.session.session_key).update(seen_at=timezone.now() - timedelta(**time))


class TestDevices:
    def test_the_list_says_where_since_when_and_which_is_this_one(self, account: Account) -> None:
        in_use(agent=IPHONE)
        here = in_use()

        page = here.get("/accounts/sessions/").text

        assert "WindowsのChrome" in page
        assert "iPhoneのSafari" in page
        assert page.count("この端末</span>") == 1
        assert "127.0.0.1" in page
        assert here.session.session_key not in page, "the key is the secret"

    def test_one_ended_from_afar_is_nobody_on_its_next_request(self, account: Account) -> None:
        """B49: remote sign-out counts at once."""
        lost, here = in_use(agent=IPHONE), in_use()
        handle = Session.objects.get(session_key=lost.session.session_key).handle

        here.post("/accounts/sessions/end/", {"session": str(handle)})

        assert not signed_in(lost)
        assert signed_in(here)
        assert Notice.objects.filter(code="sessions_ended").count() == 1
        assert [line.facts["reason"] for line in trail("session.ended")] == ["ended_by_owner"]

    def test_all_others_at_once(self, account: Account) -> None:
        lost, here = in_use(agent=IPHONE), in_use()

        here.post("/accounts/sessions/end/", {"session": "all"})

        assert (signed_in(lost), signed_in(here)) == (False, True)

    @pytest.mark.parametrize("sent", ["", "x", "00000000-0000-0000-0000-000000000000"])
    def test_nobody_ends_anothers(self, sent: str, account: Account) -> None:
        staff("centre_admin", email="taro@example.jp", password=PASSWORD)
        hers, his = in_use(), in_use("taro@example.jp")
        handle = Session.objects.get(session_key=hers.session.session_key).handle

        for session in (sent, str(handle), "all"):
            his.post("/accounts/sessions/end/", {"session": session})

        assert signed_in(hers)

    def test_a_third_device_asks_which_one_ends(self, account: Account) -> None:
        first, second, third = in_use(), in_use(agent=IPHONE), browser()
        assert sign_in(third, account.email).headers["Location"] == "/accounts/which-device/"
        assert not signed_in(third)
        assert third.post("/accounts/which-device/", {}).status_code == 422
        handle = Session.objects.get(session_key=second.session.session_key).handle

        assert third.post("/accounts/which-device/", {"session": str(handle)}).status_code == 302

        assert [signed_in(each) for each in (first, second, third)] == [True, False, True]

    def test_the_question_is_put_to_nobody_who_has_not_proved_herself(self, account: Account) -> None:
        in_use(), in_use(agent=IPHONE)
        stranger = browser()
        sign_in(stranger, account.email, "wrong-wrong-wrong")

        assert stranger.get("/accounts/which-device/").headers["Location"] == "/accounts/login/"

    def test_two_at_the_same_moment_are_still_two_in_the_end(self, account: Account) -> None:
        """The other passed the question while this one was on its way: the least used ends."""
        first, second = in_use(), in_use(agent=IPHONE)
        unused_for(first, minutes=5)
        request = type("Request", (), {"session": sessions.SessionStore(), "COOKIES": {}})()

        sessions.make_room(request, account)

        assert [signed_in(first), signed_in(second)] == [False, True]
        assert [line.facts["reason"] for line in trail("session.ended")] == ["too_many_devices"]

    def test_the_same_browser_again_is_no_third_device(self, account: Account, settings: Settings) -> None:
        here, elsewhere = in_use(), in_use(agent=IPHONE)
        for _ in range(2):
            del here.cookies[settings.SESSION_COOKIE_NAME]  # it was closed
            assert sign_in(here, account.email).headers["Location"] == "/"

        assert signed_in(here)
        assert signed_in(elsewhere)
        assert Session.objects.filter(account=account).count() == 2

    def test_a_new_device_is_told_but_not_the_first_and_not_a_known_one(self, account: Account) -> None:
        here = in_use()
        assert not Notice.objects.filter(code="new_device").exists()
        here.post("/accounts/logout/")
        sign_in(here, account.email)
        assert not Notice.objects.filter(code="new_device").exists()

        in_use(agent=IPHONE)

        assert Notice.objects.filter(code="new_device").count() == 1
        assert Device.objects.filter(account=account).count() == 2

    def test_a_changed_password_ends_the_others(self, account: Account) -> None:
        lost, here = in_use(agent=IPHONE), in_use()
        new = "haru-no-umi-hinemosu"

        here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

        assert (signed_in(lost), signed_in(here)) == (False, True)
        assert Session.objects.filter(account=account).count() == 1
        assert Notice.objects.filter(code="password_changed").count() == 1

    def test_a_disabled_accounts_sessions_are_all_over_on_their_next_request(self, account: Account) -> None:
        """B21: every session of somebody who left is refused."""
        both = [in_use(), in_use(agent=IPHONE)]
        administrator = staff("centre_admin")

        members.end_membership(account.memberships.get(), on=clock.today(), by=administrator, today=clock.today())

        assert [signed_in(each) for each in both] == [False, False]

    def test_end_all_leaves_no_row(self, account: Account) -> None:
        """B21: what leaving calls."""
        both = [in_use(), in_use(agent=IPHONE)]

        assert sessions.end_all(account, by=None, reason="left") == 2

        assert not Session.objects.filter(account=account).exists()
        assert [signed_in(each) for each in both] == [False, False]


class TestLeftAlone:
    @pytest.mark.parametrize(("minutes", "locked"), [(16.9, False), (17.1, True)])
    def test_staffs_sessions_lock_after_fifteen_minutes_and_what_a_browser_may_be_late(
        self, minutes: float, locked: bool, account: Account
    ) -> None:
        """B49: unused, a session opens nothing until its owner proves herself, also without the browser's help."""
        here = in_use()
        unused_for(here, minutes=minutes)

        answer = here.get("/cases/?q=1")

        assert (answer.status_code == 302) is locked
        if locked:
            assert answer.headers["Location"] == "/accounts/unlock/?next=%2Fcases%2F%3Fq%3D1"

    def test_the_centres_own_time_counts(self, account: Account, django_capture_on_commit_callbacks) -> None:
        here = in_use()
        unused_for(here, minutes=20)
        assert not signed_in(here)

        with django_capture_on_commit_callbacks(execute=True):
            sessions.set_lock_minutes(30, by=staff("centre_admin"))

        assert signed_in(here)

    def test_who_decides_it_and_between_which_bounds(self, account: Account) -> None:
        with pytest.raises(PermissionDenied):
            sessions.set_lock_minutes(10, by=account)
        for minutes in (4, 31):
            with pytest.raises(RuleViolation, match="5分から30分"):
                sessions.set_lock_minutes(minutes, by=staff("centre_admin"))

    def test_a_guests_time_is_fixed(self, centre: Host) -> None:
        sessions.set_lock_minutes(30, by=staff("centre_admin"))
        guest(email="hana@example.jp", password=PASSWORD)
        here = in_use()
        unused_for(here, minutes=18)

        assert not signed_in(here)

    def test_headquarters_has_thirty(self, headquarters: Host, at_headquarters: Client) -> None:
        at_headquarters.force_login(staff("analyst"))
        for minutes, open_ in ((31.5, True), (32.5, False)):
            Session.objects.update(seen_at=timezone.now() - timedelta(minutes=minutes))
            assert signed_in(at_headquarters) is open_

    def test_a_locked_session_answers_the_proof_and_the_way_out_only(self, account: Account) -> None:
        here = in_use()
        assert here.post("/accounts/lock/").status_code == 204

        assert here.get("/").headers["Location"].startswith("/accounts/unlock/")
        fragment = here.get("/cases/", headers={"hx-request": "true"})
        assert (fragment.status_code, fragment.headers["HX-Trigger"]) == (403, "tsunagi:lock")
        api = here.get("/api/v1/cases/")
        assert (api.status_code, api.json()["code"]) == (403, "session_locked")
        assert here.post("/accounts/awake/").status_code == 403
        assert here.get("/accounts/unlock/").status_code == 200
        assert account.name in here.get("/accounts/unlock/").text
        assert here.post("/accounts/unlock/", {"password": "wrong-wrong-wrong"}).status_code == 422
        assert not signed_in(here)

        assert here.post("/accounts/unlock/", {"password": PASSWORD, "next": "/cases/"}).headers["Location"] == "/cases/"
        assert signed_in(here)

    def test_what_locks_does_not_unlock_by_being_asked_again(self, account: Account) -> None:
        here = in_use()
        unused_for(here, minutes=18)
        for path in ("/", "/accounts/unlock/", "/cases/"):
            here.get(path)
            here.post("/accounts/awake/")

        assert not signed_in(here)

    def test_a_slow_page_does_not_open_what_was_locked_meanwhile(self, account: Account) -> None:
        here = in_use()
        slow = sessions.SessionStore(here.session.session_key)
        slow["something"] = 1
        here.post("/accounts/lock/")

        slow.save()

        assert not signed_in(here)

    def test_in_place_the_card_is_answered_and_then_nothing_but_whose_it_is(self, account: Account) -> None:
        here = in_use()
        here.post("/accounts/lock/")
        card = here.get("/accounts/unlock/", headers={"x-lock": "1"})
        assert "<html" not in card.text
        assert "画面をロックしています" in card.text

        opened = here.post("/accounts/unlock/", {"password": PASSWORD}, headers={"x-lock": "1"})

        assert (opened.status_code, opened.headers["X-Account"]) == (204, str(account.pk))

    def test_last_use_is_written_once_a_minute_and_costs_no_question(self, account: Account) -> None:
        here = in_use()
        here.get("/accounts/")
        with CaptureQueriesContext(connection) as queries:
            here.get("/accounts/")
        assert len([query for query in queries if "accounts_session" in query["sql"]]) == 1, "the session itself"
        unused_for(here, minutes=2)

        here.get("/accounts/")

        assert timezone.now() - Session.objects.get().seen_at < timedelta(seconds=30)


class TestChangedRoles:
    def test_the_session_goes_on_under_a_new_id_and_the_old_one_is_nobodys(self, account: Account, settings: Settings) -> None:
        here = in_use()
        before = here.cookies[settings.SESSION_COOKIE_NAME].value
        began_at = Session.objects.get(account=account).began_at
        assert signed_in(here)
        assert here.cookies[settings.SESSION_COOKIE_NAME].value == before, "as long as she is the same"

        members.change_roles(account.memberships.get(), roles=["chief_counsellor"], by=staff("centre_admin"), today=clock.today())

        assert signed_in(here)
        assert here.cookies[settings.SESSION_COOKIE_NAME].value != before
        assert (Session.objects.get(account=account).began_at, signed_in(here)) == (began_at, True)
        knower = browser()
        knower.cookies[settings.SESSION_COOKIE_NAME] = before
        assert not signed_in(knower)


class TestCookies:
    def test_a_planted_id_never_becomes_a_session(self, account: Account, settings: Settings) -> None:
        """B40: neither an invented id nor one of the visitor's own survives sign-in."""
        here = browser()
        here.get("/accounts/passkeys/sign-in/")  # an anonymous session of an intruder
        planted = here.cookies[settings.SESSION_COOKIE_NAME].value

        sign_in(here, account.email)

        assert here.cookies[settings.SESSION_COOKIE_NAME].value != planted
        intruder = browser()
        intruder.cookies[settings.SESSION_COOKIE_NAME] = planted
        assert not signed_in(intruder)

    @pytest.mark.parametrize("sent", ['"aaaaaaaa\\000"', '"\\000"', '""', "x" * 5_000, "é" * 40])
    def test_a_cookie_that_no_database_takes_is_no_cookie(self, sent: str, account: Account, settings: Settings) -> None:
        """B40: quoted, a cookie can hold what a header cannot; anybody can send it, with every page."""
        for name in (settings.SESSION_COOKIE_NAME, settings.DEVICE_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages"):
            for path in ("/accounts/login/", "/", "/api/v1/cases/"):
                assert browser().get(path, headers={"cookie": f"{name}={sent}"}).status_code in {200, 302, 401}, (name, path)
            answer = browser().post(
                "/accounts/login/", {"login": account.email, "password": PASSWORD}, headers={"cookie": f"{name}={sent}"}
            )
            assert answer.status_code == 302, name

    def test_no_cookie_names_a_domain_and_all_are_http_only(self, account: Account) -> None:
        """B40: host-only cookies; with https they are __Host- (tests/config/test_production.py)."""
        here = in_use()

        assert {"tsunagi_session", "tsunagi_device"} <= set(here.cookies)
        for cookie in here.cookies.values():
            assert (cookie["domain"], cookie["path"], cookie["samesite"]) == ("", "/", "Lax")
            assert cookie["httponly"] or cookie.key == "messages"

    def test_with_https_the_browsers_mark_is_a_host_cookie(self, account: Account, settings: Settings) -> None:
        """B40: a browser takes a name in __Host- only with Secure, the path / and no domain."""
        settings.DEVICE_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "__Host-device", True

        mark = in_use().cookies["__Host-device"]

        assert {name: mark[name] for name in ("secure", "path", "domain", "httponly", "samesite")} == {
            "secure": True, "path": "/", "domain": "", "httponly": True, "samesite": "Lax",
        }  # fmt: skip

    def test_another_centres_cookie_of_the_same_name_is_nobody(self, account: Account, settings: Settings) -> None:
        """B40: what a sibling host plants is no session here."""
        here = browser()
        here.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
        here.cookies[settings.DEVICE_COOKIE_NAME] = "b" * 43

        assert not signed_in(here)
        sign_in(here, account.email)
        assert here.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 32
