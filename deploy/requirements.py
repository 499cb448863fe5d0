"""Writes requirements/*.txt anew: what is installed where, pinned with hashes and without any address."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path("requirements")
GROUPS = {"production": [], "demo": ["embedded"], "test": ["embedded", "test", "check"]}
OPTIONS = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--python-version", "3.11"]


def compile_file(source: Path, target: Path, groups: list[str], more: list[str]) -> None:
    chosen = [option for group in groups for option in ("--group", group)]
    command: list[str | Path] = [Path(sys.prefix) / "bin" / "uv", "pip", "compile", "-q", *OPTIONS, *chosen, *more, source, "-o", target]
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> None:
    more = sys.argv[1:]  # such as --upgrade
    for name, groups in GROUPS.items():
        compile_file(Path("pyproject.toml"), FOLDER / f"{name}.txt", groups, more)
    compile_file(FOLDER / "uv.in", FOLDER / "uv.txt", [], more)


if __name__ == "__main__":
    main()
