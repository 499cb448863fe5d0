"""Passkeys at a real browser with a virtual authenticator, and a screen that locks itself with the text in place."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.browsing import Visitor
from tests.e2e.conftest import Visit
from tests.e2e.people import LEFT_ALONE, WITH_PASSKEY
from tests.factories.people import PASSWORD

WRITTEN = "書きかけの言葉（見本）"
STORES = """async () => JSON.stringify([
    Object.entries(localStorage), Object.entries(sessionStorage), await indexedDB.databases(), await caches.keys(), document.cookie])"""
SHOWN = "document.documentElement.outerHTML + [...document.querySelectorAll('input,textarea')].map(field => field.value).join()"


@contextmanager
def authenticator(someone: Visitor, *, verified: bool = True) -> Iterator[None]:
    """A device with a resident key, which verifies its user or does not."""
    session = someone.context.new_cdp_session(someone.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made["authenticatorId"]})


def sign_out(someone: Visitor) -> None:
    someone.go("/accounts/passkeys/add/")
    someone.press("サインアウト")


def test_a_passkey_is_made_and_opens_and_is_nothing_at_another_host(visit: Visit) -> None:
    someone = visit("test-a")
    someone.sign_in(WITH_PASSKEY)
    with authenticator(someone, verified=False):
        someone.go("/accounts/passkeys/add/")
        someone.check()
        someone.tap("この端末や鍵で登録する")
        someone.page.get_by_text("パスキーを確かめられませんでした").wait_for()
    assert someone.live.rows("SELECT count(*) FROM test_a.mfa_authenticator WHERE type = 'webauthn'") == [(0,)]

    with authenticator(someone):
        someone.go("/accounts/passkeys/add/")
        someone.type_into("名前", "面談室のパソコン")
        someone.press("この端末や鍵で登録する")
        assert someone.path == "/accounts/2fa/recovery-codes/"
        someone.press("コードを作って表示する")
        someone.check()
        someone.page.evaluate("window.print = () => (document.title = '印刷した')")
        someone.tap("印刷する")
        assert someone.page.title() == "印刷した"
        someone.go("/accounts/passkeys/")
        someone.reads("面談室のパソコン")
        someone.check()
        sign_out(someone)

        someone.go("/accounts/login/?next=/cases/")
        someone.check()
        someone.press("パスキーを使う")
        assert someone.path == "/cases/"
        someone.go("/accounts/sessions/")
        someone.reads("この端末")
        someone.check()
        sign_out(someone)

        someone.page.goto(someone.live.address("test-b", "/accounts/login/"))
        someone.tap("パスキーを使う")
        someone.page.get_by_text("パスキーを確かめられませんでした").wait_for()
        assert someone.path == "/accounts/login/"
        someone.page.goto(someone.live.address("test-a", "/accounts/login/"))


def test_a_screen_left_alone_hides_everything_and_gives_it_back(visit: Visit) -> None:
    """B49: idle for fifteen minutes the content leaves the document, no store holds it, and only its owner gets it back in place."""
    someone = visit("test-a")
    someone.sign_in(LEFT_ALONE)
    someone.page.clock.install()
    someone.go("/accounts/tokens/")
    someone.type_into("用途", WRITTEN)
    someone.page.clock.fast_forward("14:05")
    someone.page.get_by_text("まもなく画面をロックします").wait_for()

    someone.page.clock.fast_forward("01:00")
    someone.page.get_by_text("席外 例子さんの画面です").wait_for()

    assert WRITTEN not in someone.page.evaluate(SHOWN)
    assert "APIトークン" not in someone.page.evaluate(SHOWN) + someone.page.title()
    assert WRITTEN not in someone.page.evaluate(STORES)
    someone.check()
    other = someone.context.new_page()
    other.goto(someone.live.address("test-a", "/cases/"))
    assert "/accounts/unlock/" in other.url, "the session is locked, not only the screen"
    other.close()

    someone.type_into("パスワード", "chigau-pasuwaado")
    someone.tap("ロックを解除")
    someone.page.get_by_text("パスワードが違います").wait_for()
    someone.type_into("パスワード", PASSWORD)
    someone.tap("ロックを解除")

    field = someone.field("用途")
    field.wait_for()
    assert field.input_value() == WRITTEN
    assert field.evaluate("field => field === document.activeElement")
    someone.press("作る")
    someone.reads("トークンを作りました")
