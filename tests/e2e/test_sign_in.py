"""Signing in at a real browser: wrong passwords, a second factor, and a session that counts at its own centre only."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.accounts.provider import Provider
from tests.e2e.conftest import Visit
from tests.e2e.people import COUNSELLOR, LEFT_ALONE, SUBJECT, TOTP_SECRET, WITH_SECOND_FACTOR
from tests.e2e.stack import LiveStack
from tests.factories.people import PASSWORD

PERIOD = 30  # seconds a code stands


def test_a_wrong_password_is_told_in_place_and_keeps_the_address(visit: Visit) -> None:
    someone = visit("test-a")
    someone.sign_in(COUNSELLOR, "chigau-pasuwaado-desu")
    assert someone.path == "/accounts/login/"
    someone.reads("メールアドレス", "パスワード")
    assert someone.field("メールアドレス").input_value() == COUNSELLOR
    assert someone.field("パスワード").input_value() == ""
    assert someone.page.title().startswith("エラー：")
    someone.check()

    someone.type_into("パスワード", "nagai-yoru-no-akari")
    someone.press("サインイン")
    assert someone.path == "/"
    someone.reads("5月29日の予定", "担当 例子")


def test_a_session_of_one_centre_is_nobody_at_another(visit: Visit) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    assert counsellor.path == "/"
    cookies = counsellor.context.cookies()
    (session,) = [cookie for cookie in cookies if cookie["name"] == "tsunagi_session"]
    for host in ("test-b", "hq"):
        stranger = visit(host)
        stranger.context.add_cookies([{"name": session["name"], "value": session["value"], "url": stranger.live.address(host)}])
        stranger.go("/")
        assert stranger.path == "/accounts/login/"
        stranger.does_not_read("担当 例子")


def test_the_corporations_own_sign_in_lets_her_in(visit: Visit, corporation: Provider) -> None:
    """To its page and back under our policy, which keeps forms at our own host."""
    someone = visit("test-a")
    someone.go("/accounts/login/")
    someone.follow("のアカウントでサインイン")
    assert someone.page.url.startswith(corporation.issuer)

    someone.page.locator("input[name=sub]").fill(SUBJECT)
    someone.page.locator("button").first.click()
    someone.page.wait_for_url(someone.live.address("test-a"))
    someone.reads("法人 例子")


def test_from_the_form_of_a_proof_she_gets_to_her_corporations_page(visit: Visit, corporation: Provider, live: LiveStack) -> None:
    """A browser lets no form end at another host, so there is a link in between."""
    someone = visit("test-a")
    someone.sign_in(LEFT_ALONE)
    someone.go("/accounts/")
    way = someone.main.get_by_role("link", name=re.compile("のアカウントにつなぐ")).get_attribute("href")
    with live.administrator() as administrator:
        administrator.execute(
            "UPDATE test_a.accounts_session SET locked_at = now() WHERE account_id = "
            "(SELECT id FROM test_a.accounts_account WHERE email = %s)", [LEFT_ALONE],
        )  # fmt: skip

    someone.go(str(way))
    assert someone.path == "/accounts/unlock/"
    someone.type_into("パスワード", PASSWORD)
    someone.page.locator("main form button[type=submit]").first.click()
    someone.page.wait_for_url(f"**{way}")
    someone.check()
    someone.follow("法人の画面へ進む")
    assert someone.page.url.startswith(corporation.issuer)
    someone.go("/")


def test_a_second_factor_is_asked_for_and_its_code_opens(visit: Visit) -> None:
    someone = visit("test-a")
    someone.sign_in(WITH_SECOND_FACTOR)
    someone.reads("二段階認証", "6桁の数字")
    someone.check()
    assert someone.go("/cases/") == 200
    assert someone.path == "/accounts/2fa/authenticate/", "the password alone opens nothing"

    someone.main.get_by_role("textbox").fill("000000")
    someone.press("確認する")
    assert someone.page.title().startswith("エラー：")
    someone.check()
    someone.main.get_by_role("textbox").fill(format_hotp_value(hotp_value(TOTP_SECRET, int(time.time()) // PERIOD)))
    someone.press("確認する")
    assert someone.path == "/"
    someone.reads("鍵 仮名")
