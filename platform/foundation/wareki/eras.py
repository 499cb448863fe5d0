"""The eras, and which one a day belongs to."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Era:
    name: str
    letter: str
    first: date
    last: date

    @property
    def short(self) -> str:
        return self.name[0]

    def day(self, year: int, month: int, day: int) -> date | None:
        """The day of this era with these numbers, or None if the calendar has no such day."""
        return calendar_day(self.first.year + year - 1, month, day) if year >= 1 else None

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


# Days before 明治6年1月1日 belong to the lunar calendar and cannot be converted by counting.
ERAS = (
    Era("令和", "R", date(2019, 5, 1), date.max),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
    Era("明治", "M", date(1868, 1, 25), date(1912, 7, 29)),
)
FIRST_DAY = date(1873, 1, 1)
WESTERN = Era("西暦", "", date.min, date(1872, 12, 31))


def calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def era_year(day: date) -> tuple[Era, int]:
    """The era of a day and its year in it; days before 明治6年 keep their Western year."""
    era = WESTERN if day < FIRST_DAY else next(era for era in ERAS if era.holds(day))
    return era, day.year - era.first.year + 1
