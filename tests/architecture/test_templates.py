"""Templates under the page's policy: no script without the nonce, no script or style within the page, nothing unescaped."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path
    for folder in ("platform", "casework", "network")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".html", ".svg"} and "templates" in path.parts
)
TAGS = re.compile(r"<script\b[^>]*>")
NONCE = 'nonce="{{ CSP_NONCE }}"'
REFUSED = {
    "a handler": re.compile(r"""<[^>]*\son[a-z]+\s*=\s*["'{]"""),
    "an inline style": re.compile(r"<[^>]*\sstyle\s*="),
    "an address that is script": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped text": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b"),
}


def complaints(text: str) -> list[str]:
    found = [f"a script without nonce: {tag}" for tag in TAGS.findall(text) if NONCE not in tag or "src=" not in tag]
    return found + [what for what, pattern in REFUSED.items() if pattern.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_keeps_the_pages_policy(path: Path) -> None:
    """B43"""
    assert complaints(path.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>", '<script src="x.js"></script>', f"<script {NONCE}>x</script>", '<p onclick="x">', '<p style="x">',
        '<a href="javascript:x">', "{{ word|safe }}", "{% autoescape off %}",
    ],
)  # fmt: skip
def test_the_check_sees_what_it_is_for(text: str) -> None:
    assert complaints(text)
