"""Case numbers: R8-0001, from 1 in each fiscal year, without gaps."""

from datetime import date

from casework.cases.models import CaseCounter
from foundation.clock import fiscal_year, fiscal_year_code


def next_number(received_on: date) -> tuple[int, int, str]:
    """Fiscal year, sequence and number of the next case.

    The counter's row stays locked until the caller's transaction ends: a reception that fails gives its number back.
    """
    year = fiscal_year(received_on)
    counter = CaseCounter.objects.select_for_update().filter(fiscal_year=year).first() or _first_of_year(year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return year, counter.last, f"{fiscal_year_code(year)}-{counter.last:04}"


def _first_of_year(year: int) -> CaseCounter:
    """The counter's row of a new year; whoever comes at the same moment waits for the one that made it."""
    CaseCounter.objects.bulk_create([CaseCounter(fiscal_year=year, last=0)], ignore_conflicts=True)
    return CaseCounter.objects.select_for_update().get(fiscal_year=year)
