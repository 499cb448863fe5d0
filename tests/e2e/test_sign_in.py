"""Signing in at a real browser: wrong passwords, a second factor, and a session that counts at its own centre only."""

from tests.e2e.conftest import Visit


def test_a_wrong_password_is_told_in_place_and_keeps_the_address(visit: Visit) -> None:
    someone = visit("test-a")
    someone.sign_in("counsellor@a.example.jp", "chigau-pasuwaado-desu")
    assert someone.path == "/accounts/login/"
    someone.reads("メールアドレス", "パスワード")
    assert someone.field("メールアドレス").input_value() == "counsellor@a.example.jp"
    assert someone.field("パスワード").input_value() == ""
    assert someone.page.title().startswith("エラー：")
    someone.check()

    someone.type_into("パスワード", "nagai-yoru-no-akari")
    someone.press("サインイン")
    assert someone.path == "/"
    someone.reads("5月29日の予定", "担当 例子")


def test_a_session_of_one_centre_is_nobody_at_another(visit: Visit) -> None:
    counsellor = visit("test-a", "counsellor@a.example.jp")
    assert counsellor.path == "/"
    cookies = counsellor.context.cookies()
    (session,) = [cookie for cookie in cookies if cookie["name"] == "tsunagi_session"]
    for host in ("test-b", "hq"):
        stranger = visit(host)
        stranger.context.add_cookies([{"name": session["name"], "value": session["value"], "url": stranger.live.address(host)}])
        stranger.go("/")
        assert stranger.path == "/accounts/login/"
        stranger.does_not_read("担当 例子")
