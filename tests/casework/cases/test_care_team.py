from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Account, Membership
from audit.models import AuditLine
from casework.cases.access import can_read_case, can_work_on_case, reading_grounds, reading_grounds_of_clients
from casework.cases.care_team import hand_over, join_team, leave_team, supporters, team_of
from casework.cases.models import Case, Duty, Event
from disclosure import gate
from foundation import clock
from foundation.errors import RuleViolation
from tests.factories.casework import TODAY, make_case, make_member, refreshed, supervised_by

pytestmark = pytest.mark.usefixtures("centre")


def test_a_colleague_who_joins_reads_and_writes_until_she_leaves() -> None:
    case, colleague = make_case(), make_member("employment_supporter")
    assert not can_read_case(colleague, case)

    join_team(case, colleague, by=case.owner, today=TODAY)
    assert can_work_on_case(colleague, case)

    leave_team(case, colleague, by=colleague, today=TODAY)
    assert not can_read_case(colleague, case)
    assert list(team_of(case)) == [case.owner]
    assert list(Event.objects.filter(kind__startswith="case.team").values_list("kind", flat=True).order_by("at")) == [
        "case.team_joined",
        "case.team_left",
    ]


def test_a_case_that_is_handed_over_takes_its_duties_along_and_leaves_the_giver_on_the_team() -> None:
    case, taker = make_case(), make_member()
    giver = case.owner

    hand_over(case, taker, by=make_member("chief_counsellor"), today=TODAY)

    assert refreshed(case).owner == taker
    assert set(team_of(case)) == {giver, taker}
    assert set(Duty.objects.filter(case=case, closed_on=None).values_list("assigned_to", flat=True)) == {taker.pk}
    assert AuditLine.objects.get(action="case.handed_over").facts == {"giver": str(giver.pk), "taker": str(taker.pk)}


def former_member() -> Account:
    account = make_member()
    Membership.objects.filter(account=account).update(until_date=date(2021, 3, 31))
    account.forget_standing()
    return account


Act = Callable[[Case], Any]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda case: join_team(case, case.owner, by=case.owner, today=TODAY), "already_on_team"),
        (lambda case: join_team(case, make_member("clerk"), by=case.owner, today=TODAY), "not_a_supporter"),
        (lambda case: join_team(case, former_member(), by=case.owner, today=TODAY), "not_a_supporter"),
        (lambda case: hand_over(case, make_member("clerk"), by=case.owner, today=TODAY), "not_a_supporter"),
        (lambda case: hand_over(case, case.owner, by=case.owner, today=TODAY), "already_owner"),
        (lambda case: leave_team(case, case.owner, by=case.owner, today=TODAY), "owner_stays"),
        (lambda case: leave_team(case, make_member(), by=case.owner, today=TODAY), "not_on_team"),
    ],
)
def test_a_change_of_team_that_cannot_be_names_its_rule_and_changes_nothing(act: Act, code: str) -> None:
    case = make_case()
    events, lines = Event.objects.count(), AuditLine.objects.filter(verdict="write").count()

    with pytest.raises(RuleViolation) as refusal:
        act(case)

    assert refusal.value.code == code
    assert list(team_of(case)) == [refreshed(case).owner] == [case.owner]
    assert (Event.objects.count(), AuditLine.objects.filter(verdict="write").count()) == (events, lines)


@pytest.mark.parametrize("role", ["counsellor", "clerk", "centre_admin"])
def test_nobody_puts_herself_or_others_on_a_team(role: str) -> None:
    case, stranger = make_case(), make_member(role)

    with pytest.raises(PermissionDenied):
        join_team(case, stranger, by=stranger, today=TODAY)
    with pytest.raises(PermissionDenied):
        leave_team(case, case.owner, by=stranger, today=TODAY)
    with pytest.raises(PermissionDenied):
        hand_over(case, make_member(), by=stranger, today=TODAY)


def test_who_may_be_put_on_a_team_are_the_supporters_of_today() -> None:
    supporter, clerk, former = make_member("housing_counsellor"), make_member("clerk"), former_member()

    found = set(supporters(clock.today()))

    assert supporter in found
    assert not found & {clerk, former}


def test_the_team_reads_to_support_the_chief_to_supervise_and_nobody_else_at_all() -> None:
    case, chief = make_case(), make_member("chief_counsellor")
    own = make_case(by=chief)

    assert reading_grounds(case.owner, [case.pk, own.pk]) == {case.pk: "support"}
    assert reading_grounds(chief, [case.pk, own.pk]) == {case.pk: "oversight", own.pk: "support"}
    supervised_by(chief, case)
    assert reading_grounds(chief, [case.pk, own.pk]) == {case.pk: "supervision", own.pk: "support"}
    assert reading_grounds_of_clients(chief, [case.client_id, own.client_id]) == {case.client_id: "supervision", own.client_id: "support"}
    for role in ("counsellor", "clerk", "centre_admin", "analyst"):
        assert reading_grounds(make_member(role), [case.pk, own.pk]) == {}
        assert reading_grounds_of_clients(make_member(role), [case.client_id]) == {}


@pytest.mark.parametrize("role", ["counsellor", "clerk", "centre_admin"])
def test_the_gate_opens_nothing_of_a_case_to_a_colleague(role: str) -> None:
    case = make_case("assessed")
    things = [case, case.client, case.screenings.get(), case.assessments.get(), case.client.consents.get()]

    for thing in things:
        with pytest.raises(gate.Refused):
            gate.reveal([thing], viewer=make_member(role), channel="screen")


def test_the_chiefs_reading_is_noted_as_supervision() -> None:
    case = make_case()

    gate.reveal([case, case.client], viewer=supervised_by(make_member("chief_counsellor"), case), channel="screen")
    line = AuditLine.objects.latest("id")
    assert (line.purpose, line.facts) == ("supervision", {"reasons": ["regular_check"]})

    gate.reveal([case, case.client], viewer=case.owner, channel="screen")
    assert AuditLine.objects.latest("id").purpose == "support"
