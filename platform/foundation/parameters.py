"""Dated parameters: the value of a rule, threshold or interval that holds on a day."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from foundation.memory import Remembered
from foundation.models import Parameter


def load_parameters() -> Mapping[str, list[tuple[date, Any]]]:
    """For each name its values, oldest first."""
    values: dict[str, list[tuple[date, Any]]] = defaultdict(list)
    for row in Parameter.objects.order_by("name", "valid_from"):
        values[row.name].append((row.valid_from, row.value))
    return dict(values)


remembered = Remembered(load_parameters)


def forget() -> None:
    """For tests and for the page on which parameters are edited."""
    remembered.forget()


def get(name: str, *, on: date) -> Any:
    """The value in force on a day; before the first day, the first value. KeyError for a name that does not exist."""
    # Any: each parameter has a shape of its own
    values = remembered.get()[name]
    return next((value for valid_from, value in reversed(values) if valid_from <= on), values[0][1])
