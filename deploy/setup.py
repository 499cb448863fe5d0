"""Everything that `make demo` or `make test` needs on this machine; does nothing when it is all there.

Standard library only: it runs before the virtual environment exists.
"""

from __future__ import annotations  # an older Python has to get as far as being told so

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "tsunagi.json"
OLDEST = (3, 11)
PAPER = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fontconfig"]
BROWSER = ["chromium", "fonts-noto-cjk"]
PACKAGES = {"demo": PAPER, "test": PAPER + BROWSER}
COVERED_BY = {"demo": ("demo", "test"), "test": ("test",)}  # a full environment serves the demo as well


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in PACKAGES:
        stop("使い方: python3 -m deploy.setup demo|test", code=2)
    if sys.version_info < OLDEST:
        stop(f"Python 3.11 以上が必要です（今は {sys.version.split()[0]}）。make PYTHON=python3.12 のように指定できます。")
    with one_at_a_time():
        prepare_environment(purpose)
        prepare_system(purpose)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two at once in one checkout: the second waits. The lock is on the folder and ends with the process."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("別の準備が終わるのを待っています")
        fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(folder)


# -- Python ---------------------------------------------------------------------
def prepare_environment(purpose: str) -> None:
    stamps = read_stamps()
    if any(stamps.get(name) == fingerprint(name) for name in COVERED_BY[purpose]):
        return
    if version_of(VENV / "bin" / "python") != sys.version:
        if Path(sys.prefix) == VENV:
            stop("仮想環境の中からは作り直せません。deactivate してから、もう一度実行してください。")
        say("Python の仮想環境を作っています")
        make = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        run(make, "仮想環境を作れません。Debian では python3-venv パッケージが必要です。")
    STAMP.unlink(missing_ok=True)
    say("ライブラリを入れています（はじめは 1 分ほどかかります）")
    failed = "ライブラリを入れられません。ネットワークと、pip の設定を確かめてください。"
    python = str(VENV / "bin" / "python")
    pins = str(ROOT / "requirements" / "uv.txt")
    run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", pins], failed)
    wanted = str(ROOT / "requirements" / f"{purpose}.txt")
    uv = [str(VENV / "bin" / "uv"), "pip", "sync", "-q", "--require-hashes", "--python", python, wanted]
    run(uv, failed, environment=os.environ | settings_of_pip(python))
    # only now: a run that was cut off is done again
    STAMP.write_text(json.dumps({purpose: fingerprint(purpose)}))


def version_of(python: Path) -> str:
    """Empty for a virtual environment that is not there, was cut off or lost its Python."""
    try:
        return subprocess.run([python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True).stdout.rstrip("\n")
    except OSError:
        return ""


def read_stamps() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def fingerprint(name: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes() + sys.version.encode()).hexdigest()


def settings_of_pip(python: str) -> dict[str, str]:
    """uv does not read pip's configuration; a machine whose pip has an index of its own means it for uv too."""
    told = {"UV_SYSTEM_CERTS": "true", "UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "copy" if on_other_device() else "hardlink"}
    if "UV_DEFAULT_INDEX" in os.environ or "UV_INDEX_URL" in os.environ:
        return told
    asked = subprocess.run([python, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True)
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return told | ({"UV_DEFAULT_INDEX": index} if index else {})


def on_other_device() -> bool:
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache")
    while not cache.exists():
        cache = cache.parent
    return cache.stat().st_dev != VENV.stat().st_dev


# -- Debian ---------------------------------------------------------------------
def prepare_system(purpose: str) -> None:
    missing = missing_packages(PACKAGES[purpose])
    if not missing:
        return
    by_hand = f"apt-get install {' '.join(missing)}"
    if shutil.which("apt-get") is None:
        stop(f"このシステムには apt がありません。次と同じものを入れてから、もう一度実行してください: {' '.join(missing)}")
    prefix = privilege()
    if prefix is None:
        stop(f"Debian のパッケージが足りません。管理者に次の実行を頼んでください: {by_hand}")
    say(f"Debian のパッケージを入れています（{' '.join(missing)}）")
    options = ["-y", "-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]
    install = [*prefix, "apt-get", "install", *options, "--no-install-recommends", *missing]
    if not quietly(install):
        quietly([*prefix, "apt-get", "update", "-q"])
        run(install, f"Debian のパッケージを入れられません。管理者として次を実行してみてください: {by_hand}", quiet=True)


def missing_packages(packages: list[str]) -> list[str]:
    if shutil.which("dpkg-query") is None:
        return [package for package in packages if not found_without_dpkg(package)]
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages], capture_output=True, text=True).stdout
    present = {line.split()[0] for line in shown.splitlines() if line.endswith(" installed")}
    return [package for package in packages if package not in present]


def found_without_dpkg(package: str) -> bool:
    programs = {"chromium": "chromium", "fontconfig": "fc-list"}
    if package in programs:
        return shutil.which(programs[package]) is not None
    if package.startswith("fonts-"):
        return bool(subprocess.run(["fc-list", ":lang=ja"], capture_output=True, text=True).stdout.strip())
    library = package.removesuffix("0").rstrip("-0123456789.")
    return any(Path("/").glob(f"usr/lib*/**/{library}*.so*"))


def privilege() -> list[str] | None:
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shutil.which("sudo") is None:
        return None
    sudo = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    if subprocess.run([*sudo, "-v"], capture_output=not sys.stdin.isatty()).returncode:
        return None
    return [*sudo, "env", "DEBIAN_FRONTEND=noninteractive"]


# -- plumbing -------------------------------------------------------------------
def run(command: list[str], failed: str, *, environment: dict[str, str] | None = None, quiet: bool = False) -> None:
    output = subprocess.PIPE if quiet else None
    try:
        done = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.STDOUT if quiet else None, text=True)
    except OSError as error:
        stop(f"{failed}（{error}）")
    if done.returncode:
        if quiet:
            print("\n".join(done.stdout.splitlines()[-8:]), file=sys.stderr)
        stop(failed)


def quietly(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def say(message: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {message}", flush=True)


def stop(message: str, code: int = 3) -> NoReturn:
    print(f"エラー: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
