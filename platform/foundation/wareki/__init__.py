"""Japanese dates: how people type them, how we print them, how old somebody is."""

from foundation.wareki.eras import ERAS, Era, era_year
from foundation.wareki.printing import (
    Sense,
    age,
    compact,
    distance,
    echo,
    formal,
    long,
    month,
    short,
    weekday,
    year_text,
)
from foundation.wareki.reading import UnreadableDate, letters, parse

__all__ = [
    "ERAS",
    "Era",
    "Sense",
    "UnreadableDate",
    "age",
    "compact",
    "distance",
    "echo",
    "era_year",
    "formal",
    "letters",
    "long",
    "month",
    "parse",
    "short",
    "weekday",
    "year_text",
]
