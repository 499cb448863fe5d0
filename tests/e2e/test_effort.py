"""What everyday tasks cost in clicks and keys, from 今日 to done, against the budget; and how heavy the pages are.

Free text is not counted: it goes in as the input method hands it over. The measured table is left in .local/ux-budget.json.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import MOST_BYTES, MOST_NODES, MOST_REQUESTS, Visitor
from tests.e2e.conftest import Visit
from tests.e2e.people import ANALYST, CHIEF, COUNSELLOR, PLEDGED, SOUGHT_PHONE, Furnished
from tests.environment import ROOT

Measured = dict[str, dict[str, Any]]  # Any: numbers of several kinds


@pytest.fixture(scope="module")
def measured() -> Iterator[Measured]:
    found: Measured = {}
    yield found
    (ROOT / ".local" / "ux-budget.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


@pytest.fixture
def counsellor(visit: Visit) -> Visitor:
    return visit("test-a", COUNSELLOR)


def test_t1_find_a_person_by_the_end_of_the_number_or_by_roman_letters(
    counsellor: Visitor, furnished: Furnished, measured: Measured
) -> None:
    for name, typed, keys in (("T1 電話の下4けた", SOUGHT_PHONE[-4:], 6), ("T1 ローマ字", "minato", 9)):
        counsellor.go("/")
        with counsellor.task(name, clicks=0, keys=keys, into=measured):
            counsellor.strike("/", *typed, "Enter")
        assert counsellor.path == furnished.sought
        counsellor.reads("湊 太郎")


def test_t2_a_call_is_safe_with_its_memo_alone(counsellor: Visitor, measured: Measured) -> None:
    counsellor.follow("電話受付", within=counsellor.rail)
    counsellor.write("家賃のことで困っている（見本）")
    with counsellor.task("T2 受付（聞いたままだけ）", clicks=1, keys=0, into=measured):
        counsellor.press("登録する")
    counsellor.reads("氏名未確認", "家賃のことで困っている（見本）")


def test_t3_a_whole_reception_with_consent(counsellor: Visitor, measured: Measured) -> None:
    """The reading follows the name, the town follows the postcode; screening and application come to the application with consent."""
    page = counsellor.page
    with counsellor.task("T3 受付・申込・同意", clicks=8, keys=60, into=measured):
        counsellor.strike("g", "u")
        counsellor.write("仕事がなく家賃が払えない（見本）")
        for concern in ("家賃・ローン", "収入・生活費", "仕事探し"):
            page.get_by_text(concern, exact=True).first.click()
        counsellor.field("本人の氏名").click()
        compose(counsellor, "ほし", "星")
        counsellor.write("　")
        compose(counsellor, "はるか", "遥")
        assert counsellor.field("ふりがな").input_value().split() == ["ほし", "はるか"]
        strike_in_place(counsellor, "Tab", "Tab", *"09000007777", "Tab", *"S49.5.3")
        strike_in_place(counsellor, "Tab", "Tab", *"5520003")
        expect(page.locator("#id_address")).to_have_value(re.compile("港区"))
        counsellor.strike("Control+Enter")
        counsellor.follow("継続して支援する")
        counsellor.press("結果を登録する")
        counsellor.choose("関係機関との情報共有")
        counsellor.strike("Control+Enter")
    counsellor.reads("星　遥", "52歳", "090-0000-7777", "同意あり")


def compose(visitor: Visitor, reading: str, written: str) -> None:
    """As an input method does: the reading stands underlined, then the characters take its place."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Input.imeSetComposition", {"text": reading, "selectionStart": len(reading), "selectionEnd": len(reading)})
    session.send("Input.insertText", {"text": written})
    session.detach()


def strike_in_place(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        visitor.page.keyboard.press(key)


def test_t4_a_record_takes_two_keys_besides_its_text(counsellor: Visitor, furnished: Furnished, measured: Measured) -> None:
    counsellor.go(furnished.for_record)
    with counsellor.task("T4 支援経過記録", clicks=0, keys=2, into=measured):
        strike_in_place(counsellor, "n")
        counsellor.write("電話で様子を聞いた（見本）")
        counsellor.strike("Control+Enter")
    counsellor.reads("記録を登録しました", "電話で様子を聞いた（見本）")


def test_t5_nothing_heard_at_reception_is_typed_again(counsellor: Visitor, furnished: Furnished, measured: Measured) -> None:
    """From the application to the assessment and the plan: name, birthday, words and concerns stand there already."""
    memo = "家賃を2か月ためている（見本）"
    counsellor.go(furnished.paths["case applied"])
    with counsellor.task("T5 アセスメントからプランへ", clicks=6, keys=0, into=measured):
        counsellor.follow("アセスメント")
        counsellor.reads("52歳", memo)
        assert memo in counsellor.field("本人の話したこと").input_value()
        counsellor.press("保存する")
        counsellor.follow("プラン")
        counsellor.follow("プランを作る")
        counsellor.tap("意向へ写す（話したこと）")
        counsellor.press("保存する")
    counsellor.reads("プランを保存しました", memo, "昭和49年5月3日")


def test_t6_a_plan_of_three_goals_and_its_paper(counsellor: Visitor, furnished: Furnished, measured: Measured) -> None:
    counsellor.go(furnished.for_plan)
    with counsellor.task("T6 プラン（目標3つ）", clicks=10, keys=12, into=measured):
        counsellor.follow("プランを作る", within=counsellor.page.locator("#due"))
        counsellor.tap("意向へ写す（望み）")
        counsellor.tap("課題へ写す（課題のまとめ）")
        for trait in ("経済的困窮", "家計管理の課題", "就職活動困難"):
            counsellor.tap(f"目標にする（{trait}）")
        counsellor.field("支援の内容").click()
        counsellor.write("家計表を一緒に作る（見本）")
        counsellor.field("支援にあたって気をつけること").click()
        counsellor.write("特になし")
        counsellor.strike("Control+Enter")
    counsellor.reads("プランを保存しました", "経済的困窮", "就職活動困難", "家計表を一緒に作る（見本）")
    assert "経済的困窮" in "".join(counsellor.paper("印刷する（PDF）").split())


def test_t7_an_agenda_with_its_papers(visit: Visit, measured: Measured) -> None:
    chief = visit("test-a", CHIEF)
    with chief.task("T7 会議の議題と資料", clicks=4, keys=0, into=measured):
        chief.follow("支援調整会議", within=chief.rail)
        chief.follow("会議を設ける")
        chief.press("会議を設ける")
    assert chief.main.locator("li.agenda-line").count() >= 4
    assert "支援調整会議" in "".join(chief.paper("資料（PDF）").split())


def test_t8_a_decision_is_one_button_and_its_duty_follows(visit: Visit, furnished: Furnished, measured: Measured) -> None:
    chief = visit("test-a", CHIEF)
    with chief.task("T8 会議の決定", clicks=3, keys=6, into=measured):
        chief.follow("支援調整会議（定例）")
        line = chief.main.locator("li.agenda-line", has=chief.page.get_by_role("button", name="適切")).first
        number = line.locator("h3").inner_text().split()[-1]
        line.locator("textarea").first.click()
        chief.write("このまま進める（見本）")
        chief.press("適切", within=line)
    chief.reads("記録しました", "このまま進める（見本）")
    chief.go("/?view=team")
    chief.reads(number, "支援決定・確認を記録する")


def test_t12_the_month_is_checked_and_handed_out(visit: Visit, measured: Measured) -> None:
    chief = visit("test-a", CHIEF)
    with chief.task("T12 月次報告", clicks=3, keys=0, into=measured):
        chief.follow("月次報告", within=chief.rail)
        assert chief.download("Excelで受け取る")[:2] == b"PK"


WEIGHED = ("/", "/cases/", "/cases/reception/", "/clients/search/", "/meetings/")


def test_pages_are_light_on_a_first_visit(visit: Visit, furnished: Furnished, measured: Measured) -> None:
    at, counsellor = furnished.paths, visit("test-a", COUNSELLOR)
    chief, guest, analyst = visit("test-a", CHIEF), visit("test-a", PLEDGED), visit("hq", ANALYST)
    pages = [(counsellor, path, path) for path in WEIGHED]
    pages += [(counsellor, name, at[name]) for name in ("case assessed", "plan decided", "meeting planned", "referral")]
    pages += [
        (counsellor, "assessment", f"{at['case assessed']}assessment/"),
        (counsellor, "plan editor", f"{furnished.for_plan}plans/new/"),
    ]
    pages += [(chief, "report", "/reports/2026-05/"), (guest, "shared", at["shared"]), (analyst, "headquarters", "/")]
    for visitor, name, path in pages:
        weight = visitor.weigh(path)
        measured[f"page {name}"] = weight._asdict()
        assert weight.bytes <= MOST_BYTES, (name, weight)
        assert weight.requests <= MOST_REQUESTS, (name, weight)
        assert weight.nodes <= MOST_NODES, (name, weight)
