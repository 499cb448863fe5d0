"""`make check`: what can be said about the code without running it. Every check runs; the exit code says whether all passed."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy import packages
from deploy.rehearsal import rehearsal

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.prefix) / "bin"
LARGEST = 400_000
REFUSED_FILES = (
    (r"^platform/__init__\.py$", "would hide the standard library's platform"),
    (r"\.min\.(js|css)$", "comes from a package, not from our tree"),
    (r"(^|/)(node_modules|vendor|third_party)/", "comes from a package, not from our tree"),
    (r"(^|/)(uv\.lock|poetry\.lock|Pipfile\.lock|package-lock\.json|yarn\.lock)$", "records addresses of a registry"),
    (r"\.(woff2?|ttf|otf|so|dll|exe|whl|jar)$", "a binary of somebody else"),
    (r"(^|/)(services|utils|helpers|managers)\.py$", "name the module after what it is about"),
)


def main() -> None:
    failed = [name for name, check in checks().items() if not passes(name, check)]
    if failed:
        sys.exit(f"\n通らなかった検査: {', '.join(failed)}")
    print("\nすべての検査を通りました。")


def checks() -> dict[str, Callable[[], list[str]]]:
    layers = os.environ | {"PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}
    in_test = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    templates = [path for path in tracked_files() if path.endswith(".html")]
    return {
        "ruff format": lambda: run("ruff", "format", "--check", "."),
        "ruff": lambda: run("ruff", "check", "."),
        "mypy": lambda: run("mypy"),
        "lint-imports": lambda: run("lint-imports", environment=layers),
        "djlint": lambda: run("djlint", "--lint", "--quiet", *templates) if templates else [],
        "migrations": lambda: run("python", "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run", environment=in_test),
        "check --deploy": check_deployment,
        "files": lambda: list(refused_files()),
        "packages": lambda: list(refused_packages()),
    }


def passes(name: str, check: Callable[[], list[str]]) -> bool:
    began = time.monotonic()
    complaints = check()
    print(f"{'×' if complaints else '○'} {name}（{time.monotonic() - began:.1f} 秒）", flush=True)
    for complaint in complaints:
        print(f"    {complaint}")
    return not complaints


def run(program: str, *arguments: str, environment: dict[str, str] | None = None) -> list[str]:
    """The output of a program that failed; nothing when it passed. A program that is not there has failed."""
    path = PROGRAMS / program
    if not path.exists():
        return [f"{program} がありません。python3 -m deploy.setup test を実行してください。"]
    done = subprocess.run([path, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines() or [f"終了コード {done.returncode}"] if done.returncode else []


def check_deployment() -> list[str]:
    with rehearsal() as environment:
        return run("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING", environment=environment)


def refused_files() -> Iterator[str]:
    for path in tracked_files():
        for pattern, reason in REFUSED_FILES:
            if re.search(pattern, path):
                yield f"{path}: {reason}"
        if (ROOT / path).is_file() and (ROOT / path).stat().st_size > LARGEST:
            yield f"{path}: larger than {LARGEST // 1000} kB"
    if (ROOT / "platform" / "__init__.py").exists():
        yield "platform/__init__.py: would hide the standard library's platform"


def refused_packages() -> Iterator[str]:
    yield from packages.complaints(ROOT)


def tracked_files() -> list[str]:
    """What is or would be in the repository; without git, everything that is not made at run time."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run([git, "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
        return [path for path in listed.stdout.splitlines() if (ROOT / path).exists()]
    hidden = {".venv", ".local", "__pycache__", "staticfiles"}
    return [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file() and not hidden & set(path.relative_to(ROOT).parts)]


if __name__ == "__main__":
    main()
