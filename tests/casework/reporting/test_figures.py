from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from io import BytesIO
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from casework.cases.models import Case
from casework.cases.outcomes import record_outcome
from casework.cases.records import record_support
from casework.reporting.figures import Series, monthly_figures
from casework.reporting.months import Month
from casework.reporting.workbook import FIGURES, RECORDS, figure_lines, monthly_workbook
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tests.factories.casework import TODAY, make_case, make_member

MAY = Month(2026, 5)


def outcome(case: Case, kind: str, day: int) -> None:
    record_outcome(case, kind=kind, on=date(2026, 5, day), by=case.owner, today=TODAY)


@pytest.mark.usefixtures("centre")
def test_a_person_who_starts_work_and_earns_more_in_one_month_counts_once_as_started() -> None:
    for order in permutations(["started_work", "income_increase"]):
        case = make_case("applied")
        for day, kind in enumerate(order, start=20):
            outcome(case, kind, day)
        outcome(case, "started_work", 25)

    figures = monthly_figures(MAY)

    assert figures.count(Series.STARTED_WORK) == 2
    assert figures.count(Series.INCOME_INCREASE) == 0
    assert {entry.on for entry in figures.entries[Series.STARTED_WORK]} == {date(2026, 5, 25)}


@pytest.mark.usefixtures("centre")
def test_an_outcome_without_a_decided_target_plan_is_none_of_the_targets() -> None:
    outcome(make_case("assessed"), "income_increase", 28)

    figures = monthly_figures(MAY)

    assert figures.count(Series.INCOME_INCREASE) == 1
    assert figures.count(Series.INCOME_INCREASE_OF_TARGETS) == 0


@pytest.mark.usefixtures("centre")
def test_every_figure_is_made_of_its_records() -> None:
    case = make_case("screened")
    record_support(case, method="phone", text="見本", on=date(2026, 5, 20), by=case.owner, today=TODAY)
    record_support(case, method="visit_accompany", text="見本", on=date(2026, 6, 1) - timedelta(days=3), by=case.owner, today=TODAY)

    figures = monthly_figures(MAY)

    assert figures.as_series()["support_records"] == {"phone": 1, "visit_accompany": 1}
    assert {entry.record for entry in figures.entries[Series.SUPPORT_RECORDS]} == set(case.records.values_list("pk", flat=True))
    assert figures.as_series()["screening_results"] == {"continue_plan": 1}


@pytest.mark.usefixtures("centre")
def test_a_month_of_another_centre_is_empty(other_centre: Callable[[], AbstractContextManager[Host]]) -> None:
    make_case()

    with other_centre():
        assert monthly_figures(MAY).count(Series.NEW_CONSULTATIONS) == 0


@pytest.mark.usefixtures("centre")
def test_the_number_of_queries_does_not_grow_with_the_cases(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    by = make_member()
    for _ in range(12):
        outcome(make_case("applied", by=by), "started_work", 20)
    monthly_figures(MAY)

    with django_assert_max_num_queries(10):
        monthly_figures(MAY)


@pytest.mark.usefixtures("centre")
def test_the_workbook_says_what_the_figures_say_and_links_each_to_its_first_record() -> None:
    cases = [make_case("screened") for _ in range(3)]
    figures = monthly_figures(MAY)

    book = load_workbook(BytesIO(monthly_workbook(figures, centre_name="=見本センター")))

    rows = list(book[FIGURES].iter_rows(min_row=4, max_col=4))
    assert [(row[1].value, row[2].value or "", row[0].value, row[3].value) for row in rows] == [
        (series.value, code, label, count) for series, code, label, count in figure_lines(figures)
    ]
    (new,) = [row[3] for row in rows if row[1].value == "new_consultations"]
    assert new.hyperlink.location == f"{RECORDS}!A2"
    records = [[cell.value for cell in row] for row in book[RECORDS].iter_rows(min_row=2)]
    assert {row[3] for row in records if row[1] == "new_consultations"} == {case.number for case in cases}
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_month_holds_its_days_and_comes_before_the_next(day: date) -> None:
    month = Month.of(day)

    assert month.first <= day <= month.last
    assert month.next.previous == month < month.next
    assert Month.parse(str(month)) == month
    assert month in month.fiscal_year()
    assert len(month.fiscal_year()) == 12


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-4", "26-04", "2026-04-01", "", "２０２６-04", "1999-12", "2026-04\n"])
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        Month.parse(text)

    assert refusal.value.code == "bad_month"
