"""The set-up of a machine, with a Debian that is pretended by programs on PATH."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import setup

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder for PATH; the virtual environment counts as complete."""
    return tmp_path


def install(machine: Path, program: str, script: str) -> None:
    path = machine / program
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def prepare(machine: Path, purpose: str = "demo") -> subprocess.CompletedProcess[str]:
    code = f"from deploy import setup; setup.prepare_system({purpose!r})"
    environment = {"PATH": str(machine)}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)


ALL_PRESENT = 'shift 4; for package in "$@"; do echo "$package installed"; done'
ALL_BUT_CHROMIUM = 'for package in "$@"; do case $package in chromium) ;; *) echo "$package installed";; esac; done'


def test_nothing_is_asked_of_apt_when_everything_is_there(machine: Path) -> None:
    install(machine, "dpkg-query", ALL_BUT_CHROMIUM)
    install(machine, "apt-get", "exit 100")

    assert prepare(machine, "demo").returncode == 0


def test_what_is_missing_is_installed_through_apt(machine: Path) -> None:
    install(machine, "dpkg-query", ALL_BUT_CHROMIUM)
    install(machine, "env", 'shift; exec "$@"')
    install(machine, "sudo", 'case $1 in -n) shift;; esac; case $1 in -v) exit 0;; esac; exec "$@"')
    install(machine, "apt-get", f'echo "$@" >> {machine}/asked')

    done = prepare(machine, "test")

    assert done.returncode == 0, done.stderr
    assert (machine / "asked").read_text().split()[-1] == "chromium"


def test_lists_are_renewed_once_when_an_install_fails(machine: Path) -> None:
    install(machine, "dpkg-query", ALL_BUT_CHROMIUM)
    install(machine, "env", 'shift; exec "$@"')
    install(machine, "sudo", 'case $1 in -n) shift;; esac; case $1 in -v) exit 0;; esac; exec "$@"')
    install(machine, "apt-get", f'echo "$1" >> {machine}/asked; [ "$1" = update ]')

    done = prepare(machine, "test")

    assert (machine / "asked").read_text().split() == ["install", "update", "install"]
    assert done.returncode == 3
    assert done.stderr.strip().splitlines()[-1].startswith("エラー: Debian のパッケージを入れられません")


def test_a_system_without_apt_is_told_in_one_line_what_is_needed(machine: Path) -> None:
    install(machine, "dpkg-query", "exit 1")

    done = prepare(machine)

    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "libpango-1.0-0" in done.stderr


def test_a_wrong_purpose_is_an_error() -> None:
    done = subprocess.run([sys.executable, "-m", "deploy.setup", "everything"], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stderr.strip()) == (2, "エラー: 使い方: python3 -m deploy.setup demo|test")


@pytest.mark.parametrize("purpose", ["demo", "test"])
def test_a_complete_environment_is_left_alone_and_serves_the_demo_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(setup, "run", lambda *_arguments, **_options: pytest.fail("installed again"))
    (tmp_path / "stamp").write_text(f'{{"test": "{setup.fingerprint("test")}"}}')

    setup.prepare_environment(purpose)


def test_an_environment_that_lost_its_python_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(tmp_path / "gone")

    assert setup.version_of(tmp_path / "python") == ""
