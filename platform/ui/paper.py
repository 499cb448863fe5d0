"""Papers: a template becomes a tagged PDF (PDF/UA-1) with our fonts inside, and nothing is fetched from anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from foundation import clock

VARIANT = "pdf/ua-1"
RULES = Path(__file__).with_name("paper.css")


@dataclass(frozen=True)
class Printing:
    """Who prints, and when: every page says so at its foot."""

    printed_by: str
    printed_at: datetime
    mark: str = ""  # of a paper with personal data: who, when, what for, and its number in the trail


class NothingIsFetched(ValueError):
    """A paper named an address. Pictures go inline, as SVG."""


def render_pdf(template: str, context: Mapping[str, Any], *, printed_by: str, mark: str = "") -> bytes:
    """The PDF of a template that extends paper.html.

    Raises NothingIsFetched if the paper refers to anything outside itself.
    """
    printing = Printing(printed_by, clock.now(), mark)
    return pdf_of(render_to_string(template, {**context, "paper": printing}))


def pdf_of(html: str) -> bytes:
    """WeasyPrint takes a second to load, so it is loaded by whoever prints first."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    allowed = frozenset(path.as_uri() for path in faces().values())

    class Refusal(weasyprint.urls.FatalURLFetchingError):
        pass

    class OwnFontsOnly(weasyprint.URLFetcher):
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # Any: WeasyPrint's response
            if url not in allowed:
                raise Refusal(url)
            return super().fetch(url, headers)

    fonts, fetcher = FontConfiguration(), OwnFontsOnly()
    style = weasyprint.CSS(string=style_sheet(), url_fetcher=fetcher, font_config=fonts)
    try:
        paper = weasyprint.HTML(string=html, url_fetcher=fetcher)
        return bytes(paper.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant=VARIANT, pdf_tags=True))
    except Refusal as refusal:
        raise NothingIsFetched(str(refusal)) from refusal


def faces() -> dict[str, Path]:
    """Family to font file, out of the packages that bring them.

    Two families, not two weights of one: the regular file misses signs that fontconfig counts as Japanese, so within
    one family it would always take the bold.
    """
    from noto_cjk_sans_jp_bold import FONT_PATH
    from pylopdf_fonts_jp import sans_path

    return {"Paper JP": Path(sans_path()), "Paper JP Bold": Path(FONT_PATH)}


@cache
def style_sheet() -> str:
    face = '@font-face {{ font-family: "{}"; src: url("{}"); }}'
    return "\n".join([*(face.format(family, path.as_uri()) for family, path in faces().items()), RULES.read_text(encoding="utf-8")])
