"""The glossary names what is in the code, and the code's models are in the glossary."""

import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ["config", "api", "tenants", "casework", "network", "platform"]
OUTSIDE = {"monthly report"}  # two words, said and not typed
UNSPOKEN = {  # rows of our own machinery, which nobody in a centre speaks of
    "ApiToken",
    "CaseCounter",
    "ImportReference",
    "ImportedLine",
    "Job",
    "MigrationSql",
    "RepeatableRequest",
    "SchemaState",
    "TemplateRecord",
}


def glossary() -> set[str]:
    """The identifiers of the second column."""
    rows = [line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row[2])}


def test_every_word_of_the_glossary_stands_in_the_code():
    files = [path for package in SOURCES for path in (ROOT / package).rglob("*") if path.suffix in {".py", ".json", ".html"}]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)

    assert [name for name in sorted(glossary() - OUTSIDE) if not re.search(rf"(?<![A-Za-z]){name}", code)] == []


def test_every_model_people_speak_of_is_in_the_glossary():
    ours = {model.__name__ for model in apps.get_models() if model.__module__.split(".")[0] in {*SOURCES, *own_packages()}}

    assert sorted(ours - glossary() - UNSPOKEN) == []


def own_packages() -> set[str]:
    return {path.parent.name for path in (ROOT / "platform").glob("*/__init__.py")}
