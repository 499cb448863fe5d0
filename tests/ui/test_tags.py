"""Dates, lists and pieces as pages print them."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from pytest_django import Settings

from ui.parts import Badge, Stage, Tab

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _on_this_day(settings: Settings) -> None:
    settings.AS_OF = TODAY


def printed(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("filter_name", "text"),
    [
        ("wareki", "令和7年11月22日"),
        ("wareki_short", "令和7.11.22"),
        ("wareki_long", "令和7年11月22日（土）"),
        ("wareki_month", "令和7年11月"),
    ],
)
def test_a_day_is_printed_in_the_style_of_its_place(filter_name: str, text: str) -> None:
    assert printed("{{ d|" + filter_name + " }}", d=date(2025, 11, 22)) == text


def test_a_list_leaves_out_this_year() -> None:
    assert printed("{{ d|wareki_short }}", d=date(2026, 2, 3)) == "2月3日"


def test_a_moment_shows_its_hour_in_japan_and_a_mere_day_none() -> None:
    at = datetime(2026, 11, 22, 1, 5, tzinfo=UTC)

    assert printed("{% day at %}", at=at) == '<time datetime="2026-11-22T10:05+09:00">11月22日 10:05</time>'
    assert printed("{% day d %}", d=date(2026, 11, 22)) == '<time datetime="2026-11-22">11月22日</time>'


def test_a_moment_late_at_night_utc_is_the_next_day_in_japan() -> None:
    assert printed("{{ at|wareki }}", at=datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == "令和8年11月23日"


@pytest.mark.parametrize("value", [None, ""])
def test_no_date_prints_nothing(value: object) -> None:
    assert printed("{{ d|wareki }}{{ d|age }}{{ d|distance }}{% day d %}", d=value) == ""


def test_what_is_withheld_says_so_itself() -> None:
    class Withheld:
        def __str__(self) -> str:
            return "（非表示）"

    assert printed("{{ d|wareki }}{% day d %}", d=Withheld()) == "（非表示）（非表示）"


def test_icons_are_silent_and_cannot_be_focused() -> None:
    svg = printed('{% icon "phone" %}')

    assert 'aria-hidden="true"' in svg
    assert 'focusable="false"' in svg


def test_each_form_gets_its_own_key_against_double_submission() -> None:
    assert printed("{% idempotency %}") != printed("{% idempotency %}")


@pytest.mark.parametrize(
    ("due", "words", "tone"),
    [
        (22, "1日超過", "error"),
        (23, "今日まで", "warn"),
        (26, "あと3日", "warn"),
        (27, "あと4日", ""),
    ],
)
def test_a_task_says_how_late_it_is(due: int, words: str, tone: str) -> None:
    html = printed('{% task title="プラン見直し" due=due %}{% endtask %}', due=date(2026, 11, due))

    assert words in html
    assert (f'data-tone="{tone}"' in html) is bool(tone)


def test_sorting_keeps_the_filter_and_returns_to_the_first_page() -> None:
    request = RequestFactory().get("/?stage=plan&page=3&sort=kana")
    html = printed('{% sort_heading "kana" "氏名" %}', request=request)

    assert 'href="?stage=plan&amp;sort=-kana"' in html
    assert 'aria-sort="ascending"' in html


def test_paging_keeps_filter_and_order() -> None:
    request = RequestFactory().get("/?stage=plan&sort=kana&page=2")
    html = printed("{% pager page %}", request=request, page=Paginator(range(120), 50).page(2))

    assert "120件中 51～100件" in html
    assert 'rel="prev" href="?stage=plan&amp;sort=kana&amp;page=1"' in html
    assert 'rel="next" href="?stage=plan&amp;sort=kana&amp;page=3"' in html


def test_a_parameter_is_never_markup() -> None:
    request = RequestFactory().get("/?sort=%22%3E%3Cscript%3E")

    assert "<script>" not in printed('{% sort_heading "kana" "氏名" %}', request=request)


def test_contents_of_a_block_are_escaped_once() -> None:
    assert printed("{% card title %}{{ text }}{% endcard %}", title="<b>", text="<i>").count("&lt;") == 2


def test_a_case_without_a_name_says_so_in_its_heading() -> None:
    assert "<h1>氏名未確認</h1>" in printed('{% identity name="" %}{% endidentity %}')


def test_the_present_stage_and_tab_are_told_without_colour() -> None:
    html = printed(
        "{% stages stages %}{% tabs tabs 'ケース' %}",
        stages=[Stage("受付", "done"), Stage("プラン", "now")],
        tabs=[Tab("概要", "/", current=True)],
    )

    assert 'aria-current="step"' in html
    assert "（いまここ）" in html
    assert "（済）" in html
    assert 'aria-current="page"' in html


def test_a_badge_may_be_made_by_the_view_or_on_the_page() -> None:
    assert printed("{% badge b %}", b=Badge("支援中", "ok")) == printed('{% badge "支援中" "ok" %}')


def test_the_rail_leaves_out_what_the_host_or_the_viewer_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import rail

    monkeypatch.setattr(rail, "_items", {})
    for name, may in (("ui:gallery", True), ("month", False), ("no-such-page", True)):
        rail.register(rail.RailItem(10, name, name, "house", name, lambda request, may=may: may))
    request = RequestFactory().get("/ui/")
    request.urlconf = "tests.ui.urls"
    request.resolver_match = SimpleNamespace(view_name="ui:gallery")  # type: ignore[assignment]

    assert [(shown.item.label, shown.current) for shown in rail.shown_to(request)] == [("ui:gallery", True)]
