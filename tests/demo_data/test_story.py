import re
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from casework.cases.models import Case, Duty, EmergencyStart, SupportRecord
from casework.meetings import agenda
from casework.meetings.models import SupportCoordinationMeeting
from casework.reporting.figures import Series, monthly_figures
from casework.reporting.months import Month
from deploy.demo_data.story import Staff, Story
from disclosure import gate
from tests.factories.people import staff

FIRST, LAST = date(2025, 1, 1), date(2026, 4, 20)
YEAR = Month(2025, 4).fiscal_year()


def live(first: date, last: date) -> None:
    people = Staff(staff("chief_counsellor"), [staff() for _ in range(3)])
    Story("見本市", people, Random("1"), first, last, lambda day: None).live()


@pytest.mark.usefixtures("centre")
def test_a_centres_year_follows_the_published_ratios_and_its_today_is_alive() -> None:
    live(FIRST, LAST)

    figures = [monthly_figures(month) for month in YEAR]
    total = {series: sum(month.count(series) for month in figures) for series in Series}
    of_targets = total[Series.STARTED_WORK_OF_TARGETS] + total[Series.INCOME_INCREASE_OF_TARGETS]
    assert 185 <= total[Series.NEW_CONSULTATIONS] <= 215
    assert total[Series.PLANS_MADE] / total[Series.NEW_CONSULTATIONS] == pytest.approx(0.258, abs=0.05)
    assert total[Series.EMPLOYMENT_TARGETS] / total[Series.PLANS_MADE] == pytest.approx(0.509, abs=0.08)
    assert of_targets / total[Series.EMPLOYMENT_TARGETS] == pytest.approx(0.433, abs=0.12)
    assert all(month.count(Series.MEETINGS_HELD) for month in figures)

    overdue = Duty.objects.filter(closed_on=None, due_on__lte=LAST)
    assert overdue.exists()
    assert not overdue.filter(due_on__lt=LAST - timedelta(days=21)), [(duty.kind, duty.due_on) for duty in overdue]
    coming = SupportCoordinationMeeting.objects.get(state="planned")
    assert coming.held_on > LAST
    late = EmergencyStart.objects.get(reported_on=None)
    assert late in [line.start for line in agenda.waiting_for(coming)]


def told() -> list[Any]:
    with transaction.atomic():
        records = gate.compute(SupportRecord.objects.order_by("created_at"), rule="test", by=None)
        clients = gate.compute([case.client for case in Case.objects.select_related("client").order_by("sequence")], rule="test", by=None)
    return [*(record.text for record in records), *((client.name, client.birth_date) for client in clients)]


@pytest.mark.usefixtures("centre")
def test_the_same_day_tells_the_same_story_and_everybody_in_it_is_invented() -> None:
    stories = []
    for _ in range(2):
        with transaction.atomic():
            live(date(2026, 1, 5), date(2026, 2, 6))
            stories.append(told())
            transaction.set_rollback(True)

    assert stories[0] == stories[1]
    texts = [text for text in stories[0] if isinstance(text, str)]
    assert texts
    assert all(text.endswith("（見本）") for text in texts)
    names = [name for name, _ in (one for one in stories[0] if isinstance(one, tuple)) if name]
    assert all(re.search("見本|例|試|仮|架|見太", name) for name in names)
