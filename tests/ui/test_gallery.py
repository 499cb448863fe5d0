"""Every component in every state, rendered; then looked at and used in a browser."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.http import HttpResponse
from django.template.loader import get_template
from django.test.signals import template_rendered
from playwright.sync_api import BrowserContext, Page, expect
from pypdf import PageObject, PdfReader
from pytest_django import Settings

from foundation import wareki
from tests.ui.test_fields import TODAY
from ui.views import SampleForm

STATES = ["/ui/", "/ui/?refused=1"]
WIDTHS = [1366, 412, 320]
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
  .filter((element) => element.checkVisibility() && !element.closest('.ui-skip'))
  .map((element) => [element, (element.closest('label') ?? element).getBoundingClientRect()])
  .filter(([element, box]) => box.width && (box.height < (element.tagName === 'A' ? 24 : 43.5) || box.width < 24))
  .map(([element, box]) => `${element.outerHTML.slice(0, 100)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


@pytest.fixture(autouse=True)
def _on_this_day(settings: Settings) -> None:
    settings.AS_OF = TODAY


def test_the_gallery_shows_every_component(render: Callable[..., HttpResponse]) -> None:
    used: set[str] = set()

    def note(sender: object, template: object, **kwargs: object) -> None:
        used.add(str(getattr(template, "name", "")))

    template_rendered.connect(note)
    try:
        assert render("/ui/").status_code == 200
        assert render("/ui/?refused=1").status_code == 422
        str(SampleForm())  # a form printed whole
        SampleForm()["memo"].as_field_group()
    finally:
        template_rendered.disconnect(note)
    folder = Path(get_template("ui/card.html").origin.name).parent

    assert {f"ui/{path.relative_to(folder)}" for path in folder.rglob("*.html")} - used == set()


def test_each_component_says_what_it_is_for_how_to_use_it_and_shows_how() -> None:
    folder = Path(get_template("ui/card.html").origin.name).parent
    own = [
        path
        for path in folder.rglob("*.html")
        if path.name not in {"document.html", "gallery.html", "logo.html", "form.html", "form_field.html"}
    ]
    heads = {path.name: re.findall(r"^\{# (\w+): ", path.read_text(encoding="utf-8"), re.MULTILINE) for path in own}

    assert {name: head for name, head in heads.items() if head != ["Purpose", "Parameters", "Example"]} == {}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_in_anybodys_way(page: Page, state: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(state)
    found = Axe().run(page).response["violations"]

    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.locator("h1").count() == 1


def test_on_a_phone_a_chart_over_time_shows_its_newest_end_and_bars_their_names(page: Page) -> None:
    page.set_viewport_size({"width": 412, "height": 860})
    page.goto("/ui/")

    def is_seen(text: str) -> bool:
        box, screen = page.locator("#charts svg").get_by_text(text, exact=True).first.bounding_box(), page.viewport_size
        return bool(box and screen and box["x"] >= 0 and box["x"] + box["width"] <= screen["width"])

    assert is_seen("3月")
    assert not is_seen("4月")
    assert is_seen("食べるものがない")


def test_an_open_dialog_and_menu_are_in_nobodys_way_either(page: Page) -> None:
    page.goto("/ui/")
    page.get_by_role("button", name="会議に出す").click()
    expect(page.get_by_role("dialog", name="プランを会議に出しますか")).to_be_visible()

    assert Axe().run(page).response["violations"] == []


def test_a_dialog_closes_by_escape_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/ui/")
    opener = page.get_by_role("button", name="会議に出す")
    opener.click()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_the_user_menu_closes_by_escape_and_by_a_click_beside_it(page: Page) -> None:
    page.goto("/ui/")
    menu = page.locator("details[data-menu]")
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(600, 600)):
        menu.locator("summary").click()
        expect(page.get_by_role("button", name="サインアウト")).to_be_visible()
        close()
        expect(page.get_by_role("button", name="サインアウト")).to_be_hidden()


def test_a_toast_stays_until_it_is_closed(page: Page) -> None:
    page.goto("/ui/")
    toast = page.locator(".ui-toast")
    expect(toast).to_contain_text("「通帳の写し」を完了にしました。")
    expect(toast.get_by_role("button", name="元に戻す")).to_be_visible()
    toast.get_by_role("button", name="閉じる").click()

    expect(toast).to_have_count(0)


def test_single_keys_search_write_go_and_explain(page: Page) -> None:
    page.goto("/ui/")
    page.keyboard.press("/")
    expect(page.locator("#site-search")).to_be_focused()
    page.locator("#main").focus()
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.closest('[data-composer]') !== null")
    page.locator("#main").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="キーボード操作")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("u")
    page.wait_for_url("**/reception/")


def test_single_keys_are_letters_while_typing(page: Page) -> None:
    page.goto("/ui/")
    memo = page.locator("#empty_memo")
    memo.focus()
    page.keyboard.type("gu/n?")

    expect(memo).to_have_value("gu/n?")
    assert page.url.endswith("/ui/")


def test_control_and_enter_submit_the_form_the_caret_is_in(page: Page) -> None:
    page.goto("/ui/")
    page.locator("#composer textarea").fill("大家さんと話した")
    with page.expect_request(lambda request: request.method == "POST") as posted:
        page.keyboard.press("Control+Enter")

    assert "idempotency_key" in (posted.value.post_data or "")


def test_a_second_click_does_not_send_a_second_time(page: Page) -> None:
    page.goto("/ui/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#composer form").evaluate("(form) => { const button = form.querySelector('button'); button.click(); button.click(); }")
    expect(page).to_have_title("POST /ui/")

    assert len(sent) == 1


def test_a_form_changed_after_it_was_sent_is_another_request(page: Page) -> None:
    page.goto("/ui/")
    page.route("**/ui/", lambda route: route.fulfill(status=204) if route.request.method == "POST" else route.fallback())
    key = page.locator("#composer input[name=idempotency_key]")
    first = key.input_value()
    page.locator("#composer textarea").fill("大家さんと話した")
    with page.expect_response("**/ui/"):
        page.keyboard.press("Control+Enter")
    assert key.input_value() == first
    page.locator("#composer textarea").fill("大家さんと会った")

    assert key.input_value() not in ("", first)


def test_the_reading_writes_itself_until_it_is_corrected_by_hand(page: Page, context: BrowserContext) -> None:
    page.goto("/ui/")
    ime = context.new_cdp_session(page)

    def compose(readings: list[str], result: str) -> None:
        for reading in readings:
            ime.send("Input.imeSetComposition", {"text": reading, "selectionStart": len(reading), "selectionEnd": len(reading)})
        ime.send("Input.imeSetComposition", {"text": result, "selectionStart": len(result), "selectionEnd": len(result)})
        ime.send("Input.insertText", {"text": result})

    name, kana = page.locator("#empty_name"), page.locator("#empty_kana")
    name.focus()
    compose(["m", "み", "みn", "みな", "みなt", "みなと"], "港")
    expect(kana).to_have_value("みなと")
    page.keyboard.insert_text("　")
    compose(["た", "たr", "たろ", "たろう"], "太郎")
    expect(kana).to_have_value("みなと たろう")
    expect(name).to_have_value("港　太郎")

    kana.fill("みなとの たろう")
    name.focus()
    compose(["さ", "さま"], "様")
    expect(kana).to_have_value("みなとの たろう")


def test_the_browser_echoes_a_date_as_the_server_reads_it(page: Page) -> None:
    page.goto("/ui/")
    births = ("S49.5.3", "Ｓ４９．５．３", "昭和49年5月3日", "1974/5/3", "19740503", "H元.1.8", "昭和四", "R8.11.23")
    plans = ("今日", "明日", "+7", "12/24", "1月5日", "R9.4.1", "令和9年4月1日（木）", "2027-04-01")
    for field, sense, typed in [*(("born_on", "birthday", text) for text in births), *(("next_on", "future", text) for text in plans)]:
        page.locator(f"#empty_{field}").fill(typed)

        expect(page.locator(f"#empty_{field}_echo")).to_have_text(server_echo(typed, sense))


def server_echo(typed: str, sense: wareki.Sense) -> str:
    try:
        return wareki.echo(wareki.parse(typed, today=TODAY, sense=sense), today=TODAY, sense=sense)
    except wareki.UnreadableDate:
        return ""


def test_the_browser_echoes_nothing_that_the_server_would_refuse(page: Page) -> None:
    page.goto("/ui/")
    for typed in ("49.5.3", "S64.1.8", "2/30", "らいねん", "R9.13.1", "R9.1.1"):
        assert server_echo(typed, "birthday") == ""
        page.locator("#empty_born_on").fill(typed)

        expect(page.locator("#empty_born_on_echo")).to_have_text("")


def test_a_refused_form_takes_the_focus_to_its_errors_and_each_leads_to_its_field(page: Page) -> None:
    page.goto("/ui/?refused=1")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.title().startswith("エラー：")
    page.get_by_role("link", name="電話番号を市外局番から").click()
    expect(page.locator("#refused_phone")).to_be_focused()
    page.get_by_role("button", name="S49.5.3").click()

    expect(page.locator("#refused_born_on")).to_have_value("S49.5.3")
    expect(page.locator("#refused_born_on_echo")).to_have_text("昭和49年5月3日（金）1974年 – 52歳")


def test_a_broken_answer_is_told_in_place_with_a_way_to_try_again(page: Page) -> None:
    page.goto("/ui/")
    page.locator("#composer textarea").fill("消えてはいけない文")
    page.evaluate("htmx.ajax('GET', '/broken/', {source: '#composer form', target: '#timeline', swap: 'innerHTML'})")
    banner = page.locator("#composer [data-failure]")
    expect(banner).to_contain_text("うまくいきませんでした")
    expect(page.locator("#composer textarea")).to_have_value("消えてはいけない文")
    with page.expect_request(lambda request: "/broken/" in request.url):
        banner.get_by_role("button", name="もう一度").click()

    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_the_call_clock_runs_from_the_opening_of_the_page(page: Page) -> None:
    page.clock.install()
    page.goto("/ui/")
    page.clock.run_for(252_000)

    expect(page.locator("[data-call-clock-shown]")).to_have_text("04:12")


def test_chips_are_picked_and_marked_by_keyboard(page: Page) -> None:
    page.goto("/ui/")
    page.locator("#empty_concerns_0").focus()
    page.keyboard.press("Space")
    expect(page.locator("#empty_concerns_0_main")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#empty_concerns_0_main")).to_be_focused()
    page.keyboard.press("Space")

    expect(page.locator("#empty_concerns_0_main")).to_be_checked()


def test_paper_shows_no_buttons_and_no_rail(page: Page) -> None:
    page.goto("/ui/")
    page.emulate_media(media="print")

    expect(page.locator(".ui-rail")).to_be_hidden()
    expect(page.locator(".ui-button").first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()


def heights(sheet: PageObject) -> list[tuple[float, str]]:
    """What stands on a sheet of paper, from its foot up."""
    found: dict[float, str] = {}

    def note(text: str, around: list[float], within: list[float], *font: object) -> None:
        if text.strip():
            at = round(around[5] + within[5] * around[3])
            found[at] = found.get(at, "") + text.strip()

    sheet.extract_text(visitor_text=note)
    return sorted(found.items())


def test_who_printed_it_stands_at_the_foot_of_every_sheet_and_over_nothing(page: Page) -> None:
    page.goto("/ui/")
    page.evaluate("""() => { const long = document.createElement("p"); long.className = "u-pre";
        long.textContent = "行\\n".repeat(200); document.querySelector(".ui-content").append(long); }""")
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    assert len(sheets) > 2
    for sheet in sheets:
        (foot, mark), (above, _), *_ = heights(sheet)
        assert mark.startswith("取扱注意")
        assert above - foot > 9, "points: a line of its own"


def test_the_skip_link_is_the_first_stop_and_leads_past_the_menu(page: Page) -> None:
    page.goto("/ui/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ")).to_be_focused()
    expect(page.get_by_role("link", name="本文へ")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()
