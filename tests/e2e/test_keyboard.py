"""The keyboard alone: Enter does a form's main act, whatever other buttons stand before it; shortcuts are silent while typing."""

from tests.e2e.conftest import Visit
from tests.e2e.people import COUNSELLOR, SOUGHT, Furnished


def test_enter_in_a_name_never_leads_into_another_persons_case(visit: Visit, furnished: Furnished) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    counsellor.go("/cases/reception/")
    counsellor.type_into("聞いたまま", "同じ名前の別の人（見本）")
    counsellor.type_into("本人の氏名", SOUGHT.name)
    counsellor.page.get_by_text("同じ人：このケースに記録する").first.wait_for()
    counsellor.field("本人の氏名").focus()
    counsellor.strike("Enter")
    assert counsellor.path not in {furnished.sought, "/cases/reception/"}
    counsellor.reads(SOUGHT.name, "受け付けました")


def test_enter_in_the_plan_editor_saves_and_adds_no_row(visit: Visit, furnished: Furnished) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    counsellor.go(f"{furnished.paths['plan draft']}edit/")
    counsellor.field("期間の終わり").fill("R9.3.31")
    counsellor.field("期間の終わり").focus()
    counsellor.strike("Enter")
    counsellor.reads("プランを保存しました", "令和9年3月31日まで")


def test_shortcuts_lead_everywhere_and_keep_silent_while_typing(visit: Visit) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    for letter, heading in (("c", "担当ケース"), ("u", "電話受付"), ("t", "の予定"), ("m", "支援調整会議")):
        counsellor.page.locator("body").press("g")
        counsellor.strike(letter)
        assert heading in counsellor.page.locator("h1").inner_text()
        if letter == "u":
            counsellor.page.keyboard.type("gc?/n")
            assert counsellor.field("聞いたまま").input_value() == "gc?/n"
            counsellor.page.evaluate("document.activeElement.blur()")
