"""What may not be is refused by the database too, whoever writes there."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from casework.meetings.models import AgendaItem, SupportCoordinationMeeting
from casework.plans.models import Monitoring, PlanGoal, PlanServiceUse, SupportPlan
from tests.factories.casework import TODAY, make_member
from tests.factories.plans import make_meeting, make_plan_at, say

pytestmark = pytest.mark.usefixtures("centre")


def refused(act, constraint: str) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    assert constraint in str(refusal.value)


@pytest.mark.parametrize(
    ("state", "changes", "constraint"),
    [
        ("draft", {"state": "agreed"}, "plan_agreed_with_day"),
        ("agreed", {"agreed_on": None}, "plan_agreed_with_day"),
        ("agreed", {"state": "approved"}, "plan_approved_with_day"),
        ("approved", {"state": "decided"}, "plan_decided_with_day_and_kind"),
        ("approved", {"decided_on": TODAY}, "plan_decided_with_day_and_kind"),
        ("approved", {"state": "decided", "decided_on": TODAY}, "plan_decided_with_day_and_kind"),
        ("decided", {"decided_on": TODAY - timedelta(days=60)}, "plan_decided_after_meeting"),
        ("decided", {"state": "evaluated"}, "plan_evaluated_with_day"),
        ("decided", {"evaluated_on": TODAY}, "plan_evaluated_with_day"),
    ],
)
def test_a_state_needs_its_day(state: str, changes: dict[str, Any], constraint: str):
    plan = make_plan_at(state)

    refused(lambda: SupportPlan.objects.filter(pk=plan.pk).update(**changes), constraint)


def test_a_case_has_one_unfinished_plan_and_no_number_twice():
    plan = make_plan_at("draft")
    copy = {"case": plan.case, "made_on": TODAY, "made_by": plan.made_by}

    refused(lambda: SupportPlan.objects.create(number=2, **copy), "plan_one_unfinished_a_case")
    refused(lambda: SupportPlan.objects.create(number=1, state="withdrawn", **copy), "plan_number_once")


def test_rows_of_a_plan_stand_once():
    plan = make_plan_at("decided")

    refused(lambda: PlanGoal.objects.create(plan=plan, order=1, text="二つ目（見本）", target_date=TODAY), "goal_order_once")
    refused(lambda: PlanServiceUse.objects.create(plan=plan, service="rent_subsidy"), "service_once_a_plan")
    monitoring = {"plan": plan, "content": "様子（見本）", "monitored_by": plan.made_by}
    refused(lambda: Monitoring.objects.create(monitored_on=TODAY, next_on=TODAY, **monitoring), "monitoring_next_later")


def test_a_meeting_is_held_by_somebody_and_its_items_say_why():
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))
    refused(lambda: SupportCoordinationMeeting.objects.filter(pk=meeting.pk).update(state="held"), "meeting_held_with_attendees")

    with_item = say(plan, "approved", by=make_member("chief_counsellor"))
    items = AgendaItem.objects.filter(meeting=with_item)
    refused(lambda: items.update(decision="held"), "item_reason_when_not_approved")
    refused(lambda: items.update(decision="reported"), "item_about_one_thing")
    refused(lambda: items.update(kind="emergency_start"), "item_about_one_thing")
    again = {"meeting": with_item, "case": plan.case, "plan": plan, "kind": "plan", "decision": "approved", "recorded_by": plan.made_by}
    refused(lambda: AgendaItem.objects.create(**again), "item_once_a_meeting")
