"""The released activity totals of a fiscal year, centre by centre and month by month."""

from dataclasses import dataclass
from datetime import date

from casework.reporting.months import Month
from foundation import clock
from headquarters.models import Indicator, ReleasedFigure


@dataclass(frozen=True)
class Row:
    """A month's line: one figure a centre (None where the centre has not released the month) and their sum."""

    month: Month
    named: list[tuple[str, int | None]]

    @property
    def total(self) -> int | None:
        known = [figure for _, figure in self.named if figure is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Total:
    """An indicator's sum over all centres in the latest month, and in the same month of the year before where released."""

    indicator: Indicator
    figure: int
    year_before: int | None

    @property
    def comparison(self) -> str:
        if self.year_before is None:
            return "前の年の公表はありません"
        difference = self.figure - self.year_before
        return (
            "前の年の同じ月と同じ" if difference == 0 else f"前の年の同じ月より{abs(difference)}件{'多い' if difference > 0 else '少ない'}"
        )


@dataclass(frozen=True)
class Activity:
    year: int
    centres: dict[str, str]
    figures: dict[tuple[str, Month, str], int]
    totals: list[Total]
    latest: Month | None
    released_on: date | None

    @property
    def months(self) -> list[Month]:
        return Month(self.year, 4).fiscal_year()

    def table(self, indicator: Indicator) -> list[Row]:
        return [
            Row(month, [(name, self.figures.get((centre, month, indicator))) for centre, name in self.centres.items()])
            for month in self.months
        ]

    def sums(self, indicator: Indicator) -> list[int]:
        return [sum(self.figures.get((centre, month, indicator), 0) for month in self.months) for centre in self.centres]


def fiscal_years() -> list[int]:
    """Fiscal years of which at least one month has been released, newest first."""
    return sorted({clock.fiscal_year(month) for month in ReleasedFigure.objects.values_list("month", flat=True).distinct()}, reverse=True)


def released(year: int) -> Activity:
    """What all centres have released of the fiscal year, in one query with the year before for comparison."""
    months = Month(year - 1, 4).fiscal_year() + Month(year, 4).fiscal_year()
    rows = list(ReleasedFigure.objects.filter(month__range=(months[0].first, months[-1].last)).order_by("centre", "month"))
    figures = {(row.centre, Month.of(row.month), row.indicator): row.figure for row in rows}
    this_year = [row for row in rows if clock.fiscal_year(row.month) == year]
    latest = max((Month.of(row.month) for row in this_year), default=None)
    centres = {row.centre: row.centre_name for row in this_year}
    released_on = max((row.released_on for row in this_year), default=None)
    return Activity(year, centres, figures, _totals(figures, latest), latest, released_on)


def _totals(figures: dict[tuple[str, Month, str], int], latest: Month | None) -> list[Total]:
    if latest is None:
        return []
    before = Month(latest.year - 1, latest.number)
    sums: dict[tuple[Month, str], int] = {}
    for (_, month, indicator), figure in figures.items():
        sums[month, indicator] = sums.get((month, indicator), 0) + figure
    return [Total(one, sums.get((latest, one), 0), sums.get((before, one))) for one in Indicator]
