"""管理 in a real browser: every page in order, and an invitation whose token no request ever carries in its address."""

from pathlib import Path

from tests.e2e.browsing import Visitor
from tests.e2e.conftest import Visit
from tests.e2e.people import ADMIN, CHIEF
from tests.e2e.stack import LiveStack
from tests.e2e.test_pages import NO_DAY, look, look_at_errors
from tests.factories.people import PASSWORD

NEW_PASSWORD = "betsu-no-nagai-kotoba"


def prove(visitor: Visitor, path: str) -> None:
    """The way to a page that asks for a fresh proof, through the proof."""
    visitor.go(path)
    if visitor.path.startswith("/accounts/reauthenticate"):
        visitor.check()
        visitor.main.locator("[name=password]").fill(PASSWORD)
        visitor.main.locator("form button[type=submit]").first.click()
        visitor.page.wait_for_url(f"**{path}")


def mailed_link(live: LiveStack) -> str:
    """The link of the latest invitation, as it lies in the mail."""
    mails = sorted(Path(live.state / "mail").iterdir(), key=lambda path: path.stat().st_mtime)
    lines = [line for mail in mails for line in mail.read_text().replace("=\n", "").splitlines() if "/accounts/invitation/#" in line]
    return lines[-1].strip()


def test_an_invited_person_comes_in_and_her_token_is_in_no_address(visit: Visit, live: LiveStack) -> None:
    """B29: the token stays in the fragment and in one body; no address, Referer or history entry ever has it."""
    admin = visit("test-a", ADMIN)
    prove(admin, "/manage/members/new/")
    look(admin, "/manage/", "/manage/?view=former", "/manage/members/new/")
    look_at_errors(admin, "form", "登録して招待する", name="見本 新人", email="shinjin@a.example.jp", from_date=NO_DAY)
    admin.main.locator("[name=from_date]").fill("今日")
    admin.main.get_by_label("相談支援員", exact=True).check()
    admin.press("登録して招待する", within=admin.main)
    admin.reads("招待のメールを送りました")
    admin.check()
    link = mailed_link(live)
    token = link.partition("#")[2]

    newcomer = visit("test-a")
    asked: list[str] = []
    newcomer.page.on("request", lambda request: asked.extend([request.url, *request.headers.values()]))
    newcomer.page.goto(link)
    newcomer.page.wait_for_function("document.querySelector('[name=token]').value !== ''")
    assert token not in newcomer.page.url
    newcomer.check()
    newcomer.main.locator("[name=email]").fill("shinjin@a.example.jp")
    for name in ("password", "again"):
        newcomer.main.locator(f"[name={name}]").fill(NEW_PASSWORD)
    newcomer.press("決める", within=newcomer.main)
    newcomer.reads("パスワードを決めました")
    newcomer.page.go_back()
    assert token not in newcomer.page.url
    assert len(asked) > 5
    assert [line for line in asked if token in line and not line.startswith(live.address("test-a", "/accounts/invitation/") + "#")] == []

    second = visit("test-a")
    second.page.goto(link)
    second.page.wait_for_function("document.querySelector('[name=token]').value !== ''")
    second.main.locator("[name=email]").fill("shinjin@a.example.jp")
    for name in ("password", "again"):
        second.main.locator(f"[name={name}]").fill(NEW_PASSWORD)
    second.press("決める", within=second.main)
    second.reads("もう一度招待してもらってください")
    second.check()


def test_the_pages_about_people_are_in_order(visit: Visit, live: LiveStack) -> None:
    admin = visit("test-a", ADMIN)
    look(admin, "/manage/guests/", "/manage/guests/?view=former", "/manage/invitations/", "/manage/transfers/", "/manage/guests/new/")
    look_at_errors(admin, "form", "招待する", name="見本 友", email="tomo@example.jp", until_date=NO_DAY)
    look(admin, "/manage/guests/")
    admin.main.locator("tbody a").first.click()
    admin.check()
    look(admin, "/manage/", "/manage/approvals/")
    admin.main.get_by_role("link", name="職員").first.click()
    admin.main.get_by_role("link", name="担当 例子").click()
    member = admin.path
    admin.check()
    for step in ("roles", "end", "transfer", "reset"):
        prove(admin, f"{member}{step}/")
        admin.check()
    prove(admin, "/manage/providers/")
    admin.check()
    prove(admin, f"{member}reset/")
    admin.press("承認を依頼する", within=admin.main)
    admin.reads("再登録を依頼しました")

    chief = visit("test-a", CHIEF)
    chief.reads("承認を待っています")
    look(chief, "/manage/", "/manage/approvals/")
    chief.main.get_by_role("link", name="見て決める").first.click()
    if chief.path.startswith("/accounts/reauthenticate"):
        chief.main.locator("[name=password]").fill(PASSWORD)
        chief.main.locator("form button[type=submit]").first.click()
    chief.main.get_by_role("button", name="却下する").wait_for()
    chief.check()
    chief.press("却下する", within=chief.main)
    chief.reads("却下しました")
