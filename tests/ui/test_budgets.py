"""What a first visit has to carry."""

import gzip
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test.utils import override_settings

from tests.ui.conftest import gallery_request
from ui.views import gallery

CSS, JS, REQUESTS = 20_000, 45_000, 14


def packed(name: str) -> int:
    return len(gzip.compress(Path(finders.find(name)).read_bytes(), 9))


def scripts() -> list[Path]:
    return sorted((Path(finders.find("ui/app.css")).parent / "js").glob("*.js"))


def test_styles_stay_small() -> None:
    assert packed("ui/tokens.css") + packed("ui/app.css") <= CSS


def test_scripts_stay_small() -> None:
    assert packed("django_htmx/htmx-2.min.js") + sum(packed(f"ui/js/{path.name}") for path in scripts()) <= JS


def test_a_script_has_one_subject_and_fits_a_screen_or_two() -> None:
    assert {path.name: lines for path in scripts() if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 80} == {}


@override_settings(ROOT_URLCONF="tests.ui.urls")
def test_a_page_asks_for_few_files_and_only_for_those_of_its_own_host() -> None:
    html = gallery(gallery_request()).content.decode()

    assert html.count("<script ") + html.count("<link ") + 1 <= REQUESTS
    assert "http://" not in html.replace("http://www.w3.org/", "")
    assert "https://" not in html


@override_settings(ROOT_URLCONF="tests.ui.urls")
def test_no_page_needs_inline_script_or_style() -> None:
    html = gallery(gallery_request()).content.decode()

    assert " style=" not in html
    assert "<style" not in html
    assert "<script>" not in html
    assert " onclick=" not in html
