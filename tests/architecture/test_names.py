"""The folder platform/ is a source root, and our names are ours."""

import importlib
import platform
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    "config",
    "tenants",
    "casework",
    "network",
    "api",
    "deploy",
    "accounts",
    "audit",
    "disclosure",
    "exports",
    "foundation",
    "headquarters",
    "jobs",
    "ui",
    "vault",
)


def test_platform_is_the_standard_librarys() -> None:
    assert Path(platform.__file__).is_relative_to(sysconfig.get_paths()["stdlib"])
    assert not (ROOT / "platform" / "__init__.py").exists()


@pytest.mark.parametrize("name", OURS)
def test_a_name_of_ours_resolves_to_our_tree(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)
    assert ".venv" not in Path(module.__file__).parts
