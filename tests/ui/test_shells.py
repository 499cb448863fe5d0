"""The frames around every page."""

import pytest
from django.template import engines
from django.template.loader import render_to_string

from tests.ui.conftest import gallery_request
from ui import rail

PAGE = "{% extends shell %}{% block title %}見本{% endblock %}{% block content %}<h1>見本</h1>{% endblock %}"


def framed(shell: str) -> str:
    return str(engines["django"].from_string(PAGE).render({"shell": shell}, gallery_request()))


@pytest.mark.usefixtures("rail_items")
@pytest.mark.parametrize("shell", ["base.html", "guest.html", "headquarters.html", "base_plain.html"])
def test_a_frame_has_one_heading_one_main_part_and_a_title(shell: str) -> None:
    html = framed(shell)

    assert html.count("<h1") == 1
    assert html.count('id="main"') == 1
    assert "<title>見本｜つなぎ帖</title>" in html
    assert '<html lang="ja">' in html


@pytest.mark.usefixtures("rail_items")
@pytest.mark.parametrize("shell", ["base.html", "guest.html", "headquarters.html"])
def test_whoever_is_signed_in_finds_the_way_past_the_menu_and_the_way_out(shell: str) -> None:
    html = framed(shell)

    assert 'href="#main"' in html
    assert 'action="/logout/"' in html


@pytest.mark.usefixtures("rail_items")
def test_a_guest_is_told_what_she_sees_and_gets_no_search() -> None:
    html = framed("guest.html")

    assert "共有された範囲だけ" in html
    assert 'role="search"' not in html


def test_an_answer_is_framed_without_knowing_who_asked() -> None:
    html = render_to_string("base_plain.html")

    assert "つなぎ帖" in html
    assert "サインアウト" not in html


@pytest.mark.usefixtures("rail_items")
def test_search_sends_names_in_the_body_only() -> None:
    html = framed("base.html")

    assert 'role="search" action="/search/" method="post"' in html


@pytest.mark.usefixtures("rail_items")
def test_who_may_not_search_is_offered_no_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rail, "_searchers", [lambda request: False])

    html = framed("base.html")

    assert 'role="search"' not in html
    assert "人を探す" not in html


@pytest.mark.usefixtures("rail_items")
def test_htmx_keeps_no_page_and_runs_no_script_of_an_answer() -> None:
    html = framed("base.html")

    for setting in ('"historyCacheSize":0', '"allowScriptTags":false', '"allowEval":false', '"code":"422","swap":true'):
        assert setting in html
    assert 'hx-history="false"' in html
