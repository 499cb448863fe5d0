"""閲覧の確認 as it is met, and a review done by keyboard."""

from tests.e2e.conftest import Visit
from tests.e2e.people import CHIEF, COUNSELLOR, Furnished
from tests.e2e.test_pages import NO_DAY, look, look_at_errors


def test_the_pages_of_oversight(visit: Visit, furnished: Furnished) -> None:
    chief, at = visit("test-a", CHIEF), furnished.paths
    look(
        chief,
        "/oversight/reviews/",
        "/oversight/reviews/?view=done",
        "/oversight/",
        "/oversight/?case=R8-9999",
        "/oversight/figures/",
        at["alert"],
    )
    chief.go("/oversight/")
    chief.main.locator("[name=since]").fill(NO_DAY)
    chief.press("しぼりこむ")
    chief.check()
    look(visit("test-a", COUNSELLOR), "/oversight/declaration/", at["who read"])


def test_a_declaration_left_unconfirmed_keeps_what_was_typed(visit: Visit) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    counsellor.go("/oversight/declaration/")
    look_at_errors(counsellor, 'form[method="post"]', "保存する", surnames="例示、れいじ", address="港区見本町3-1（見本）")


def test_a_review_by_keyboard_is_a_choice_a_few_words_and_enter(visit: Visit, furnished: Furnished) -> None:
    chief = visit("test-a", CHIEF)
    chief.go(furnished.paths["alert"])
    chief.main.locator("[name=decision]").first.focus()
    for key in ("Space", "Tab"):
        chief.page.keyboard.press(key)
    chief.write("当番の日だった（見本）")
    chief.strike("Tab", "Enter")
    chief.reads("確認を記録しました")
