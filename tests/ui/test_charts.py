"""Pictures of figures, as they stand in a page and in a paper."""

from xml.etree import ElementTree

import pytest

from ui.charts import bar_chart, line_chart, month_chart, spread

ROWS = [("家賃・住まい", 12), ("仕事 <b>& なし", 1234)]
LINES = [("4月", {"みなと": 12, "いそじ": 8}), ("5月", {"みなと": 9}), ("6月", {"みなと": 15, "いそじ": 7})]


@pytest.fixture(params=["bars", "months", "lines"])
def svg(request: pytest.FixtureRequest) -> str:
    made = {
        "bars": lambda: bar_chart(ROWS, title="困りごと", description="二つだけ。"),
        "months": lambda: month_chart(ROWS, title="困りごと", description="二つだけ。"),
        "lines": lambda: line_chart(LINES, title="困りごと", description="二つだけ。"),
    }
    return made[request.param]()


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_a_chart_is_one_image_with_a_name_and_a_description(svg: str) -> None:
    root = ElementTree.fromstring(svg)

    assert root.get("role") == "img"
    assert root.get("aria-label") == "困りごと。二つだけ。"
    assert svg.count("aria-") == 1
    assert svg.count("role=") == 1


def test_a_chart_needs_nothing_from_the_page(svg: str) -> None:
    assert "style=" not in svg
    assert "class=" not in svg
    assert "var(" not in svg


def test_bars_carry_their_figures_and_start_at_nought() -> None:
    assert {"家賃・住まい", "12件", "仕事 <b>& なし", "1,234件"} <= set(texts(bar_chart(ROWS, title="t", description="d")))


def test_lines_are_named_at_their_ends_and_differ_without_colour() -> None:
    svg = line_chart(LINES, title="t", description="d")

    assert {"みなと", "いそじ", "4月", "6月"} <= set(texts(svg))
    assert "stroke-dasharray" in svg


MARKUP = "</text></svg><script>alert(1)</script><a href='javascript:alert(1)' onload='alert(1)'>&lt;b&gt;"


@pytest.mark.parametrize("chart", ["bars", "months", "lines"])
def test_markup_in_a_chart_stays_its_words(chart: str) -> None:
    """B43: in names of bars and lines, in the title and in the description."""
    made = {
        "bars": lambda: bar_chart([(MARKUP, 1)], title=MARKUP, description=MARKUP),
        "months": lambda: month_chart([(MARKUP, 1)], title=MARKUP, description=MARKUP),
        "lines": lambda: line_chart([(MARKUP, {MARKUP: 1}), ("5月", {MARKUP: 2})], title=MARKUP, description=MARKUP),
    }
    svg = made[chart]()

    nodes = list(ElementTree.fromstring(svg).iter())
    assert {node.tag.rpartition("}")[2] for node in nodes} <= {
        "svg",
        "title",
        "desc",
        "g",
        "path",
        "text",
        "rect",
        "line",
        "defs",
        "clipPath",
        "tspan",
    }
    assert not [name for node in nodes for name in node.attrib if name.startswith("on") or name.endswith("href")]
    assert nodes[0].get("aria-label") == f"{MARKUP}。{MARKUP}"


def test_few_people_are_never_counted_in_fractions() -> None:
    svg = line_chart([("4月", {"みなと": 0}), ("5月", {"みなと": 1})], title="t", description="d")

    assert [text for text in texts(svg) if "." in text] == []


def test_nothing_counted_is_a_chart_too() -> None:
    assert "0件" in texts(bar_chart([("家賃", 0)], title="t", description="d"))
    assert texts(bar_chart([], title="t", description="d")) == []


def test_names_at_the_same_height_stand_apart() -> None:
    assert spread({"みなと": 16, "いそじ": 16, "なぎさ": 15}, gap=2) == {"みなと": 16, "いそじ": 14, "なぎさ": 12}
    assert spread({"みなと": 0, "いそじ": 0}, gap=2) == {"みなと": 2, "いそじ": 0}
    assert spread({"みなと": 9, "いそじ": 3}, gap=2) == {"みなと": 9, "いそじ": 3}

    same = line_chart([("4月", {"みなと": 5, "いそじ": 5, "なぎさ": 5})], title="t", description="d")
    group = "{http://www.w3.org/2000/svg}text"
    heights = {
        node.text: node.get("transform") for node in ElementTree.fromstring(same).iter(group) if node.text in {"みなと", "いそじ", "なぎさ"}
    }
    assert len(set(heights.values())) == 3
