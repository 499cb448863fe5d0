"""Making and revising a plan."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.models import AuditLine
from casework.cases.models import Duty, Event, Revision
from casework.plans.models import SupportPlan
from casework.plans.parts import ActionFacts, GoalFacts, check_parts
from casework.plans.plans import make_plan, revise_plan
from disclosure import gate
from foundation.errors import RuleViolation, StaleVersion, WrongState
from tests.factories.casework import TODAY, close, make_case, make_member, refreshed, supervised_by
from tests.factories.plans import PARTS, PLANNED, evaluate, make_draft, make_plan_at
from tests.factories.plans import refreshed as fresh

pytestmark = pytest.mark.usefixtures("centre")


def make(case, **overrides: Any) -> SupportPlan:
    given = {"on": PLANNED, "by": case.owner, "today": TODAY} | PARTS | overrides
    return make_plan(case, **given)


def open_duties(case) -> list[str]:
    return list(Duty.objects.filter(case=case, closed_on=None).order_by("kind").values_list("kind", flat=True))


def test_a_first_plan_is_a_numbered_draft_that_waits_for_the_persons_agreement():
    case = make_case("assessed")

    plan = make(case)

    assert (plan.number, plan.state, plan.made_on, plan.version) == (1, "draft", PLANNED, 1)
    assert [(goal.order, goal.target_date) for goal in plan.goals.all()] == [(1, date(2026, 9, 30)), (2, date(2026, 12, 28))]
    assert sorted(plan.service_uses.values_list("service", flat=True)) == ["employment_support", "rent_subsidy"]
    assert refreshed(case).stage == "planning"
    assert open_duties(case) == ["plan.agreement"]
    assert Event.objects.get(kind="plan.made").about_id == plan.pk
    assert AuditLine.objects.filter(action="plan.made", subjects__contains=[case.client_id]).count() == 1


def test_its_length_is_the_usual_one_unless_said_otherwise():
    assert make(make_case("assessed")).period_until == date(2027, 5, 14)
    assert make(make_case("assessed"), period_until=date(2026, 8, 31)).period_until == date(2026, 8, 31)


def test_what_the_plan_says_can_be_read_by_the_care_team_and_by_nobody_outside_it():
    plan = make_draft()

    with transaction.atomic():
        opened = gate.compute([plan, *plan.goals.all(), *plan.actions.all()], rule="test", by=plan.made_by)

    assert [row.text for row in opened[1:3]] == ["家賃を分けて払う（見本）", "仕事を見つける（見本）"]
    assert opened[0].wishes == PARTS["wishes"]
    assert str(plan.wishes) == "●●●"


def test_a_second_plan_follows_an_evaluation_that_asks_for_it():
    by = make_member()
    plan = make_plan_at("evaluated", by=by, outcome="replan")

    second = make(plan.case, by=by, on=TODAY)

    assert (second.number, second.is_replan, second.case.stage) == (2, True, "planning")
    assert open_duties(plan.case) == ["plan.agreement"]


def test_a_suspended_case_takes_a_next_plan_too():
    plan = make_plan_at("evaluated", outcome="suspended")

    assert make(plan.case, on=TODAY).number == 2


EARLY = date(2026, 5, 12)


@pytest.mark.parametrize(
    ("stage", "overrides", "code"),
    [
        ("assessed", {"on": TODAY + timedelta(days=1)}, "future"),
        ("assessed", {"on": date(2026, 5, 10)}, "before_reception"),
        ("assessed", {"on": EARLY}, "before_assessment"),
        ("applied", {}, "no_assessment"),
        ("screened", {}, "not_applied"),
        ("assessed", {"goals": [GoalFacts("過ぎた日（見本）", PLANNED - timedelta(days=1))]}, "goal_before_plan"),
        ("assessed", {"goals": [GoalFacts("  ", TODAY)]}, "goal_without_text"),
        ("assessed", {"goals": [GoalFacts("多い（見本）", TODAY)] * 31}, "too_many"),
        ("assessed", {"goals": [GoalFacts("あ" * 2001, TODAY)]}, "too_long"),
        ("assessed", {"actions": [ActionFacts("", "client")]}, "action_without_text"),
        ("assessed", {"actions": [ActionFacts("面談（見本）", "king")]}, "unknown_code"),
        ("assessed", {"actions": [ActionFacts("多い（見本）", "client")] * 31}, "too_many"),
        ("assessed", {"service_uses": ["rent_subsidy", "rent_subsidy"]}, "repeated_code"),
        ("assessed", {"service_uses": ["magic"]}, "unknown_code"),
        ("assessed", {"wishes": "あ" * 4001}, "too_long"),
        ("assessed", {"period_from": TODAY, "period_until": TODAY - timedelta(days=1)}, "period_backwards"),
    ],
)
def test_making_a_plan_is_refused_by_name_and_changes_nothing(stage, overrides, code):
    case = make_case(stage)
    duties, lines = open_duties(case), AuditLine.objects.count()

    with pytest.raises(RuleViolation) as refusal:
        make(case, **overrides)

    assert refusal.value.code == code
    assert not SupportPlan.objects.exists()
    assert (refreshed(case).stage, open_duties(case), AuditLine.objects.count()) == (case.stage, duties, lines)


def test_a_plan_is_refused_while_another_is_unfinished():
    plan = make_draft()

    with pytest.raises(RuleViolation) as refusal:
        make(plan.case)

    assert refusal.value.code == "plan_unfinished"
    assert SupportPlan.objects.count() == 1


@pytest.mark.parametrize(
    ("outcome", "on", "code"), [("closed", TODAY, "not_to_replan"), ("replan", PLANNED + timedelta(days=4), "before_evaluation")]
)
def test_a_next_plan_needs_an_evaluation_that_asks_for_it_and_comes_after_it(outcome, on, code):
    plan = make_plan_at("evaluated", outcome=outcome)

    with pytest.raises(RuleViolation) as refusal:
        make(plan.case, on=on)

    assert refusal.value.code == code


def test_a_closed_case_takes_no_plan():
    case = close(make_case("assessed"))

    with pytest.raises(WrongState) as refusal:
        make(case)

    assert refusal.value.code == "case_ended"


def test_only_the_care_team_and_the_chief_make_plans():
    case = make_case("assessed")

    for stranger in (make_member("counsellor"), make_member("clerk")):
        with pytest.raises(PermissionDenied):
            make(case, by=stranger)

    chief = make_member("chief_counsellor")
    supervised_by(chief, case)
    assert make(case, by=chief).number == 1


def revise(plan: SupportPlan, **overrides: Any) -> SupportPlan:
    given = {"version": plan.version, "by": plan.made_by, "today": TODAY} | overrides
    return revise_plan(plan, **given)


def test_a_revision_keeps_what_stood_before_of_the_plan_and_of_its_rows():
    plan = make_draft()

    revised = revise(plan, wishes="ゆっくり休みたい（見本）", goals=[GoalFacts("家計簿をつける（見本）", date(2026, 8, 31))])

    assert revised.version == 2
    assert revised.goals.count() == 1
    kept = Revision.objects.get(object_id=plan.pk)
    with transaction.atomic():
        (opened,) = gate.compute([kept], rule="test", by=plan.made_by)
    assert opened.changed["wishes"] == PARTS["wishes"]
    assert opened.changed["goals"] == [["家賃を分けて払う（見本）", "2026-09-30"], ["仕事を見つける（見本）", "2026-12-28"]]
    assert "actions" not in opened.changed


def test_saving_the_same_again_changes_nothing_and_leaves_the_agreement():
    plan = make_plan_at("agreed")

    same = revise(plan, **PARTS, period_from=plan.period_from, period_until=plan.period_until)

    assert (same.version, same.state, same.agreed_on) == (1, "agreed", plan.agreed_on)
    assert not Revision.objects.filter(object_id=plan.pk).exists()
    assert not AuditLine.objects.filter(action="plan.revised").exists()


@pytest.mark.parametrize(("state", "after"), [("agreed", "draft"), ("held", "draft"), ("to_revise", "to_revise")])
def test_a_changed_plan_needs_the_persons_agreement_anew(state, after):
    plan = make_plan_at(state)

    revised = revise(plan, issues="ほかの課題（見本）")

    assert (revised.state, revised.agreed_on) == (after, None)
    assert "plan.agreement" in open_duties(plan.case)
    assert "plan.meeting" not in open_duties(plan.case)


def test_a_stale_revision_is_refused_and_the_newer_text_stands():
    plan = make_draft()
    revise(plan, wishes="先に保存した（見本）")

    with pytest.raises(StaleVersion):
        revise(plan, version=1, wishes="あとから（見本）")

    assert fresh(plan).version == 2


@pytest.mark.parametrize("state", ["approved", "decided", "evaluated"])
def test_a_plan_that_a_meeting_found_adequate_is_not_revised(state):
    plan = make_plan_at(state)

    with pytest.raises(WrongState) as refusal:
        revise(plan, wishes="あとから（見本）")

    assert refusal.value.code == "wrong_state"
    assert fresh(plan).version == plan.version


def test_a_revision_is_checked_like_a_new_plan():
    plan = make_draft()

    with pytest.raises(RuleViolation) as refusal:
        revise(plan, goals=[GoalFacts("過ぎた日（見本）", PLANNED - timedelta(days=1))])

    assert refusal.value.code == "goal_before_plan"
    assert plan.goals.count() == 2


def test_a_colleague_outside_the_team_does_not_revise():
    plan = make_draft()

    with pytest.raises(PermissionDenied):
        revise(plan, by=make_member("counsellor"), wishes="よその人（見本）")


def test_a_plan_of_a_closed_case_is_only_read():
    plan = make_draft()
    close(plan.case)

    with pytest.raises(WrongState) as refusal:
        revise(plan, wishes="あとから（見本）")

    assert refusal.value.code == "case_ended"


def test_evaluating_is_possible_only_once():
    plan = make_plan_at("evaluated")

    with pytest.raises(WrongState):
        evaluate(plan, by=plan.made_by)


def test_a_programme_that_begins_within_the_plan_may_be_planned_before_and_one_that_begins_after_may_not():
    planned = date(2025, 2, 3)

    check_parts({"service_uses": ["relocation_subsidy"]}, made_on=planned)

    with pytest.raises(RuleViolation) as refusal:
        check_parts({"service_uses": ["relocation_subsidy"], "period_until": date(2025, 3, 31)}, made_on=planned)
    assert refusal.value.code == "unknown_code"
