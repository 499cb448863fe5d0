import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def made() -> Iterator[Path]:
    """Not pytest's own folders: those are closed to `nobody`, as whom the database runs when root tests."""
    folder = Path(tempfile.mkdtemp(prefix="tsunagi-state-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def state() -> Iterator[Path]:
    yield from made()


@pytest.fixture(scope="module")
def shared_state() -> Iterator[Path]:
    yield from made()
