"""Coming to a case from outside its team: what for, in an emergency, to join it, or never. Each page as it is met."""

from tests.e2e.conftest import Visit
from tests.e2e.people import CHIEF, COLLEAGUE, COUNSELLOR, Furnished

WORDS = "救急隊から、服薬と持病の照会が至急で来ている（見本）"


def test_a_chief_says_what_for_with_one_click_and_enter(visit: Visit, furnished: Furnished) -> None:
    chief, path = visit("test-a", CHIEF), furnished.paths["case screened"]
    chief.go(path)
    chief.reads("何のために開きますか")
    chief.check()
    with chief.task("監督の目的", clicks=1, keys=1):
        chief.choose("定期の確認")
        chief.strike("Enter")
    assert chief.path == path
    chief.reads("監督（定期の確認）のために開いています")
    chief.check()
    for page in ("openings/", "blocks/", "team/"):
        assert chief.go(path + page) == 200
        chief.check()


def test_the_glass_is_broken_and_the_owner_looks_into_it(visit: Visit, furnished: Furnished) -> None:
    colleague, owner, path = visit("test-a", COLLEAGUE), visit("test-a", COUNSELLOR), furnished.paths["case applied"]
    assert colleague.go(path) == 403
    colleague.check()
    colleague.follow("緊急に開く")  # she has just signed in: that is a fresh proof
    colleague.reads("記録され、主担当と主任相談支援員に知らせます")
    colleague.press("記録を残して開く")
    assert colleague.page.title().startswith("エラー：")
    colleague.check()
    colleague.choose("病院・警察・消防などから至急の照会があった")
    colleague.type_into("いま何が起きているか", WORDS)
    colleague.press("記録を残して開く")
    colleague.reads("緊急閲覧中です")
    colleague.check()
    assert owner.go(path + "openings/") == 200
    owner.reads(WORDS)
    owner.check()
    colleague.press("緊急閲覧を終える")
    colleague.reads("の緊急閲覧を終えました")
    assert colleague.go(path) == 403


def test_a_colleague_asks_to_join_and_another_says_she_is_related(visit: Visit, furnished: Furnished) -> None:
    colleague, owner, path = visit("test-a", COLLEAGUE), visit("test-a", COUNSELLOR), furnished.paths["case of a friend"]
    colleague.go(path)
    colleague.follow("支援チームへの参加を頼む")
    colleague.check()
    colleague.press("参加を頼む")
    owner.go(path + "team/")
    owner.check()
    owner.press("加える（同僚 試太）")
    owner.reads("支援チームに加えました")
    colleague.go(path + "relation/")
    colleague.check()
    colleague.choose("友人・知人・近所")
    colleague.press("届け出る")
    colleague.reads("もう表示されません")
    assert colleague.go(path) == 404
