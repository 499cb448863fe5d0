"""Every pair of colours that meets on a page, measured as WCAG 2.2 measures it."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

TEXT, SHAPE = 4.5, 3.0
TOKENS = Path(finders.find("ui/tokens.css")).read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--ui-([\w-]+): (#[0-9a-f]{6});", TOKENS))
GROUNDS = ("canvas", "paper")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-sub", "ink-hint", "accent", "accent-strong", "error", "danger") for ground in GROUNDS),
    *((state, f"{state}-soft", TEXT) for state in ("ok", "warn", "error", "info", "consent")),
    *((state, "paper", TEXT) for state in ("ok", "warn", "info", "consent")),
    *(("ink", f"{state}-soft", TEXT) for state in ("ok", "warn", "error", "info", "accent", "quiet")),
    ("ink-hint", "accent-soft", TEXT),
    ("ink-sub", "accent-soft", TEXT),
    ("accent", "accent-soft", TEXT),
    ("accent-strong", "accent-line", TEXT),
    ("ink", "guest", TEXT),
    ("ink-sub", "quiet-soft", TEXT),
    ("danger", "error-soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("on-rail", "rail", TEXT),
    ("on-rail", "rail-raised", TEXT),
    ("on-rail-sub", "rail", TEXT),
    ("control-line", "paper", SHAPE),
    ("control-line", "canvas", SHAPE),
    ("focus", "canvas", SHAPE),
    ("focus", "focus-halo", SHAPE),
    ("accent", "canvas", SHAPE),
    ("ok", "canvas", SHAPE),
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_what_is_read_or_found_stands_out_from_its_ground(front: str, ground: str, least: float) -> None:
    assert contrast(COLOURS[front], COLOURS[ground]) >= least


def test_measures_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_components_name_roles_and_never_a_colour_of_their_own() -> None:
    sheet = Path(finders.find("ui/app.css")).read_text(encoding="utf-8")
    screen = sheet.partition("@layer print {")[0]
    own = set(re.findall(r"#[0-9a-fA-F]{3,6}\b(?![^{]*\{)", screen))

    assert own <= {"#fff", "#000"}
    assert set(re.findall(r"var\(--ui-([\w-]+)\)", sheet)) <= set(re.findall(r"--ui-([\w-]+):", TOKENS))
