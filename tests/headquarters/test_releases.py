from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from casework.reporting.months import Month
from headquarters.activity import released
from headquarters.models import Indicator, ReleasedFigure
from headquarters.releases import release_due_months
from tenants.activation import centre_active, headquarters_active, host_active
from tenants.hosts import ENTRANCE, Host
from tests.factories.casework import make_case
from tests.factories.people import staff

MAY = Month(2026, 5)


@pytest.mark.usefixtures("centre")
def test_a_month_is_handed_over_on_the_tenth_of_the_next_and_once_only() -> None:
    make_case("screened")

    assert release_due_months(date(2026, 6, 9)) == []
    assert release_due_months(date(2026, 6, 10)) == [MAY]
    assert release_due_months(date(2026, 6, 11)) == []

    with headquarters_active():
        figures = {row.indicator: row.figure for row in ReleasedFigure.objects.filter(centre="test_a")}
        assert set(figures) == set(Indicator.values)
        assert figures["new_consultations"] == 1


@pytest.mark.usefixtures("centre")
def test_what_comes_after_a_release_never_changes_it() -> None:
    make_case("screened")
    release_due_months(date(2026, 6, 10))

    make_case("screened")
    release_due_months(date(2026, 6, 20))

    with headquarters_active():
        assert ReleasedFigure.objects.get(centre="test_a", month=MAY.first, indicator="new_consultations").figure == 1


@pytest.mark.usefixtures("centre")
def test_months_that_were_missed_are_made_up_for() -> None:
    make_case(on=date(2026, 3, 5))

    assert release_due_months(date(2026, 6, 15)) == [Month(2026, 3), Month(2026, 4), MAY]


@pytest.mark.parametrize(
    ("month", "figures", "day"),
    [
        pytest.param(date(2026, 5, 1), '{"new_consultations": 1}', date(2026, 5, 31), id="the month is not over"),
        pytest.param(date(2026, 5, 2), '{"new_consultations": 1}', date(2026, 7, 1), id="no month"),
        pytest.param(date(2026, 5, 1), '{"started_work": 1}', date(2026, 6, 10), id="a trait of persons"),
        pytest.param(date(2026, 5, 1), '{"plans_made": -1}', date(2026, 6, 10), id="no count"),
        pytest.param(date(2026, 5, 1), '{"plans_made": "名前"}', date(2026, 6, 10), id="a text"),
    ],
)
@pytest.mark.usefixtures("centre")
def test_the_database_itself_refuses_what_is_no_activity_total(month: date, figures: str, day: date) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.release_month(%s, %s, %s)", [month, figures, day])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM headquarters.released_figure",
        "INSERT INTO headquarters.released_figure (centre, centre_name, month, indicator, figure, released_on) "
        "VALUES ('test_b', 'x', '2026-05-01', 'plans_made', 1, '2026-06-10')",
    ],
)
def test_only_headquarters_login_reads_releases(logins: str, statement: str) -> None:
    for host in (centre_active("test_a"), host_active(ENTRANCE)):
        with host, pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE headquarters.released_figure SET figure = 0",
        "DELETE FROM headquarters.released_figure",
        "TRUNCATE headquarters.released_figure",
        "SELECT public.release_month('2026-05-01', '{}', '2026-06-10')",
        "SELECT * FROM test_a.cases_case",
    ],
)
def test_headquarters_reads_and_does_nothing_else(logins: str, statement: str) -> None:
    with headquarters_active(), pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_centre_releases_for_itself_alone(logins: str) -> None:
    """The centre is the login, in real sessions too; nothing a caller says can make it another."""
    with centre_active("test_a"):
        make_case("screened")
        assert release_due_months(date(2026, 6, 10)) == [MAY]

    with headquarters_active():
        assert set(ReleasedFigure.objects.values_list("centre", flat=True)) == {"test_a"}


@pytest.mark.usefixtures("centre")
def test_the_page_shows_every_centre_with_chart_table_and_day_of_release(
    at_headquarters: Client, other_centre: Callable[[], AbstractContextManager[Host]]
) -> None:
    make_case("screened")
    release_due_months(date(2026, 6, 10))
    with other_centre():
        make_case("received")
        release_due_months(date(2026, 6, 10))
    with headquarters_active():
        at_headquarters.force_login(staff("analyst"))
        page = at_headquarters.get("/?year=2026&indicator=new_consultations")

        assert page.status_code == 200
        assert released(2026).table(Indicator.NEW_CONSULTATIONS)[1].total == 2
    text = page.content.decode()
    for shown in ("令和8年6月10日", "<svg", "未公表", "新規相談受付"):
        assert shown in text


@pytest.mark.usefixtures("headquarters")
def test_an_empty_headquarters_says_when_figures_come(at_headquarters: Client) -> None:
    at_headquarters.force_login(staff("analyst"))

    assert "まだ公表された月がありません" in at_headquarters.get("/").content.decode()


@pytest.mark.parametrize("query", ["year=abc", "year=99999999999999999999", "indicator=started_work", "indicator=%00", "year=²"])
@pytest.mark.usefixtures("headquarters")
def test_what_is_not_on_offer_is_answered_with_what_is(at_headquarters: Client, query: str) -> None:
    at_headquarters.force_login(staff("analyst"))

    assert at_headquarters.get(f"/?{query}").status_code == 200
