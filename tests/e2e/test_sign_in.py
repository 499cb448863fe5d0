"""Signing in at a real browser: wrong passwords, a second factor, and a session that counts at its own centre only."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.e2e.conftest import Visit
from tests.e2e.people import COUNSELLOR, TOTP_SECRET, WITH_SECOND_FACTOR

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
