"""Pictures of figures as SVG text: drawn on the server, the same on the page and on paper.

Colours are literal (an SVG in a PDF knows no custom properties) and nothing is told by colour alone: bars carry their
figures, lines carry their names. Links to the records stand in the table beside the picture, since an image has no parts
that a keyboard could reach.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.utils.safestring import SafeString, mark_safe

INK, INK_SUB, LINE = "#333333", "#4d4d4d", "#cccccc"
BAR = "#0055ad"
SERIES = ("#0055ad", "#fb5b01", "#259d63", "#a565f8", "#927200", "#8b008b")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 3])
FONT = "Paper JP, Noto Sans JP, Noto Sans CJK JP, sans-serif"  # the first is known to papers only
WIDTH = 460  # half the content of a 1366 px screen
ROW = 30
HEIGHT, NAME_HEIGHT = 220, 20


def bar_chart(rows: Sequence[tuple[str, int]], *, title: str, description: str, unit: str = "件", width: int = WIDTH) -> SafeString:
    """Horizontal bars in the order given, each with its figure."""
    return finished(_bars(tuple(rows), unit, width), title, description)


def month_chart(rows: Sequence[tuple[str, int]], *, title: str, description: str, unit: str = "件", width: int = WIDTH) -> SafeString:
    """Vertical bars, one a month, each with its figure."""
    return finished(_months(tuple(rows), unit, width), title, description, over_time=True)


def line_chart(
    rows: Sequence[tuple[str, Mapping[str, int]]], *, title: str, description: str, unit: str = "件", width: int = WIDTH
) -> SafeString:
    """One line for each name over the months, at most six, each named at its end. A missing figure leaves a gap."""
    points = tuple((month, name, value) for month, values in rows for name, value in values.items())
    return finished(_lines(tuple(month for month, _ in rows), points, unit, width), title, description, over_time=True)


def finished(svg: str, title: str, description: str, *, over_time: bool = False) -> SafeString:
    """The drawing with its role and its names; one over time opens at its newest end where a screen is too narrow for the whole."""
    body = svg[svg.index(">") + 1 :]
    head = svg[: svg.index(">")] + (' data-over-time=""' if over_time else "")
    label = quoteattr(f"{title}。{description}")
    return mark_safe(f'{head} role="img" aria-label={label}><title>{escape(title)}</title><desc>{escape(description)}</desc>{body}')  # noqa: S308  every text in it is escaped


@cache
def drawing() -> tuple[Any, Any]:  # Any: two modules, loaded only when something is drawn
    import altair
    import vl_convert
    from pylopdf_fonts_jp import sans_path

    vl_convert.register_font_directory(str(sans_path().parent))
    return altair, vl_convert


def rendered(chart: Any) -> str:
    """Vega-Lite to SVG text without inline styles, which the page's policy would refuse, and without roles of its own parts."""
    _, vl_convert = drawing()
    configured = chart.configure(background="transparent", font=FONT, aria=False, padding=4).configure_view(stroke=None)
    svg = vl_convert.vegalite_to_svg(configured.to_dict())
    return re.sub(r' (?:role|aria-\w+|class|style)="[^"]*"', "", svg)


def axis_style(**more: Any) -> dict[str, Any]:
    return {"title": None, "labelColor": INK_SUB, "labelFontSize": 14, "domainColor": LINE, "ticks": False, "grid": False, **more}


@lru_cache(maxsize=256)
def _bars(rows: tuple[tuple[str, int], ...], unit: str, width: int) -> str:
    alt, _ = drawing()
    data = alt.Data(values=[{"name": name, "value": value, "shown": f"{value:,}{unit}"} for name, value in rows])
    names = [name for name, _ in rows]
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", sort=names, axis=alt.Axis(**axis_style(labelLimit=220, labelPadding=8))),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(zero=True, domainMax=ceiling(rows))),
    )
    bars = base.mark_bar(color=BAR, height=16, cornerRadiusEnd=2)
    figures = base.mark_text(align="left", dx=6, color=INK, fontSize=14).encode(text="shown:N")
    label_width = min(220, 14 * max((len(name) for name in names), default=0))
    return rendered((bars + figures).properties(width=width - label_width - 30, height=ROW * max(len(rows), 1)))


@lru_cache(maxsize=256)
def _months(rows: tuple[tuple[str, int], ...], unit: str, width: int) -> str:
    alt, _ = drawing()
    data = alt.Data(values=[{"name": name, "value": value, "shown": f"{value:,}"} for name, value in rows])
    base = alt.Chart(data).encode(
        x=alt.X("name:N", sort=[name for name, _ in rows], axis=alt.Axis(**axis_style(labelAngle=0, labelPadding=6))),
        y=alt.Y("value:Q", axis=None, scale=alt.Scale(zero=True, domainMax=ceiling(rows))),
    )
    bars = base.mark_bar(color=BAR, width=24, cornerRadiusEnd=2)
    figures = base.mark_text(baseline="bottom", dy=-4, color=INK, fontSize=14).encode(text="shown:N")
    unit_note = alt.Chart(alt.Data(values=[{"note": f"（{unit}）"}])).mark_text(
        align="left", baseline="top", x=0, y=-14, color=INK_SUB, fontSize=14
    )
    return rendered((bars + figures + unit_note.encode(text="note:N")).properties(width=width - 20, height=200))


@lru_cache(maxsize=256)
def _lines(months: tuple[str, ...], points: tuple[tuple[str, str, int], ...], unit: str, width: int) -> str:
    alt, _ = drawing()
    names = list(dict.fromkeys(name for _, name, _ in points))
    last = {name: month for month, name, _ in points}
    places = spread({name: value for _, name, value in points}, gap=max((value for *_, value in points), default=0) * NAME_HEIGHT / HEIGHT)
    values = [
        {"month": month, "name": name, "value": value, "place": places[name], "end": last[name] == month} for month, name, value in points
    ]
    axis = alt.Axis(**axis_style(grid=True, gridColor="#e6e6e6", tickCount=4, tickMinStep=1, format=",d", domain=False))
    height = {"axis": axis, "scale": alt.Scale(zero=True)}
    colour = alt.Color("name:N", sort=names, legend=None, scale=alt.Scale(domain=names, range=list(SERIES[: len(names)])))
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("month:N", sort=list(months), axis=alt.Axis(**axis_style(labelAngle=0, labelPadding=6)), scale=alt.Scale(type="point")),
        y=alt.Y("value:Q", **height),
        color=colour,
    )
    dash = alt.StrokeDash("name:N", sort=names, legend=None, scale=alt.Scale(domain=names, range=list(DASHES[: len(names)])))
    lines = base.mark_line(strokeWidth=2.5).encode(strokeDash=dash)
    dots = base.mark_point(filled=True, size=36, opacity=1)
    ends = base.transform_filter("datum.end").mark_text(align="left", dx=8, fontSize=14).encode(text="name:N", y=alt.Y("place:Q", **height))
    return rendered((lines + dots + ends).properties(width=width - 190, height=HEIGHT))


def spread(ends: Mapping[str, int], *, gap: float) -> dict[str, float]:
    """How high each name stands beside the end of its line: at its figure, or below a name that stands there already."""
    places: dict[str, float] = {}
    free = float("inf")
    for name, figure in sorted(ends.items(), key=lambda end: -end[1]):
        places[name] = min(figure, free)
        free = places[name] - gap
    below = max(0.0, -min(places.values(), default=0.0))
    return {name: place + below for name, place in places.items()}


def ceiling(rows: Sequence[tuple[str, int]]) -> int:
    """Room for the figure at the end of the longest bar; one where all are nought, so that nought draws nothing."""
    highest = max((value for _, value in rows), default=0)
    return max(1, round(highest * 1.15))
