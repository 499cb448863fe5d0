"""From the person's agreement to the end of the case: what each step does, and what each refuses by name."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditLine
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Duty, Event
from casework.meetings.decisions import report_emergency_start
from casework.plans.agreements import agree_plan
from casework.plans.closing import close_case
from casework.plans.decisions import record_decision
from casework.plans.evaluations import evaluate_plan
from casework.plans.models import Monitoring, PlanEvaluation, SupportPlan
from casework.plans.monitoring import monitor_plan
from foundation.errors import RuleViolation, StaleVersion
from tests.factories.casework import TODAY, close, make_case, make_member
from tests.factories.casework import refreshed as fresh_case
from tests.factories.plans import PLANNED, make_draft, make_meeting, make_plan_at, refreshed

pytestmark = pytest.mark.usefixtures("centre")
TOMORROW = TODAY + timedelta(days=1)


def open_duties(case) -> dict[str, date]:
    return dict(Duty.objects.filter(case=case, closed_on=None).values_list("kind", "due_on"))


def snapshot(plan: SupportPlan) -> tuple[Any, ...]:
    """All that a step could have changed."""
    row = SupportPlan.objects.filter(pk=plan.pk).values().get()
    clear = {name: value for name, value in row.items() if name not in ("wishes", "issues", "cautions")}
    return clear, fresh_case(plan.case).stage, open_duties(plan.case), Event.objects.count(), AuditLine.objects.count()


def refused(plan: SupportPlan, act, code: str) -> None:
    before = snapshot(plan)
    with pytest.raises(RuleViolation) as refusal:
        act()
    assert refusal.value.code == code
    assert refusal.value.message
    assert snapshot(plan) == before


# agreement


def agree(plan: SupportPlan, **overrides: Any) -> SupportPlan:
    return agree_plan(plan, **({"on": PLANNED + timedelta(days=1), "by": plan.made_by, "today": TODAY} | overrides))


def test_an_agreed_plan_waits_for_a_meeting():
    plan = agree(make_draft())

    assert (plan.state, plan.agreed_on) == ("agreed", PLANNED + timedelta(days=1))
    assert list(open_duties(plan.case)) == ["plan.meeting"]
    assert Event.objects.get(kind="plan.agreed").happened_on == plan.agreed_on
    assert AuditLine.objects.filter(action="plan.agreed", subjects__contains=[plan.case.client_id]).count() == 1


def test_after_a_meeting_asked_for_a_revision_the_person_agrees_again():
    plan = agree(make_plan_at("to_revise"), on=TODAY)

    assert (plan.state, plan.agreed_on) == ("agreed", TODAY)
    assert "plan.revision" not in open_duties(plan.case)


@pytest.mark.parametrize(
    ("state", "overrides", "code"),
    [
        ("draft", {"on": TOMORROW}, "future"),
        ("draft", {"on": date(2026, 5, 10)}, "before_reception"),
        ("draft", {"on": PLANNED - timedelta(days=1)}, "before_plan"),
        ("draft", {"version": 7}, "stale_version"),
        ("to_revise", {"on": PLANNED + timedelta(days=2)}, "before_meeting"),
        ("agreed", {}, "wrong_state"),
        ("held", {}, "wrong_state"),
        ("approved", {}, "wrong_state"),
        ("decided", {}, "wrong_state"),
        ("evaluated", {}, "wrong_state"),
    ],
)
def test_an_agreement_is_refused_by_name_and_changes_nothing(state, overrides, code):
    plan = make_plan_at(state)
    refused(plan, lambda: agree(plan, **overrides), code)


@pytest.mark.parametrize("part", ["wishes", "issues", "cautions", "goals", "actions"])
def test_each_of_the_five_statutory_parts_must_be_there(part):
    plan = make_draft(**{part: [] if part in ("goals", "actions") else ""})
    refused(plan, lambda: agree(plan), "parts_missing")


# the municipality's word


def decide(plan: SupportPlan, **overrides: Any) -> SupportPlan:
    return record_decision(plan, **({"decision_kind": "confirmation", "on": TODAY, "by": plan.made_by, "today": TODAY} | overrides))


def test_a_decided_plan_is_monitored_and_will_be_evaluated():
    plan = decide(make_plan_at("approved"))

    assert (plan.state, plan.decision_kind, plan.decided_on, fresh_case(plan.case).stage) == (
        "decided",
        "confirmation",
        TODAY,
        "supporting",
    )
    assert open_duties(plan.case) == {"plan.monitoring": date(2026, 8, 31), "plan.evaluation": plan.period_until}
    assert plan.next_monitoring_on == date(2026, 8, 31), "three months on, on an open day"
    assert Event.objects.get(kind="plan.decided").facts == {"number": 1, "decision_kind": "confirmation"}
    assert AuditLine.objects.filter(action="plan.decided", subjects__contains=[plan.case.client_id]).count() == 1


@pytest.mark.parametrize(
    ("state", "overrides", "code"),
    [
        ("approved", {"on": TOMORROW}, "future"),
        ("approved", {"on": PLANNED + timedelta(days=2)}, "before_meeting"),
        ("approved", {"on": date(2026, 5, 10)}, "before_reception"),
        ("approved", {"decision_kind": "perhaps"}, "unknown_code"),
        ("draft", {}, "not_approved"),
        ("agreed", {}, "not_approved"),
        ("to_revise", {}, "not_approved"),
        ("held", {}, "not_approved"),
        ("decided", {}, "not_approved"),
        ("evaluated", {}, "not_approved"),
    ],
)
def test_the_municipalitys_word_is_refused_by_name_and_changes_nothing(state, overrides, code):
    plan = make_plan_at(state)
    refused(plan, lambda: decide(plan, **overrides), code)


def test_only_who_may_say_so_writes_the_municipalitys_word_down():
    supporter = make_member("employment_supporter")
    plan = make_plan_at("approved")
    from casework.cases.care_team import join_team

    join_team(plan.case, supporter, by=plan.made_by, today=TODAY)
    with pytest.raises(PermissionDenied):
        decide(plan, by=supporter)


# monitoring


def monitor(plan: SupportPlan, **overrides: Any) -> Monitoring:
    given = {"content": "落ち着いてきた（見本）", "next_on": date(2026, 8, 28), "on": TODAY, "by": plan.made_by, "today": TODAY}
    return monitor_plan(plan, **(given | overrides))


def test_monitoring_sets_the_next_day():
    plan = make_plan_at("decided")

    monitor(plan)

    assert refreshed(plan).next_monitoring_on == date(2026, 8, 28)
    assert open_duties(plan.case)["plan.monitoring"] == date(2026, 8, 28)
    assert Event.objects.filter(kind="plan.monitored").count() == 1
    assert AuditLine.objects.filter(action="plan.monitored", subjects__contains=[plan.case.client_id]).count() == 1


def test_without_a_next_day_none_is_due():
    plan = make_plan_at("decided")

    monitor(plan, next_on=None)

    assert list(open_duties(plan.case)) == ["plan.evaluation"]


@pytest.mark.parametrize(
    ("state", "overrides", "code"),
    [
        ("decided", {"on": TOMORROW}, "future"),
        ("decided", {"on": date(2026, 5, 10)}, "before_reception"),
        ("decided", {"on": PLANNED}, "before_decision"),
        ("decided", {"content": " "}, "no_content"),
        ("decided", {"content": "あ" * 8001}, "too_long"),
        ("decided", {"next_on": TODAY}, "next_not_later"),
        ("approved", {}, "not_decided"),
        ("evaluated", {}, "not_decided"),
    ],
)
def test_monitoring_is_refused_by_name_and_changes_nothing(state, overrides, code):
    plan = make_plan_at(state)
    refused(plan, lambda: monitor(plan, **overrides), code)
    assert not Monitoring.objects.exists()


# evaluation


def evaluate(plan: SupportPlan, **overrides: Any) -> PlanEvaluation:
    given = {"outcome": "closed", "goal_results": ["achieved", "not_achieved"], "changes": ["relief"], "reason": "", "on": TODAY}
    return evaluate_plan(plan, **(given | {"by": plan.made_by, "today": TODAY} | overrides))


@pytest.mark.parametrize(
    ("outcome", "stage", "duty"),
    [("closed", "supporting", ["case.closing"]), ("replan", "supporting", ["plan.make"]), ("suspended", "suspended", [])],
)
def test_an_evaluation_says_what_follows(outcome, stage, duty):
    plan = make_plan_at("decided")

    evaluate(plan, outcome=outcome, reason="連絡がとれない（見本）")

    assert [goal.result for goal in plan.goals.all()] == ["achieved", "not_achieved"]
    assert (refreshed(plan).state, refreshed(plan).evaluated_on, refreshed(plan).next_monitoring_on) == ("evaluated", TODAY, None)
    assert fresh_case(plan.case).stage == stage
    assert list(open_duties(plan.case)) == duty
    assert Event.objects.get(kind="plan.evaluated").facts == {"number": 1, "outcome": outcome}
    assert AuditLine.objects.filter(action="plan.evaluated", subjects__contains=[plan.case.client_id]).count() == 1


@pytest.mark.parametrize(
    ("state", "overrides", "code"),
    [
        ("decided", {"on": TOMORROW}, "future"),
        ("decided", {"on": date(2026, 5, 10)}, "before_reception"),
        ("decided", {"on": PLANNED}, "before_decision"),
        ("decided", {"goal_results": ["achieved"]}, "goal_results"),
        ("decided", {"goal_results": ["achieved", "splendid"]}, "unknown_code"),
        ("decided", {"outcome": "perhaps"}, "unknown_code"),
        ("decided", {"changes": ["magic"]}, "unknown_code"),
        ("decided", {"changes": ["relief", "relief"]}, "repeated_code"),
        ("decided", {"outcome": "suspended", "reason": "  "}, "reason_required"),
        ("decided", {"reason": "あ" * 4001}, "too_long"),
        ("approved", {}, "not_decided"),
        ("evaluated", {}, "not_decided"),
    ],
)
def test_an_evaluation_is_refused_by_name_and_changes_nothing(state, overrides, code):
    plan = make_plan_at(state)
    refused(plan, lambda: evaluate(plan, **overrides), code)


# closing


def close_it(case, **overrides: Any):
    return close_case(case, **({"reason": "resolved", "on": TODAY, "by": case.owner, "today": TODAY} | overrides))


def test_a_case_whose_plan_ended_well_is_closed_and_nothing_of_it_is_due():
    plan = make_plan_at("evaluated", outcome="closed")

    case = close_it(plan.case)

    assert (case.stage, case.closed_on, case.closing_reason) == ("closed", TODAY, "resolved")
    assert open_duties(case) == {}
    assert Event.objects.get(kind="case.closed").facts == {"reason": "resolved"}
    assert AuditLine.objects.filter(action="case.closed", subjects__contains=[case.client_id]).count() == 1


@pytest.mark.parametrize("stage", ["received", "screened", "applied", "assessed"])
def test_a_case_without_a_plan_may_be_closed_from_wherever_it_is(stage):
    assert close_it(make_case(stage), reason="moved").stage == "closed"


@pytest.mark.parametrize("state", ["draft", "agreed", "to_revise", "held", "approved"])
def test_a_plan_that_was_never_decided_is_withdrawn_with_its_case(state):
    plan = make_plan_at(state)

    close_it(plan.case, reason="declined")

    assert refreshed(plan).state == "withdrawn"
    assert Event.objects.filter(kind="plan.withdrawn").count() == 1


@pytest.mark.parametrize(("outcome", "reason"), [("replan", "died"), ("replan", "other_scheme"), ("suspended", "resolved")])
def test_life_may_end_a_case_whose_plan_was_to_be_followed_by_another(outcome, reason):
    plan = make_plan_at("evaluated", outcome=outcome)

    assert close_it(plan.case, reason=reason).stage == "closed"


@pytest.mark.parametrize(
    ("state", "outcome", "overrides", "code"),
    [
        ("evaluated", "closed", {"on": TOMORROW}, "future"),
        ("evaluated", "closed", {"on": date(2026, 5, 10)}, "before_reception"),
        ("evaluated", "closed", {"on": PLANNED}, "before_evaluation"),
        ("evaluated", "closed", {"reason": "because"}, "unknown_code"),
        ("evaluated", "replan", {}, "not_to_close"),
        ("decided", "closed", {}, "plan_not_evaluated"),
    ],
)
def test_closing_is_refused_by_name_and_changes_nothing(state, outcome, overrides, code):
    plan = make_plan_at(state, **({"outcome": outcome} if state == "evaluated" else {}))
    refused(plan, lambda: close_it(plan.case, **overrides), code)


def test_a_start_that_no_meeting_has_heard_of_keeps_its_red_clock_and_the_case_open():
    case = make_case("applied")
    start = start_support_early(case, agreed_on=PLANNED, content="食料（見本）", on=PLANNED, by=case.owner, today=TODAY)

    with pytest.raises(RuleViolation) as refusal:
        close_it(case, reason="moved")

    assert refusal.value.code == "emergency_start_unreported"
    assert open_duties(case)["emergency_start.report"] < TODAY
    report_emergency_start(make_meeting(by=case.owner), start, by=case.owner, today=TODAY)
    assert "emergency_start.report" not in open_duties(case)
    assert close_it(case, reason="moved").stage == "closed"


def test_a_closed_case_takes_no_further_step():
    plan = make_plan_at("decided")
    close(plan.case)

    steps = (
        lambda: agree(plan),
        lambda: decide(plan),
        lambda: monitor(plan),
        lambda: evaluate(plan),
        lambda: close_it(fresh_case(plan.case)),
    )
    for step in steps:
        refused(plan, step, "case_ended")


def test_a_colleague_outside_the_team_takes_no_step():
    plan, stranger = make_plan_at("decided"), make_member("counsellor")

    for step in (agree, decide, monitor, evaluate):
        with pytest.raises(PermissionDenied):
            step(plan, by=stranger)
    with pytest.raises(PermissionDenied):
        close_it(plan.case, by=stranger)


def test_the_plan_that_was_shown_is_the_plan_that_is_agreed_to():
    plan = make_draft()

    with pytest.raises(StaleVersion):
        agree(plan, version=plan.version + 1)
