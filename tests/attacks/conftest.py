"""One running demo for all attacks of this folder."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.demo import RunningDemo, running_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[RunningDemo]:
    folder = Path(tempfile.mkdtemp(prefix="tsunagi-attacked-"))
    folder.chmod(0o711)  # the database runs as somebody else when root tests
    try:
        with running_demo(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)
