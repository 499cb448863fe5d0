"""The agenda that fills itself, what a meeting decides, and its closing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Notice
from audit.models import AuditLine
from casework.cases.access import reading_grounds
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Duty, EmergencyStart, Event, Revision
from casework.meetings.agenda import decided_by, waiting_for
from casework.meetings.decisions import decide_plan, report_emergency_start, review_evaluation
from casework.meetings.meetings import call_meeting, hold_meeting
from casework.meetings.models import AgendaItem, SupportCoordinationMeeting
from casework.plans.agreements import agree_plan
from casework.plans.decisions import record_decision
from casework.plans.plans import revise_plan
from disclosure import gate
from foundation.errors import RuleViolation, StaleVersion
from tests.factories.casework import TODAY, close, make_case, make_member
from tests.factories.casework import refreshed as fresh_case
from tests.factories.plans import PLANNED, make_draft, make_meeting, make_plan_at, refreshed

pytestmark = pytest.mark.usefixtures("centre")
TOMORROW = TODAY + timedelta(days=1)


def agenda(meeting: SupportCoordinationMeeting) -> list[tuple[str, Any]]:
    return [(line.kind, line.thing.pk) for line in waiting_for(meeting)]


def make_start(case=None, *, on: date = PLANNED) -> EmergencyStart:
    case = case or make_case("applied")
    return start_support_early(case, agreed_on=on, content="食料（見本）", on=on, by=case.owner, today=TODAY)


def decide(meeting, plan, **overrides: Any) -> AgendaItem:
    given = {"decision": "approved", "reason": "", "minutes": "よい案（見本）", "by": meeting.called_by, "today": TODAY} | overrides
    return decide_plan(meeting, plan, **given)


def hold(meeting, **overrides: Any) -> SupportCoordinationMeeting:
    given = {
        "attendees": ["centre", "municipality"],
        "attendee_names": "佐々木（見本）",
        "remarks": "次は来月（見本）",
        "version": meeting.version,
        "by": meeting.called_by,
        "today": TODAY,
    }
    return hold_meeting(meeting, **(given | overrides))


# the agenda


def test_agreed_plans_unreported_starts_and_evaluations_due_stand_on_the_agenda_by_themselves():
    chief = make_member("chief_counsellor", "counsellor")
    plan, start = make_plan_at("agreed"), make_start()
    due = make_draft(period_until=TODAY)
    agree_plan(due, on=PLANNED, by=due.made_by, today=TODAY)
    decide(make_meeting(by=chief, on=PLANNED), due)
    record_decision(due, decision_kind="decision", on=PLANNED, by=due.made_by, today=TODAY)

    meeting = make_meeting(by=chief)

    assert agenda(meeting) == [("emergency_start", start.pk), ("plan", plan.pk), ("evaluation", due.pk)]


def test_what_is_not_ready_or_not_due_by_that_day_stays_off_the_agenda():
    chief = make_member("chief_counsellor")
    make_draft()
    make_plan_at("decided")
    make_plan_at("approved")
    make_plan_at("to_revise")
    close(make_plan_at("agreed").case)

    assert agenda(make_meeting(by=chief)) == []
    later = make_plan_at("agreed")
    assert agenda(make_meeting(by=chief, on=later.agreed_on - timedelta(days=1))) == []


def test_a_plan_put_off_comes_again_to_the_next_meeting_but_not_twice_to_this_one():
    chief, plan = make_member("chief_counsellor"), make_plan_at("agreed")
    meeting = make_meeting(by=chief)

    decide(meeting, plan, decision="held", reason="本人に確かめる（見本）")

    assert agenda(meeting) == []
    assert agenda(make_meeting(by=chief)) == [("plan", plan.pk)]
    assert [item.plan_id for item in decided_by(meeting, chief)] == [plan.pk]


def test_an_agenda_costs_the_same_few_queries_for_one_line_and_for_many(django_assert_max_num_queries):
    chief = make_member("chief_counsellor")
    for _ in range(4):
        make_plan_at("agreed")
    make_start()
    meeting = make_meeting(by=chief)

    with django_assert_max_num_queries(3):
        assert len([(line.case.client_id, line.case.owner.name) for line in waiting_for(meeting)]) == 5


# calling


def call(**overrides: Any) -> SupportCoordinationMeeting:
    given = {"held_on": TOMORROW, "kind": "regular", "starts_at": None, "place": "", "by": make_member("counsellor"), "today": TODAY}
    return call_meeting(**(given | overrides))


def test_a_counsellor_calls_a_meeting_and_the_trail_and_the_chiefs_learn_of_it():
    chiefs = {make_member("chief_counsellor").pk for _ in range(2)}
    meeting = call(kind="ad_hoc", attendees=["centre", "municipality"])

    assert set(Notice.objects.filter(code="meeting_called").values_list("account", flat=True)) == chiefs
    assert (meeting.state, meeting.kind, meeting.attendees) == ("planned", "ad_hoc", ["centre", "municipality"])
    assert AuditLine.objects.filter(action="meeting.called").count() == 1


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"held_on": TODAY + timedelta(days=367)}, "too_far"),
        ({"kind": "party"}, "unknown_code"),
        ({"attendees": ["nobody"]}, "unknown_code"),
        ({"attendees": ["centre", "centre"]}, "repeated_code"),
        ({"place": "あ" * 101}, "too_long"),
    ],
)
def test_calling_a_meeting_is_refused_by_name_and_changes_nothing(overrides, code):
    with pytest.raises(RuleViolation) as refusal:
        call(**overrides)

    assert refusal.value.code == code
    assert not SupportCoordinationMeeting.objects.exists()
    assert not AuditLine.objects.filter(action="meeting.called").exists()


def test_who_may_not_hold_meetings_calls_none():
    with pytest.raises(PermissionDenied):
        call(by=make_member("employment_supporter"))


# decisions


@pytest.mark.parametrize(
    ("decision", "state", "stage", "duty"),
    [
        ("approved", "approved", "deliberated", "plan.decision"),
        ("to_revise", "to_revise", "planning", "plan.revision"),
        ("held", "held", "planning", "plan.meeting"),
    ],
)
def test_a_decision_moves_the_plan_and_says_what_is_due(decision, state, stage, duty):
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))

    item = decide(meeting, plan, decision=decision, reason="理由（見本）")

    assert (refreshed(plan).state, fresh_case(plan.case).stage) == (state, stage)
    assert refreshed(plan).approved_on == (TODAY if decision == "approved" else None)
    assert list(Duty.objects.filter(case=plan.case, closed_on=None).values_list("kind", flat=True)) == [duty]
    assert Event.objects.get(kind=f"plan.{decision}").happened_on == meeting.held_on
    assert AuditLine.objects.filter(action="meeting.plan_decided", subjects__contains=[plan.case.client_id]).count() == 1
    with transaction.atomic():
        (opened,) = gate.compute([item], rule="test", by=meeting.called_by)
    assert (opened.reason, opened.minutes) == ("理由（見本）", "よい案（見本）")


def everything() -> tuple[Any, ...]:
    plans = list(refreshed_states())
    return (
        plans,
        AgendaItem.objects.count(),
        Event.objects.count(),
        AuditLine.objects.count(),
        list(Duty.objects.values_list("kind", "closed_on")),
    )


def refreshed_states():
    from casework.plans.models import SupportPlan

    return SupportPlan.objects.order_by("id").values_list("state", "approved_on", "case__stage")


def refused(act, code: str) -> None:
    before = everything()
    with pytest.raises(RuleViolation) as refusal:
        act()
    assert refusal.value.code == code
    assert everything() == before


@pytest.mark.parametrize(
    ("state", "held_on", "overrides", "code"),
    [
        ("agreed", TOMORROW, {}, "future"),
        ("agreed", PLANNED, {}, "before_agreement"),
        ("agreed", TODAY, {"decision": "reported"}, "unknown_decision"),
        ("agreed", TODAY, {"decision": "to_revise", "reason": " "}, "reason_required"),
        ("agreed", TODAY, {"decision": "held"}, "reason_required"),
        ("agreed", TODAY, {"minutes": "あ" * 8001}, "too_long"),
        ("agreed", TODAY, {"reason": "あ" * 4001}, "too_long"),
        ("agreed", TODAY, {"version": 1}, "stale_version"),
        ("draft", TODAY, {}, "not_waiting"),
        ("to_revise", TODAY, {}, "not_waiting"),
        ("approved", TODAY, {}, "not_waiting"),
        ("decided", TODAY, {}, "not_waiting"),
        ("evaluated", TODAY, {}, "not_waiting"),
    ],
)
def test_a_decision_is_refused_by_name_and_changes_nothing(state, held_on, overrides, code):
    plan = make_plan_at(state)
    meeting = make_meeting(by=make_member("chief_counsellor"), on=held_on)
    refused(lambda: decide(meeting, plan, **overrides), code)


def test_a_decision_may_be_put_right_until_the_meeting_is_closed():
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))
    decide(meeting, plan, decision="to_revise", reason="期日（見本）")

    item = decide(meeting, plan, version=1)

    assert (item.version, item.decision, refreshed(plan).state, refreshed(plan).approved_on) == (2, "approved", "approved", TODAY)
    assert Revision.objects.filter(object_id=item.pk).count() == 1
    hold(meeting)
    refused(lambda: decide(meeting, plan, version=2, decision="held", reason="やはり（見本）"), "meeting_closed")


def test_two_who_decide_at_once_do_not_overwrite_each_other():
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))
    decide(meeting, plan)

    refused(lambda: decide(meeting, plan, decision="held", reason="あとから（見本）"), "stale_version")
    decide(meeting, plan, version=1, minutes="くわしく（見本）")
    refused(lambda: decide(meeting, plan, version=1, minutes="あとから（見本）"), "stale_version")


def test_a_decision_is_not_put_right_once_the_plan_has_gone_on():
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))
    decide(meeting, plan)
    record_decision(plan, decision_kind="decision", on=TODAY, by=plan.made_by, today=TODAY)

    refused(lambda: decide(meeting, plan, version=1, decision="held", reason="やはり（見本）"), "not_waiting")


def test_a_plan_revised_after_the_meeting_asked_for_it_is_not_approved_behind_the_persons_back():
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))
    decide(meeting, plan, decision="to_revise", reason="期日（見本）")
    revise_plan(plan, version=1, wishes="ほかの望み（見本）", by=plan.made_by, today=TODAY)

    refused(lambda: decide(meeting, plan, version=1), "not_waiting")


def test_only_who_called_the_meeting_and_the_chief_decide():
    plan, counsellor = make_plan_at("agreed"), make_member("counsellor")
    meeting = make_meeting(by=counsellor)

    for other in (make_member("counsellor"), make_member("clerk")):
        with pytest.raises(PermissionDenied):
            decide(meeting, plan, by=other)
    assert decide(meeting, plan, by=make_member("chief_counsellor")).decision == "approved"


def test_a_closed_cases_plan_is_not_decided_on():
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))
    close(plan.case)

    refused(lambda: decide(meeting, plan), "case_ended")


# reviews and reports


def review(meeting, plan, **overrides: Any) -> AgendaItem:
    given = {"decision": "approved", "reason": "", "minutes": "", "by": meeting.called_by, "today": TODAY} | overrides
    return review_evaluation(meeting, plan, **given)


def test_a_reviewed_evaluation_leaves_the_agenda_and_one_put_off_comes_again():
    chief = make_member("chief_counsellor")
    plan = make_plan_at("decided")
    Duty.objects.filter(about_id=plan.pk, kind="plan.evaluation").update(due_on=TODAY)
    first, second = make_meeting(by=chief), make_meeting(by=chief)

    review(first, plan, decision="held", reason="まだ早い（見本）")
    assert (agenda(first), agenda(second)) == ([], [("evaluation", plan.pk)])
    review(second, plan)

    assert agenda(make_meeting(by=chief)) == []
    assert refreshed(plan).state == "decided", "the evaluation itself stays the care team's"
    assert Event.objects.filter(kind="evaluation.reviewed").count() == 2
    assert AuditLine.objects.filter(action="meeting.evaluation_reviewed", subjects__contains=[plan.case.client_id]).count() == 2


@pytest.mark.parametrize(
    ("state", "held_on", "overrides", "code"),
    [
        ("decided", TOMORROW, {}, "future"),
        ("decided", PLANNED, {}, "not_waiting"),
        ("approved", TODAY, {}, "not_waiting"),
        ("evaluated", TODAY, {}, "not_waiting"),
        ("decided", TODAY, {"decision": "reported"}, "unknown_decision"),
        ("decided", TODAY, {"decision": "to_revise"}, "reason_required"),
        ("decided", TODAY, {"minutes": "あ" * 8001}, "too_long"),
        ("decided", TODAY, {"version": 3}, "stale_version"),
    ],
)
def test_a_review_is_refused_by_name_and_changes_nothing(state, held_on, overrides, code):
    plan = make_plan_at(state)
    meeting = make_meeting(by=make_member("chief_counsellor"), on=held_on)
    refused(lambda: review(meeting, plan, **overrides), code)


def test_a_start_is_reported_once_and_its_minutes_may_be_put_right():
    start = make_start()
    meeting = make_meeting(by=make_member("chief_counsellor"))

    item = report_emergency_start(meeting, start, minutes="了承（見本）", by=meeting.called_by, today=TODAY)
    start.refresh_from_db()
    assert start.reported_on == TODAY
    again = report_emergency_start(meeting, start, minutes="了承した（見本）", version=item.version, by=meeting.called_by, today=TODAY)

    assert (again.pk, again.version) == (item.pk, 2)
    assert not Duty.objects.filter(kind="emergency_start.report", closed_on=None).exists()
    assert AuditLine.objects.filter(action="meeting.start_reported", subjects__contains=[start.case.client_id]).count() == 2


@pytest.mark.parametrize(
    ("held_on", "overrides", "code"),
    [
        (TOMORROW, {}, "future"),
        (PLANNED - timedelta(days=1), {}, "before_start"),
        (TODAY, {"minutes": "あ" * 8001}, "too_long"),
        (TODAY, {"version": 1}, "stale_version"),
    ],
)
def test_a_report_is_refused_by_name_and_changes_nothing(held_on, overrides, code):
    start = make_start()
    meeting = make_meeting(by=make_member("chief_counsellor"), on=held_on)
    refused(lambda: report_emergency_start(meeting, start, **({"by": meeting.called_by, "today": TODAY} | overrides)), code)


def test_what_one_meeting_has_heard_another_does_not_hear_again():
    start, chief = make_start(), make_member("chief_counsellor")
    report_emergency_start(make_meeting(by=chief), start, by=chief, today=TODAY)

    second = make_meeting(by=chief)
    refused(lambda: report_emergency_start(second, start, by=chief, today=TODAY), "already_reported")


# closing


def test_a_closed_meeting_says_who_came_and_lets_what_was_not_reached_wait():
    chief, plan = make_member("chief_counsellor"), make_plan_at("agreed")
    meeting = hold(make_meeting(by=chief))

    with transaction.atomic():
        (opened,) = gate.compute([meeting], rule="test", by=chief)
    assert (meeting.state, meeting.attendees, opened.attendee_names) == ("held", ["centre", "municipality"], "佐々木（見本）")
    assert AuditLine.objects.filter(action="meeting.held").count() == 1
    assert agenda(make_meeting(by=chief)) == [("plan", plan.pk)]


@pytest.mark.parametrize(
    ("held_on", "overrides", "code"),
    [
        (TOMORROW, {}, "future"),
        (TODAY, {"attendees": []}, "no_attendees"),
        (TODAY, {"attendees": ["nobody"]}, "unknown_code"),
        (TODAY, {"attendees": ["centre", "centre"]}, "repeated_code"),
        (TODAY, {"remarks": "あ" * 20001}, "too_long"),
        (TODAY, {"attendee_names": "あ" * 2001}, "too_long"),
        (TODAY, {"version": 7}, "stale_version"),
    ],
)
def test_closing_a_meeting_is_refused_by_name_and_changes_nothing(held_on, overrides, code):
    meeting = make_meeting(by=make_member("chief_counsellor"), on=held_on)
    refused(lambda: hold(meeting, **overrides), code)
    assert SupportCoordinationMeeting.objects.get().state == "planned"


def test_a_meeting_is_closed_once_and_by_whoever_holds_it():
    meeting = make_meeting(by=make_member("counsellor"))

    with pytest.raises(PermissionDenied):
        hold(meeting, by=make_member("counsellor"))
    hold(meeting)
    refused(lambda: hold(meeting, version=SupportCoordinationMeeting.objects.get().version), "already_held")


# who reads


def test_the_holder_reads_the_cases_on_her_agenda_for_the_meeting_and_a_colleague_does_not():
    holder, colleague = make_member("counsellor"), make_member("counsellor")
    plan, other = make_plan_at("agreed"), make_draft()
    cases = {plan.case_id, other.case_id}
    assert reading_grounds(holder, cases) == {}

    meeting = make_meeting(by=holder)

    assert reading_grounds(holder, cases) == {plan.case_id: "meeting"}
    assert reading_grounds(colleague, cases) == {}
    decide(meeting, plan)
    hold(meeting)
    assert reading_grounds(holder, cases) == {plan.case_id: "meeting"}, "she answers for the minutes"


def test_a_stale_item_is_a_stale_version():
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=make_member("chief_counsellor"))

    with pytest.raises(StaleVersion):
        decide(meeting, plan, version=9)


def test_a_meeting_in_a_year_opens_nothing_of_what_waits_for_it(settings: Any):
    """B1: whoever calls a meeting does so alone; its papers are hers from fourteen days before it."""
    settings.AS_OF = TODAY
    plan, holder = make_plan_at("agreed"), make_member()
    make_meeting(by=holder, on=TODAY + timedelta(days=15))
    assert reading_grounds(holder, {plan.case_id}) == {}

    make_meeting(by=holder, on=TODAY + timedelta(days=14))
    assert reading_grounds(holder, {plan.case_id}) == {plan.case_id: "meeting"}
