"""Papers as PDF."""

import io
from contextlib import suppress
from datetime import date

import pytest
import weasyprint
from django.template import engines
from pypdf import PdfReader
from pytest_django import Settings

from ui import paper
from ui.charts import bar_chart
from ui.paper import NothingIsFetched, pdf_of, render_pdf

SOURCE = """{% extends "paper.html" %}{% block title %}支援プラン{% endblock %}{% block form_name %}様式4{% endblock %}
{% block body %}<h1>支援プラン</h1><p>港 太郎 髙﨑𠮷 {{ word }}</p>{{ svg }}<p>終わり</p>{% endblock %}"""


@pytest.fixture
def reader(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> PdfReader:
    settings.AS_OF = date(2026, 11, 23)
    template = engines["django"].from_string(SOURCE)
    monkeypatch.setattr(paper, "render_to_string", lambda name, context: template.render(context))
    svg = bar_chart([("家賃", 12)], title="困りごと", description="一つ。")
    return PdfReader(
        io.BytesIO(render_pdf("made/here.html", {"word": "<a href=javascript:alert(1)>x</a><b>", "svg": svg}, printed_by="山田 花"))
    )


def test_a_paper_says_what_it_is_who_printed_it_and_when(reader: PdfReader) -> None:
    text = reader.pages[0].extract_text()

    for words in ("取扱注意", "様式4", "印刷：山田 花", "令和8年11月23日（月）", "1 / 1 頁", "港 太郎 髙﨑𠮷", "12件", "終わり"):
        assert words in text, words
    assert text.count("取扱注意") == 1


def test_a_paper_is_tagged_named_and_japanese(reader: PdfReader) -> None:
    root = reader.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  pypdf's own truth
    assert root["/Lang"] == "ja"
    assert reader.metadata is not None
    assert reader.metadata.title == "支援プラン"


def test_a_paper_brings_its_own_fonts(reader: PdfReader) -> None:
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
    names = {font["/BaseFont"].split("+")[1] for font in fonts}

    assert {name.split(",")[0] for name in names} == {"Paper-JP", "Paper-JP-Bold"}
    assert all("/FontFile3" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts)


def test_markup_in_a_paper_stays_its_words_and_nothing_in_it_can_be_followed_or_run(reader: PdfReader) -> None:
    """B43: no link, no script, no form, nothing attached."""
    assert "<a href=javascript:alert(1)>x</a><b>" in reader.pages[0].extract_text().replace("\n", "")
    assert "/Annots" not in reader.pages[0]
    assert not {"/OpenAction", "/AA", "/AcroForm", "/Names"} & set(reader.trailer["/Root"])
    assert not any(key in {"/JS", "/JavaScript", "/URI", "/Launch", "/EmbeddedFile"} for key in keys_of(reader))


def keys_of(reader: PdfReader) -> set[str]:
    objects = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    return {key for each in objects if isinstance(each, dict) for key in each}


ADDRESSES = (
    "http://example.com/x.png",
    "https://example.com/x",
    "file:///etc/hostname",
    "data:image/png;base64,iVBORw0KGgo=",
)
PLACES = (
    '<img alt="x" src="{}">',
    '<p style="background: url({})">x</p>',
    '<link rel="stylesheet" href="{}">',
    '<style>@import url("{}");</style>',
    '<object data="{}"></object>',
    '<svg role="img"><image href="{}"/></svg>',
    '<link rel="attachment" href="{}">',
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_paper_fetches_nothing(address: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """B45: neither another machine's page nor a file of this one nor what hides in the address itself."""
    fetched: list[str] = []
    fetch = weasyprint.URLFetcher.fetch
    monkeypatch.setattr(weasyprint.URLFetcher, "fetch", lambda self, url, *rest: fetched.append(url) or fetch(self, url, *rest))
    with suppress(NothingIsFetched):  # some places are only left empty
        pdf_of(f'<html lang="ja"><title>x</title><body>{place.format(address)}')
    assert set(fetched) <= {path.as_uri() for path in paper.faces().values()}


@pytest.mark.parametrize("address", ["http://example.com/x.png", "file:///etc/hostname", "data:image/png;base64,iVBORw0KGgo="])
def test_an_address_in_a_paper_is_an_error(address: str) -> None:
    with pytest.raises(NothingIsFetched):
        pdf_of(f'<html lang="ja"><title>x</title><img alt="x" src="{address}">')


def test_body_text_is_regular_and_headings_are_bold() -> None:
    pdf = PdfReader(io.BytesIO(pdf_of('<html lang="ja"><title>x</title><h1>見出し</h1><p>本文</p>')))
    faces: dict[str, str] = {}

    def note(text: str, _: object, __: object, font: dict[str, str] | None, ___: float) -> None:
        if font and text.strip():
            faces[text.strip()] = font["/BaseFont"]

    pdf.pages[0].extract_text(visitor_text=note)

    assert "Bold" in faces["見出し"]
    assert "Bold" not in faces["本文"]
