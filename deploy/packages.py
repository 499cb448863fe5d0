"""What of other people's code may be installed: named, pinned to one version, with the digests of its files, and not from anywhere (B55)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REFUSED = {
    "ja-core-news-sm": "a squatted name: the model of spaCy is not published under it",
    "ja-core-news-md": "a model of spaCy that is not published under this name: whoever takes it first is not its author",
    "ja-core-news-lg": "a model of spaCy that is not published under this name: whoever takes it first is not its author",
    "ja-core-news-trf": "a model of spaCy that is not published under this name: whoever takes it first is not its author",
}
ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|-i\s")
FROM_ELSEWHERE = re.compile(r"^(-e\b|--editable\b|-r\b|-c\b|\.{0,2}/|file:|(git|hg|svn|bzr)\+)|\s@\s*\S|@\s*(file|https?|git\+|hg\+|svn\+)")
PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[A-Za-z0-9,._ -]+\])?==(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*)(\s*;[^\n]*?)?"
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
QUOTED = re.compile(r'^\s*"([^"]+)",?\s*(#.*)?$')


class Requirement(NamedTuple):
    name: str
    version: str
    hashes: tuple[str, ...]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lines(text: str) -> Iterator[str]:
    """Logical lines: continued ones joined, without comments."""
    for line in text.replace("\\\n", " ").splitlines():
        plain = re.sub(r"(^|\s)#.*", "", line).strip()
        if plain:
            yield plain


def requirement(line: str) -> Requirement | None:
    """None for whatever is not exactly one name, one version and at least one SHA-256."""
    head, *rest = re.split(r"\s+(?=--hash=)", line)
    pinned, hashes = PINNED.fullmatch(head.strip()), [HASH.fullmatch(one.strip()) for one in rest]
    if pinned is None or not hashes or not all(hashes):
        return None
    return Requirement(normal(pinned["name"]), pinned["version"], tuple(one[1] for one in hashes if one))


def complaints_of_lock(text: str) -> Iterator[str]:
    for line in lines(text):
        short = line[:100]
        if ADDRESS.search(line):
            yield f"names an address: {short}"
        elif FROM_ELSEWHERE.search(line):
            yield f"comes from elsewhere than the registry: {short}"
        elif requirement(line) is None:
            yield f"is not pinned with hashes: {short}"
        yield from refused(line)


def complaints_of_project(text: str) -> Iterator[str]:
    """pyproject.toml names what we want; the versions stand in the locks."""
    for line in text.splitlines():
        wanted = QUOTED.match(line)
        if wanted and FROM_ELSEWHERE.search(wanted[1]):
            yield f"comes from elsewhere than the registry: {wanted[1]}"
        if wanted:
            yield from refused(wanted[1])


def refused(wanted: str) -> Iterator[str]:
    name = normal(re.split(r"[^A-Za-z0-9._-]", wanted.strip(), maxsplit=1)[0])
    if name in REFUSED:
        yield f"{name}: {REFUSED[name]}"


def complaints(root: Path) -> Iterator[str]:
    """Of every file that says what is installed."""
    yield from (f"pyproject.toml: {complaint}" for complaint in complaints_of_project((root / "pyproject.toml").read_text()))
    for path in sorted((root / "requirements").iterdir()):
        if path.suffix == ".txt":
            yield from (f"{path.name}: {complaint}" for complaint in complaints_of_lock(path.read_text()))
        else:
            yield from (f"{path.name}: {complaint}" for line in lines(path.read_text()) for complaint in complaints_of_source(line))


def complaints_of_source(line: str) -> Iterator[str]:
    if ADDRESS.search(line) or FROM_ELSEWHERE.search(line):
        yield f"comes from elsewhere than the registry: {line}"
    yield from refused(line)
