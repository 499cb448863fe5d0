from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from foundation import clock

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def test_as_of_holds_the_day_and_lets_the_time_run(settings):
    settings.AS_OF = date(2025, 11, 22)

    first, second = clock.now(), clock.now()

    assert clock.today() == first.date() == date(2025, 11, 22)
    assert first.utcoffset() == datetime(2025, 11, 22, tzinfo=ZoneInfo("Asia/Tokyo")).utcoffset()
    assert first < second


def test_without_as_of_today_is_the_day_in_japan(settings, monkeypatch):
    settings.AS_OF = None
    monkeypatch.setattr(timezone, "now", lambda: datetime(2025, 3, 31, 15, 30, tzinfo=UTC))

    assert clock.today() == date(2025, 4, 1)
    assert clock.now() == datetime(2025, 3, 31, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "year"), [(date(2025, 3, 31), 2024), (date(2025, 4, 1), 2025), (date(2025, 12, 31), 2025), (date(2026, 1, 1), 2025)]
)
def test_the_fiscal_year_begins_in_april(day, year):
    assert clock.fiscal_year(day) == year


@given(DAYS)
def test_every_day_lies_in_its_fiscal_year_and_in_one_of_its_months(day):
    year = clock.fiscal_year(day)
    first, last = clock.fiscal_year_range(year)

    assert first <= day <= last
    assert day.replace(day=1) in clock.fiscal_year_months(year)
    assert len(clock.fiscal_year_months(year)) == 12


@pytest.mark.parametrize(
    ("year", "label", "code"),
    [(2026, "令和8年度", "R8"), (2019, "令和元年度", "R1"), (2018, "平成30年度", "H30"), (1989, "平成元年度", "H1")],
)
def test_a_fiscal_year_is_called_by_the_era_in_which_its_year_ends(year, label, code):
    assert (clock.fiscal_year_label(year), clock.fiscal_year_code(year)) == (label, code)


@pytest.mark.parametrize(
    "closed",
    [
        pytest.param(date(2025, 11, 22), id="saturday"),
        pytest.param(date(2025, 11, 23), id="sunday"),
        pytest.param(date(2025, 11, 24), id="substitute holiday"),
        pytest.param(date(2025, 12, 29), id="first day of the year-end rest"),
        pytest.param(date(2025, 12, 31), id="last day of the year"),
        pytest.param(date(2026, 1, 1), id="new year"),
        pytest.param(date(2024, 1, 3), id="last day of the new-year rest"),
        pytest.param(date(2026, 9, 22), id="holiday between two holidays"),
    ],
)
def test_centres_are_closed_on(closed):
    assert not clock.is_business_day(closed)


@pytest.mark.parametrize("open_day", [date(2025, 11, 21), date(2025, 12, 26), date(2024, 1, 4), date(2025, 11, 25)])
def test_centres_are_open_on(open_day):
    assert clock.is_business_day(open_day)


def test_the_next_business_day_after_the_last_of_the_year_is_in_january():
    assert clock.next_business_day(date(2025, 12, 26)) == date(2026, 1, 5)
    assert clock.business_day_on_or_after(date(2025, 12, 26)) == date(2025, 12, 26)
    assert clock.business_day_on_or_after(date(2025, 12, 27)) == date(2026, 1, 5)


@given(DAYS, st.integers(0, 30))
def test_counting_business_days_forward_and_back_agrees(day, count):
    end = clock.add_business_days(day, count)

    assert clock.business_days_between(day, end) == count
    assert end == day or clock.is_business_day(end)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day, months, result):
    assert clock.add_months(day, months) == result


def test_a_month_ends_on_its_own_last_day():
    assert clock.month_range(date(2028, 2, 10)) == (date(2028, 2, 1), date(2028, 2, 29))
