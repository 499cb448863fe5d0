"""`python -m tests.bench [NAME…]`: ratios on the screen and in .local/bench.json; exit code 1 when a limit is broken.

A module of this folder with a function `measure() -> Iterator[Ratio]` is a benchmark; it runs with the real logins on a
clone of the test template, and may add to it what it needs.
"""

import json
import logging
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tests.environment import ROOT, start_servers

if TYPE_CHECKING:
    from tests.bench.ratios import Ratio

NOT_MEASURED = {"__init__", "__main__", "ratios"}


def main(names: list[str]) -> int:
    sys.path.append(str(ROOT / "platform"))
    services = start_servers("login")
    try:
        prepare()
        return report(names or sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NOT_MEASURED))
    finally:
        services.stop()


def prepare() -> None:
    import django
    from django.conf import settings

    from tenants.passwords import password_for

    login = {"USER": "c_test_a", "PASSWORD": password_for("c_test_a", role_secret=settings.ROLE_SECRET)}
    path = {"OPTIONS": {"options": "-c search_path=test_a,public,ext"}}
    kept = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None}
    settings.DATABASES["plain"] = settings.DATABASES["default"] | login | path | kept
    django.setup()
    logging.disable(logging.INFO)


def report(names: list[str]) -> int:
    from django.db import connections

    from tests.databases import own_database

    measured: list[Ratio] = []
    with own_database("bench") as name:
        connections["plain"].settings_dict["NAME"] = name
        for benchmark in names:
            for ratio in import_module(f"tests.bench.{benchmark}").measure():
                measured.append(ratio)
                sys.stdout.write(line(ratio) + "\n")
                sys.stdout.flush()
        connections["plain"].close()
    write(measured)
    return 0 if all(ratio.holds for ratio in measured) else 1


def line(ratio: "Ratio") -> str:
    limit = f"上限 {ratio.limit}" if ratio.limit is not None else "上限なし"
    verdict = "○" if ratio.holds else "×"
    return f"{verdict} {ratio.ratio:8.4f}  {limit:<10}  {ratio.ours_ms:10.1f} ms / {ratio.theirs_ms:10.1f} ms  {ratio.name}"


def write(measured: list["Ratio"]) -> None:
    rows = [asdict(ratio) | {"ratio": round(ratio.ratio, 5), "holds": ratio.holds} for ratio in measured]
    (ROOT / ".local" / "bench.json").write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
