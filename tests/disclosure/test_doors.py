"""Nobody walks around the doors: who imports what, over the whole tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from disclosure import registrations
from vault.fields import SealedField, sealed_fields

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("platform", "tenants", "casework", "network", "api", "config", "deploy")


def modules() -> Iterator[Path]:
    for source in SOURCES:
        yield from sorted((ROOT / source).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Every module named in the file, `from a import b` as both `a` and `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def importers(module: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in modules() if module in imported(path)}


def test_only_disclosure_opens() -> None:
    assert importers("vault.opening") == {"platform/disclosure/gate.py"}


def test_only_the_door_of_contents_opens_what_lies_in_files() -> None:
    assert importers("vault.pieces") == {"platform/disclosure/contents.py"}


def test_only_the_trail_touches_its_lines() -> None:
    assert importers("audit.models") == {"platform/audit/trail.py", "platform/audit/reading.py", "platform/audit/heads.py"}


def test_only_the_vault_unseals() -> None:
    outside = {name for module in ("vault.sealing", "vault.root", "vault.ring") for name in importers(module)}
    assert {name for name in outside if not name.startswith("platform/vault/")} == set()


@pytest.mark.parametrize("private", ["_fresh", "open_values", "open_rows", "audit_append"])
def test_no_other_module_reaches_inside(private: str) -> None:
    allowed = ("platform/vault/", "platform/audit/", "platform/disclosure/gate.py")
    found = {
        str(path.relative_to(ROOT))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr == private) or (isinstance(node, ast.Name) and node.id == private)
    }
    assert {name for name in found if not name.startswith(allowed)} == set()


def test_the_seeing_layers_ask_no_rule_to_open_for_them() -> None:
    """`compute` is for rules and jobs: a view or a serializer that used it would show what nobody allowed."""
    shown = {"views.py", "serializers.py", "viewsets.py", "papers.py", "context.py"}
    users = {
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name in shown or path.name.startswith("views_")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "compute"
    }
    assert users == set()


def test_every_model_with_sealed_fields_is_registered_with_the_gate_or_opened_by_rules_alone() -> None:
    by_rules_alone = {"cases.Revision"}
    unregistered = {model._meta.label for model in apps.get_models() if sealed_fields(model) and model not in registrations.registered()}
    assert unregistered - by_rules_alone == set()


def test_what_is_sealed_belongs_to_a_centre() -> None:
    """No sealed column, and so nothing of a client, in the schema that all centres share."""
    from django.conf import settings

    shared = {apps.get_app_config(label.rpartition(".")[2]).label for label in settings.SHARED_APPS if label not in settings.TENANT_APPS}
    assert {
        field.model._meta.label for model in apps.get_models() for field in model._meta.fields if isinstance(field, SealedField)
    } != set()
    assert {model._meta.label for model in apps.get_models() if sealed_fields(model) and model._meta.app_label in shared} == set()
