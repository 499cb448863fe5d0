"""A protection from beginning to end, by hand: set in one act, its places, opened with a purpose, ended by two."""

from tests.e2e.conftest import Visit
from tests.e2e.people import CHIEF, COLLEAGUE, COUNSELLOR, Furnished

NUMBER = "090-0000-8765"
SHELTER = "見本の避難先"


def test_a_person_in_flight_is_protected_in_one_act_and_no_more_by_two(visit: Visit, furnished: Furnished) -> None:
    counsellor, colleague, chief = visit("test-a", COUNSELLOR), visit("test-a", COLLEAGUE), visit("test-a", CHIEF)
    path = furnished.paths["case in flight"]
    page = path.replace("/cases/", "/protection/")
    counsellor.go(path)
    counsellor.reads(NUMBER)
    counsellor.follow("保護")
    counsellor.check()
    with counsellor.task("保護", clicks=1, keys=0):
        counsellor.press("保護する")
    assert counsellor.path == page
    counsellor.reads("を保護しました", "いまの保護")
    counsellor.check()
    counsellor.go(path)
    counsellor.does_not_read(NUMBER)
    assert colleague.go(path) == 404

    counsellor.go(page)
    counsellor.main.get_by_text("場所・番号を登録する").click()
    counsellor.type_into("場所・番号", SHELTER)
    counsellor.press("登録する（場所）")
    counsellor.reads("知られてはならない場所を登録しました")
    counsellor.check()
    counsellor.follow("連絡先を開く")
    counsellor.check()
    counsellor.press("開く")
    assert counsellor.page.title().startswith("エラー：")
    counsellor.main.get_by_role("radio").first.check()
    counsellor.press("開く")
    counsellor.reads(NUMBER, SHELTER)
    counsellor.check()

    counsellor.go(page)
    counsellor.follow("終える依頼を出す")
    counsellor.type_into("終える理由", "落ち着いた（見本）")
    counsellor.type_into("終える日", "今日")
    counsellor.press("依頼を出す")
    counsellor.reads("保護を終える依頼（承認待ち）")
    counsellor.check()
    chief.go("/manage/approvals/")
    chief.reads("保護を終える")
    chief.check()
    chief.main.get_by_role("listitem").filter(has_text="保護を終える").get_by_role("link").click()
    chief.press("承認する")
    counsellor.go(path)
    counsellor.reads(NUMBER)
