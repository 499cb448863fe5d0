from datetime import date

import pytest
from django.apps import apps

from foundation import loading, parameters
from foundation.models import Parameter

pytestmark = pytest.mark.django_db
DAY = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plans_made.date_basis", "decided_on"),
        ("plans_made.replans_count", True),
        ("new_consultations.returns_count", True),
        ("outcomes.started_work_excludes_income_increase", True),
        ("release.day_of_month", 10),
        ("monitoring.interval_months", 3),
        ("plan.length_months", 12),
        ("guest_grant.longest_days", 90),
    ],
)
def test_the_defaults_are_those_the_customer_was_told(name, value):
    assert parameters.get(name, on=DAY) == value


def test_a_new_value_holds_from_its_day_and_leaves_the_past_alone(owner):
    Parameter.objects.create(name="monitoring.interval_months", valid_from=DAY, value=2, note="早めに")

    assert parameters.get("monitoring.interval_months", on=date(2026, 3, 31)) == 3
    assert parameters.get("monitoring.interval_months", on=DAY) == 2


def test_before_the_first_day_the_first_value_holds(owner):
    Parameter.objects.create(name="plan.length_months", valid_from=DAY, value=6, note="短く")

    assert parameters.get("plan.length_months", on=date(1999, 1, 1)) == 12


def test_a_name_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        parameters.get("no.such_name", on=DAY)


def test_all_parameters_cost_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        for name in ("plan.length_months", "release.day_of_month", "plan.length_months"):
            parameters.get(name, on=DAY)


def test_loading_again_keeps_values_that_were_changed(owner):
    Parameter.objects.filter(name="plan.length_months").update(value=6)

    loading.load_parameters(apps, "default")

    assert parameters.get("plan.length_months", on=DAY) == 6


def test_every_parameter_says_what_it_is_for():
    assert all(row.note.endswith("。") or "。" in row.note for row in Parameter.objects.all())
