"""A list or parameter that the code asks for by name has to exist in the data: a typing mistake would show only on its page."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.oversight.rules import Limits

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "platform" / "foundation" / "data"
PACKAGES = ["config", "api", "tenants", "casework", "network", "platform"]
CODE_FUNCTIONS = {"choices", "grouped_choices", "label", "short_label", "labels", "is_sensitive", "check", "wording", "valid"}


def calls(module: str, functions: set[str]) -> Iterator[tuple[str, str]]:
    """Each literal first argument of `module.function(…)` in the source, with where it stands."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                    continue
                named = isinstance(node.func.value, ast.Name) and node.func.value.id == module and node.func.attr in functions
                if named and isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value, f"{path.relative_to(ROOT)}:{node.lineno}"


def names_in(file: str) -> set[str]:
    return {row["name"] for row in json.loads((DATA / file).read_text(encoding="utf-8"))}


def test_every_code_list_asked_for_in_python_exists():
    asked = list(calls("codes", CODE_FUNCTIONS))

    assert asked
    assert [where for name, where in asked if name not in names_in("codes.json")] == []


def test_every_parameter_asked_for_exists():
    asked = list(calls("parameters", {"get"}))

    assert asked
    assert [where for name, where in asked if name not in names_in("parameters.json")] == []


def test_every_parameter_is_read_by_some_rule():
    sources = [path.read_text(encoding="utf-8") for package in PACKAGES for path in (ROOT / package).rglob("*.py")]

    unread = {name for name in names_in("parameters.json") if not any(f'"{name}"' in source for source in sources)}
    assert unread - {f"oversight.{field}" for field in Limits._fields} == set()  # read by the names of their places


@pytest.mark.parametrize("tag", ["code_label", "code_labels"])
def test_every_code_list_asked_for_in_a_template_exists(tag):
    templates = [path for package in PACKAGES for path in (ROOT / package).rglob("*.html")]
    asked = [(name, path) for path in templates for name in re.findall(rf'{{% {tag} "([^"]+)"', path.read_text(encoding="utf-8"))]

    assert [(name, str(path)) for name, path in asked if name not in names_in("codes.json")] == []


def test_codes_fit_the_columns_that_keep_them():
    lists = json.loads((DATA / "codes.json").read_text(encoding="utf-8"))

    assert max(len(code["code"]) for row in lists for code in row["codes"]) <= 40
