import subprocess
from pathlib import Path

import pytest

from deploy import check, packages, sbom

GOOD = "django==5.2.19 \\\n    --hash=sha256:" + "0a" * 32 + "\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "pyproject.toml").write_text('dependencies = [\n  "django>=5.2",\n]\n')
    (tmp_path / "requirements" / "demo.txt").write_text(GOOD)
    monkeypatch.setattr(check, "ROOT", tmp_path)
    return tmp_path


def test_a_clean_checkout_has_nothing_to_refuse(checkout: Path) -> None:
    assert list(check.refused_files()) == []
    assert list(check.refused_packages()) == []


@pytest.mark.parametrize(
    "path",
    [
        "platform/__init__.py",
        "platform/ui/static/htmx.min.js",
        "vendor/chart.js",
        "uv.lock",
        "casework/cases/services.py",
        "platform/ui/static/NotoSansJP.woff2",
    ],
)
def test_a_forbidden_file_is_named(checkout: Path, path: str) -> None:
    (checkout / path).parent.mkdir(parents=True, exist_ok=True)
    (checkout / path).write_text("")

    assert [line.partition(":")[0] for line in set(check.refused_files())] == [path]


def test_platform_as_a_package_is_refused_even_when_git_ignores_it(checkout: Path) -> None:
    (checkout / ".gitignore").write_text("/platform/__init__.py\n")
    (checkout / "platform").mkdir()
    (checkout / "platform" / "__init__.py").write_text("")

    assert any("platform/__init__.py" in line for line in check.refused_files())


def test_a_large_file_is_refused(checkout: Path) -> None:
    (checkout / "dump.csv").write_bytes(b"x" * 400_001)

    assert list(check.refused_files()) == ["dump.csv: larger than 400 kB"]


def test_a_squatted_package_and_an_address_of_a_registry_are_refused(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text('dependencies = [\n  "ja_core_news_sm>=3",\n]\n')
    (checkout / "requirements" / "demo.txt").write_text("--index-url https://registry.invalid/simple\n")

    complaints = list(check.refused_packages())

    assert any("ja-core-news-sm" in line for line in complaints)
    assert any("names an address" in line for line in complaints)


HASHED = " --hash=sha256:" + "0a" * 32
BAD = {
    "django": "is not pinned", "django==5.2.19": "is not pinned", "django>=5.2" + HASHED: "is not pinned", "django==5.*" + HASHED: "is not pinned",
    "django==5.2.19 --hash=md5:" + "0a" * 16: "is not pinned", "django==5.2.19 --hash=sha256:00": "is not pinned",
    "django==5.2.19" + HASHED + " --hash=sha256:": "is not pinned",
    "-e .": "comes from elsewhere", "--editable ./django": "comes from elsewhere", "./django": "comes from elsewhere",
    "../django.whl" + HASHED: "comes from elsewhere", "file:///tmp/django.whl" + HASHED: "comes from elsewhere", "-r other.txt": "comes from elsewhere",
    "django @ git+ssh://example.invalid/x": "comes from elsewhere", "git+ssh://example.invalid/x#egg=django": "comes from elsewhere",
    "django @ https://example.invalid/django.whl" + HASHED: "names an address", "--extra-index-url x": "names an address",
    "--find-links x": "names an address", "--trusted-host x": "names an address",
    "ja_core_news_sm==3.7.0" + HASHED: "ja-core-news-sm", "JA.Core-News_Lg==3.7.0" + HASHED: "ja-core-news-lg",
}  # fmt: skip


@pytest.mark.parametrize("line", BAD)
def test_nothing_is_installed_that_is_not_pinned_hashed_and_of_the_registry(checkout: Path, line: str) -> None:
    """B55"""
    (checkout / "requirements" / "demo.txt").write_text(GOOD + line + "\n")
    assert any(BAD[line] in complaint for complaint in check.refused_packages())


@pytest.mark.parametrize("wanted", ["x @ git+ssh://example.invalid/x", "./x", "ja_core_news_trf"])
def test_nor_is_it_asked_for(checkout: Path, wanted: str) -> None:
    """B55"""
    (checkout / "pyproject.toml").write_text(f'dependencies = [\n  "{wanted}",\n]\n')
    assert list(check.refused_packages())


def test_our_own_locks_hold() -> None:
    """B55: and every one of them says something."""
    root = Path(check.__file__).resolve().parents[1]
    assert list(packages.complaints(root)) == []
    for path in (root / "requirements").glob("*.txt"):
        assert [packages.requirement(line) for line in packages.lines(path.read_text())].count(None) == 0


def test_the_bill_of_materials_names_every_package_of_the_lock() -> None:
    root = Path(check.__file__).resolve().parents[1]
    lock = (root / "requirements" / "production.txt").read_text()
    bill = sbom.bill_of(lock)
    assert len(bill["components"]) == len(list(packages.lines(lock))) > 50
    django = next(one for one in bill["components"] if one["name"] == "django")
    assert django["purl"].startswith("pkg:pypi/django@5.2")
    assert all(len(digest["value"]) == 64 for digest in django["properties"])


def test_a_tool_that_is_not_installed_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PROGRAMS", tmp_path)

    assert check.run("ruff", "check") == ["ruff がありません。python3 -m deploy.setup test を実行してください。"]


def test_the_standard_library_keeps_its_platform_and_our_packages_are_ours() -> None:
    import platform

    import audit
    import config
    import network

    root = Path(check.__file__).resolve().parents[1]
    assert platform.__file__.endswith("/platform.py")
    assert Path(audit.__file__).is_relative_to(root / "platform")
    assert Path(config.__file__).is_relative_to(root)
    assert Path(network.__file__).is_relative_to(root)
