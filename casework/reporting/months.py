"""A calendar month, as reports are made for."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from foundation.errors import RuleViolation


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises RuleViolation `bad_month` unless the text is YYYY-MM of a real month."""
        found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        if not found or not 2000 <= int(found[1]) <= 2199:
            raise RuleViolation("月は 2026-04 のように書いてください。", code="bad_month")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> Self:
        return type(self)(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Self:
        return self.of(self.first - timedelta(days=1))

    def fiscal_year(self) -> list[Self]:
        """The twelve months, April to March, of the fiscal year this month lies in."""
        start = self.year if self.number >= 4 else self.year - 1
        return [type(self)(start, number) for number in range(4, 13)] + [type(self)(start + 1, number) for number in range(1, 4)]
