"""`make sbom`: what production is made of, as CycloneDX JSON, from the lock file alone."""

import json
import sys
from pathlib import Path
from typing import Any

from deploy.packages import Requirement, lines, requirement

ROOT = Path(__file__).resolve().parents[1]


def bill_of(lock: str) -> dict[str, Any]:  # Any: JSON
    found = [one for line in lines(lock) if (one := requirement(line))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "tsunagi", "bom-ref": "tsunagi"}},
        "components": [component(one) for one in found],
        "dependencies": [{"ref": "tsunagi", "dependsOn": [purl(one) for one in found]}],
    }


def component(one: Requirement) -> dict[str, Any]:  # Any: JSON
    """Only one of a release's files is installed, and which depends on the machine: its digest is one of these."""
    digests = [{"name": "sha256", "value": digest} for digest in one.hashes]
    return {"type": "library", "name": one.name, "version": one.version, "purl": purl(one), "bom-ref": purl(one), "properties": digests}


def purl(one: Requirement) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"


def main() -> None:
    json.dump(bill_of((ROOT / "requirements" / "production.txt").read_text()), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
