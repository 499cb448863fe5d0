"""A machine of its own for each module that kills: what is killed is nobody else's."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.machine import Machine, machine


@pytest.fixture(scope="module")
def mortal() -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="tsunagi-faults-"))
    folder.chmod(0o711)  # the database runs as somebody else when root tests
    try:
        with machine(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)
