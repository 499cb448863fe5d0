from collections.abc import Iterator
from typing import Any

import pytest

from casework.cases.models import Case
from tests.factories.casework import TODAY, make_case, make_member
from tests.factories.objects import Shelf, shelf


@pytest.fixture(autouse=True)
def _stopped_calendar(settings: Any) -> None:
    settings.AS_OF = TODAY


@pytest.fixture
def objects() -> Iterator[Shelf]:
    with shelf() as made:
        yield made


@pytest.fixture
def counsellor(centre: object) -> Any:
    return make_member()


@pytest.fixture
def case(counsellor: Any, objects: Shelf) -> Case:
    return make_case(by=counsellor)
