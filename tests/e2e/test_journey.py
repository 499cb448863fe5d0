"""One person's way from her call to her return, walked by everybody who works on it, at real browsers against the running product.

Beside the pages it looks at what a page cannot show: figures counted again by SQL, the workbook cell by cell, the words in the PDFs.
"""

from datetime import date
from io import BytesIO
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from openpyxl import load_workbook

from deploy.processes import wait_until
from tests.e2e.browsing import MOST_BYTES, Visitor, named
from tests.e2e.conftest import Visit
from tests.e2e.counting import figures, records
from tests.e2e.people import ANALYST, CHIEF, COUNSELLOR, GUEST
from tests.e2e.stack import LiveStack

NAME, KANA, PHONE = "架空 港子", "かくう みなとこ", "090-0000-1234"
MEMO = "家賃を2か月ためている。先月仕事を辞めた（見本）"
EARLY = "食料を届け、大家に待ってもらう相談を始めた（見本）"
SUMMARY = "収入が途絶え、家賃の滞納で住まいを失うおそれがある（見本）"
GOAL = "家賃を毎月払えるようになる（見本）"
MINUTES = "家計の支援を先に始めることで一致した（見本）"
REASON = "借金の整理について法律相談をお願いしたい（見本）"
RELEASE_DAY = date(2026, 6, 10)


def test_from_the_first_call_to_the_return(visit: Visit, live: LiveStack) -> None:
    counsellor, chief = visit("test-a", COUNSELLOR), visit("test-a", CHIEF)
    case = receive_a_call(counsellor)
    number = screen_and_apply(counsellor, case)
    start_before_the_meeting(counsellor, case)
    assess(counsellor, case)
    plan = make_a_plan(counsellor, case)
    meeting = meet(chief, number)
    decide_and_support(counsellor, case, plan)
    read_the_papers(counsellor, chief, plan, meeting, number)
    refer_to_a_guest(counsellor, visit("test-a"), case)
    evaluate_and_close(counsellor, case, plan)

    live.begin(RELEASE_DAY)
    come_back(counsellor, case, number)
    report_the_month(chief, live, number)
    release_to_headquarters(live)
    read_at_headquarters(visit("hq", ANALYST), live)


def receive_a_call(counsellor: Visitor) -> str:
    """電話受付: the caret stands in the memo; who it is and which day come with it. Returns the case's address."""
    counsellor.strike("g", "u")
    counsellor.reads("電話受付", "聞いたことを書くだけで登録できます")
    counsellor.write(MEMO)
    counsellor.choose("家賃・ローン")
    counsellor.type_into("本人の氏名", NAME)
    counsellor.type_into("ふりがな", KANA)
    counsellor.page.get_by_text("前の相談は見つかりません").wait_for()
    counsellor.type_into("本人の電話", PHONE)
    counsellor.type_into("生年月日", "S49.5.3")
    counsellor.type_into("受付日", "R8.5.25")
    counsellor.strike("Control+Enter")
    counsellor.reads(NAME, KANA, "52歳", PHONE, "同意はまだ", "継続して支援する")
    return counsellor.path


def screen_and_apply(counsellor: Visitor, case: str) -> str:
    """Screening leads to the application; her consent is seen at once. Returns the case's number."""
    counsellor.go(case)
    counsellor.follow("継続して支援する")
    counsellor.reads(MEMO)
    counsellor.type_into("判断した日", "R8.5.25")
    counsellor.press("結果を登録する")
    counsellor.reads("利用申込と同意")
    counsellor.type_into("利用申込日", "R8.5.26")
    counsellor.choose("関係機関との情報共有")
    counsellor.type_into("共有してよい相手・範囲", "法律相談所に借金のことだけ")
    counsellor.press("利用申込を登録する")
    counsellor.reads("利用申込を登録しました", "同意あり")
    counsellor.does_not_read("同意はまだ")
    return counsellor.page.locator(".ui-identity__facts").inner_text().split("・")[0].split()[-1]


def start_before_the_meeting(counsellor: Visitor, case: str) -> None:
    """Support that cannot wait: a red clock stands on the case and on 今日 until a meeting has heard of it."""
    counsellor.go(case)
    counsellor.follow("会議の前に支援を始める")
    counsellor.type_into("本人が同意した日", "R8.5.27")
    counsellor.type_into("支援を始めた日", "R8.5.27")
    counsellor.type_into("始めた支援の内容", EARLY)
    counsellor.press("支援の開始を登録する")
    clock = counsellor.main.locator('.ui-banner[data-tone="error"]')
    assert "会議の前に始めた支援が、まだ会議に報告されていません" in clock.inner_text()
    counsellor.go("/")
    counsellor.reads("期限を過ぎています", NAME)
    counsellor.go(case)


def assess(counsellor: Visitor, case: str) -> None:
    """What was heard at reception is there already; what is open may stay open."""
    counsellor.go(case)
    counsellor.follow("アセスメント")
    counsellor.reads(MEMO, "受付で聞いたことは、もう入っています")
    counsellor.type_into("本人の望み", "子どもと同じ家で暮らし続けたい（見本）")
    counsellor.choose("経済的困窮")
    counsellor.type_into("課題のまとめ", SUMMARY)
    counsellor.press("保存する")
    counsellor.reads("アセスメント 第1版を保存しました", "経済的困窮")


def make_a_plan(counsellor: Visitor, case: str) -> str:
    """From the assessment by a press each; then she agrees. Returns the plan's address."""
    counsellor.go(case)
    counsellor.follow("プランを作る")
    counsellor.tap("意向へ写す（望み）")
    counsellor.tap("課題へ写す（課題のまとめ）")
    counsellor.tap("目標にする（経済的困窮）")
    goals = counsellor.main.locator('[data-rows="goals"]')
    assert counsellor.field("目標", within=goals).input_value() == "経済的困窮"
    counsellor.type_into("目標", GOAL, within=goals)
    counsellor.type_into("支援の内容", "家計表を一緒に作る（見本）")
    counsellor.choose("家計改善支援事業")
    counsellor.choose("就労支援の対象にする（期間のうちに一般就労をめざす）")
    counsellor.type_into("支援にあたって気をつけること", "夜は電話しない（見本）")
    counsellor.press("保存する")
    counsellor.reads("プランを保存しました", GOAL, SUMMARY, "子どもと同じ家で")
    plan = counsellor.path

    counsellor.follow("本人の同意を記録する")
    counsellor.press("同意を記録する")
    counsellor.reads("支援調整会議にかける")
    return plan


def meet(chief: Visitor, number: str) -> str:
    """The chief calls the meeting; what waits has put itself on the agenda, and leaves it decided. Returns its address."""
    chief.go("/meetings/")
    chief.follow("会議を設ける")
    chief.type_into("場所", "会議室1（見本）")
    chief.press("会議を設ける")
    chief.reads("会議室1（見本）", NAME, EARLY, "会議前の開始の報告")
    waiting = chief.main.locator("li.agenda-line", has_text=number)
    assert waiting.count() == 2, "the plan and the early start of this case"
    assert chief.main.get_by_role("button", name=named(f"報告を受けた（{number}）")).count() == 1

    chief.press(f"報告を受けた（{number}）")
    chief.reads("記録しました", "報告済み")
    plan = waiting.filter(has=chief.page.get_by_role("button", name=named(f"適切（{number}）")))
    chief.type_into("議事", MINUTES, within=plan.locator("form"))
    chief.press(f"適切（{number}）")
    chief.reads("適切", MINUTES)

    chief.type_into("出席者", "主任 見本、佐々木（区役所・見本）")
    chief.press("会議を終える")
    chief.reads("会議を終えました", "議事録（PDF）", "佐々木（区役所・見本）")
    return chief.path


def decide_and_support(counsellor: Visitor, case: str, plan: str) -> None:
    """The municipality decides; from then on she writes down what is done, and how it goes."""
    counsellor.go(case)
    assert counsellor.main.locator('.ui-banner[data-tone="error"]').count() == 0, "the meeting has heard of the early start"
    counsellor.go(plan)
    counsellor.follow("支援決定・確認を記録する")
    counsellor.choose("支援決定")
    counsellor.press("記録する")
    counsellor.reads("モニタリングを記録する")

    counsellor.go(case)
    counsellor.page.keyboard.press("n")
    counsellor.write("大家と話し、分けて払う約束ができた（見本）")
    counsellor.strike("Control+Enter")
    counsellor.reads("記録を登録しました", "大家と話し、分けて払う約束ができた（見本）")

    counsellor.go(plan)
    counsellor.follow("モニタリングを記録する")
    counsellor.type_into("いまの様子", "家賃を約束どおり払えている（見本）")
    counsellor.type_into("次回", "R8.8.28")
    counsellor.press("記録する")
    counsellor.reads("家賃を約束どおり払えている（見本）", "8月28日")

    counsellor.go(case)
    counsellor.follow("就労・増収を記録する")
    counsellor.choose("就労した")
    counsellor.press("登録する")
    counsellor.reads("就労・増収を登録しました")


def read_the_papers(counsellor: Visitor, chief: Visitor, plan: str, meeting: str, number: str) -> None:
    """Plan and minutes on paper say what the pages say."""
    counsellor.go(plan)
    paper = counsellor.paper("印刷する（PDF）")
    assert missing(paper, NAME, number, GOAL, SUMMARY, "家計表を一緒に作る", "家計改善支援事業", "支援決定", "令和8年5月29日") == []
    chief.go(meeting)
    minutes = chief.paper("議事録（PDF）")
    assert missing(minutes, "議事録", NAME, number, MINUTES, EARLY, "適切", "報告済み", "佐々木（区役所・見本）", "会議室1") == []


def missing(text: str, *words: str) -> list[str]:
    """Lines on paper break anywhere."""
    joined = "".join(text.split())
    return [word for word in words if "".join(word.split()) not in joined]


def refer_to_a_guest(counsellor: Visitor, guest: Visitor, case: str) -> None:
    """She sees the one referral that is shared with her, after her pledge and while the consent stands; nothing else is there."""
    kept = refer(counsellor, case, "別の用件（見本）")
    shared = refer(counsellor, case, REASON)
    counsellor.page.get_by_text("共有する", exact=True).first.click()
    counsellor.field("見る人").select_option(label="法律 試代")
    counsellor.press("この人に見せる")
    counsellor.reads("共有しました", "法律 試代")

    guest.sign_in(GUEST)
    guest.reads("秘密を守る誓約")
    assert guest.go(f"/shared/{shared}/") == 200
    guest.reads("秘密を守る誓約")
    guest.does_not_read(NAME, REASON)
    guest.type_into("署名（氏名）", "法律 試代")
    guest.press("誓約する")
    guest.go("/shared/")
    guest.reads("共有された件", "1件")
    guest.follow("5月29日のつなぎ")
    guest.reads(NAME, REASON)
    guest.does_not_read(PHONE, MEMO, EARLY)
    unknown = [
        f"/shared/{uuid4()}/",
        f"/shared/{kept}/",
        f"/referrals/{shared}/",
        case,
        f"{case}assessment/",
        "/cases/",
        "/meetings/",
        "/reports/2026-05/",
    ]
    assert {guest.go(path) for path in unknown} == {404}

    counsellor.go(f"{case}consents/")
    counsellor.follow("撤回を記録する")
    counsellor.press("撤回を登録する")
    counsellor.reads("撤回", "いまから共有されません")
    assert guest.go(f"/shared/{shared}/") == 404
    guest.go("/shared/")
    guest.reads("いま共有されている件はありません")


def refer(counsellor: Visitor, case: str, reason: str) -> str:
    """Returns the referral's id."""
    counsellor.go(case)
    counsellor.follow("関係機関へつなぐ")
    counsellor.field("つなぎ先").select_option(label="見本の法律相談所")
    counsellor.type_into("つなぐ理由", reason)
    counsellor.press("つなぎを記録する")
    counsellor.reads("つなぎを記録しました", reason)
    return counsellor.path.strip("/").rpartition("/")[2]


def evaluate_and_close(counsellor: Visitor, case: str, plan: str) -> None:
    """Goal by goal; then the case is closed, stays to be read, and takes a word of after-care."""
    counsellor.go(plan)
    counsellor.follow("評価する")
    counsellor.choose("達成", within=counsellor.main.get_by_role("group", name="目標1の達成状況"))
    counsellor.choose("目標ができた")
    counsellor.choose("終結", within=counsellor.main.get_by_role("group", name="評価結果"))
    counsellor.press("評価を記録する")
    counsellor.reads("達成", "目標ができた")
    counsellor.follow("ケースを終結する")
    counsellor.choose("困窮状態の解消・目標達成")
    counsellor.press("終結する")
    counsellor.go(case)
    counsellor.reads("終結", "困窮状態の解消・目標達成", "終結後の見守りを書く", NAME)
    counsellor.page.keyboard.press("n")
    counsellor.write("元気にしていると電話があった（見本）")
    counsellor.strike("Control+Enter")
    counsellor.reads("元気にしていると電話があった（見本）", "終結後の見守り")


def come_back(counsellor: Visitor, case: str, number: str) -> None:
    """While her name is typed the earlier contact appears; the new case and the old one lead to each other."""
    counsellor.go("/cases/reception/")
    counsellor.type_into("聞いたまま", "また家賃が払えなくなりそう（見本）")
    counsellor.type_into("本人の氏名", NAME)
    found = counsellor.page.locator("#similar")
    found.get_by_text(f"同じ人（{number}）").wait_for()
    found.get_by_label(f"同じ人（{number}）").check()
    counsellor.press("登録する")
    counsellor.reads(NAME, "前にも相談がありました", number)
    again = counsellor.path
    assert again != case
    counsellor.follow(number)
    assert counsellor.path == case
    counsellor.reads("そのあとの相談は")


def report_the_month(chief: Visitor, live: LiveStack, number: str) -> None:
    """Every figure on the page and in the workbook is what SQL counts; a figure leads to its records."""
    counted = figures(live, "test_a", date(2026, 5, 1), date(2026, 5, 31))
    chief.go("/reports/")
    assert chief.path == "/reports/2026-05/"
    chief.reads("令和8年5月の月次報告")
    assert figures_on(chief) == {line: count for line, count in counted.items() if count}
    with chief.page.expect_navigation():
        chief.main.locator("#figures tr", has_text="終結件数").get_by_role("link").click()
    chief.reads("終結件数", number, NAME)
    chief.follow("月次報告へ戻る")

    book = load_workbook(BytesIO(chief.download("Excelで受け取る")))
    sheet = book["集計"]
    assert sheet["A1"].value == "テストA相談センター 月次報告 令和8年5月"
    cells = {(row[1], row[2] or ""): row[3] for row in sheet.iter_rows(min_row=4, values_only=True)}
    assert cells == counted
    lines = sorted((row[1], row[2] or "", row[3] or "", row[4].date()) for row in book["内訳"].iter_rows(min_row=2, values_only=True))
    assert lines == sorted(records(live, "test_a", date(2026, 5, 1), date(2026, 5, 31)))


def figures_on(chief: Visitor) -> dict[tuple[str, str], int]:
    """The report's figures as they are read, by the series and the code they lead to; a nought leads nowhere."""
    links = chief.main.locator("#figures td a").evaluate_all("links => links.map(link => [link.href, link.firstChild.textContent])")
    places = [(urlsplit(address), int(figure.replace(",", ""))) for address, figure in links]
    return {(place.path.strip("/").rpartition("/")[2], "".join(parse_qs(place.query).get("code", []))): count for place, count in places}


def release_to_headquarters(live: LiveStack) -> None:
    """The scheduler's signed tick; the worker hands every finished month over as its centre."""
    assert live.rows("SELECT count(*) FROM headquarters.released_figure") == [(0,)]
    live.tick("release_months")
    (worker,) = [child for child in live.own if child.name == "worker"]
    released = "SELECT count(*) FROM headquarters.released_figure WHERE centre = 'test_a' AND month = '2026-05-01'"
    wait_until(lambda: live.rows(released)[0][0] > 0, worker, seconds=60)


def read_at_headquarters(analyst: Visitor, live: LiveStack) -> None:
    """The total of all centres and the day of the release; no address leads to a person."""
    counted = figures(live, "test_a", date(2026, 5, 1), date(2026, 5, 31))
    analyst.reads("活動の合計", "令和8年6月10日", "テストA相談センター")
    row = analyst.main.locator("#course tbody tr", has_text="令和8年5月")
    assert row.locator("td").last.inner_text() == str(counted["new_consultations", ""])
    analyst.field("項目").select_option("closed_cases")
    analyst.press("表示する")
    row = analyst.main.locator("#course tbody tr", has_text="令和8年5月")
    assert row.locator("td").last.inner_text() == str(counted["closed_cases", ""])
    analyst.does_not_read(NAME)
    analyst.check()
    assert analyst.weigh("/").bytes <= MOST_BYTES
    assert {analyst.go(path) for path in ("/cases/", "/meetings/", "/reports/2026-05/", "/shared/", "/clients/search/")} == {404}
