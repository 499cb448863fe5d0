"""How long and by which chance the long forms run: `make soak SEED=7 N=20`, or one of them, `make soak ONLY=tests/faults`.

A long form is a test in a file `soak_*.py`, beside the short form that `make test` runs.
"""

import os
import secrets
import sys

SEED = int(os.environ.get("SEED") or secrets.randbelow(10**6))
N = int(os.environ.get("N") or 1)  # multiplies rounds and minutes


def seconds(usual: float) -> float:
    return usual * N


def rounds(usual: int) -> int:
    return usual * N


def tell(figure: str) -> None:
    """Shown while it runs; a long form reports what it measured instead of asserting seconds."""
    sys.stdout.write(f"\n{figure}\n")
    sys.stdout.flush()
