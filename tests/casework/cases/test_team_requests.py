"""Nobody puts herself on a team; who wants to join asks, and a second person says yes."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts import approvals
from accounts.models import Notice
from audit.models import AuditLine
from casework.cases.access import can_work_on_case
from casework.cases.care_team import MANY, hand_over, join_team, note_team_seen, team_of
from casework.cases.models import Duty, Event
from casework.cases.team_requests import ask_to_add, ask_to_join
from foundation.errors import RuleViolation
from tests.factories.casework import TODAY, make_case, make_member, supervised_by

pytestmark = pytest.mark.usefixtures("centre")


def code_of(act: Any) -> str:
    with pytest.raises(RuleViolation) as refusal:
        act()
    return str(refusal.value.code)


@pytest.mark.parametrize("role", ["chief_counsellor", "counsellor", "centre_admin", "clerk"])
def test_nobody_puts_herself_on_a_team_or_takes_a_case_over(role: str) -> None:
    """B18: a self-grant is refused, the chief's too."""
    case, account = make_case(), make_member(role)
    with pytest.raises(PermissionDenied):
        join_team(case, account, by=account, today=TODAY)
    with pytest.raises(PermissionDenied):
        hand_over(case, account, by=account, today=TODAY)
    assert list(team_of(case)) == [case.owner]


def test_a_chief_who_wants_to_join_needs_a_second_person() -> None:
    """B18: the owner or another chief says yes; she herself cannot."""
    case, chief, colleague = make_case(), make_member("chief_counsellor"), make_member()
    ask_to_join(case, by=chief)
    (asked,) = approvals.waiting("case.join")
    assert approvals.about_of(asked) == case.number
    for nobody in (chief, colleague):
        with pytest.raises(PermissionDenied):
            approvals.approve(asked, by=nobody)
    approvals.approve(asked, by=case.owner)
    assert chief in team_of(case)
    assert can_work_on_case(chief, case)


def test_a_grant_stands_on_the_timeline_and_the_owner_is_told() -> None:
    """B18: one grant, one line on the timeline, one notice and one duty for the owner until she has seen it."""
    case, colleague, chief = make_case(), make_member(), make_member("chief_counsellor")
    join_team(case, colleague, by=chief, today=TODAY)
    event = Event.objects.get(kind="case.team_joined")
    assert (event.case, event.by, event.facts) == (case, chief, {"account": str(colleague.pk)})
    assert list(Notice.objects.values_list("account", "code")) == [(case.owner_id, "team_changed")]
    assert Duty.objects.get(kind="case.team_changed", closed_on=None).assigned_to == case.owner
    assert AuditLine.objects.filter(action="case.team_joined").count() == 1
    with pytest.raises(PermissionDenied):
        note_team_seen(case, by=chief)
    note_team_seen(case, by=case.owner)
    assert not Duty.objects.filter(kind="case.team_changed", closed_on=None).exists()


def test_many_grants_to_one_colleague_need_a_second_person() -> None:
    """B18: bulk grants need a second approver."""
    chief, second, colleague = make_member("chief_counsellor"), make_member("chief_counsellor"), make_member()
    cases = [make_case() for _ in range(MANY + 2)]
    for case in cases[:MANY]:
        join_team(case, colleague, by=chief, today=TODAY)
    rest = cases[MANY:]
    assert code_of(lambda: join_team(rest[0], colleague, by=chief, today=TODAY)) == "needs_second"
    assert colleague not in team_of(rest[0])

    ask_to_add(rest, colleague, by=chief)

    (asked,) = approvals.waiting("case.join")
    first = min(rest, key=lambda case: case.pk)
    assert approvals.about_of(asked) == f"{colleague.name}さん、{first.number}" + (f"ほか{len(rest) - 1}件" if len(rest) > 1 else "")
    for nobody in (chief, colleague, rest[0].owner):
        with pytest.raises(PermissionDenied):
            approvals.approve(asked, by=nobody)
    approvals.approve(asked, by=second)
    assert all(colleague in team_of(case) for case in rest)


def test_a_request_is_made_once_and_can_be_declined() -> None:
    case, colleague = make_case(), make_member()
    ask_to_join(case, by=colleague)
    assert code_of(lambda: ask_to_join(case, by=colleague)) == "already_asked"
    assert Duty.objects.get(kind="case.join_request", closed_on=None).assigned_to == case.owner
    approvals.decline(approvals.waiting("case.join").get(), by=case.owner)
    assert colleague not in team_of(case)
    assert not Duty.objects.filter(kind="case.join_request", closed_on=None).exists()
    assert code_of(lambda: ask_to_join(case, by=case.owner)) == "already_on_team"
    for role in ("clerk", "centre_admin"):
        with pytest.raises(PermissionDenied):
            ask_to_join(case, by=make_member(role))


def test_who_left_meanwhile_does_not_join() -> None:
    case, colleague = make_case(), make_member()
    ask_to_join(case, by=colleague)
    colleague.memberships.update(until_date="2021-03-31")
    assert code_of(lambda: approvals.approve(approvals.waiting("case.join").get(), by=case.owner)) == "not_a_supporter"
    assert colleague not in team_of(case)


def key() -> dict[str, str]:
    return {"idempotency_key": str(uuid4())}


def test_the_owner_lets_a_colleague_in_with_one_click(at_centre: Client) -> None:
    case, colleague = make_case(), make_member(name="職員 希望")
    at_centre.force_login(colleague)
    assert f"/cases/{case.pk}/join/" in at_centre.get(f"/cases/{case.pk}/").content.decode()
    assert at_centre.get(f"/cases/{case.pk}/join/").status_code == 200
    assert at_centre.post(f"/cases/{case.pk}/join/", key()).status_code == 302
    closed = at_centre.get(f"/cases/{case.pk}/").content.decode()
    assert "支援チームへの参加を頼んであります" in closed
    assert f"/cases/{case.pk}/join/" not in closed
    at_centre.force_login(case.owner)
    assert "支援チームへの参加の依頼" in at_centre.get("/").content.decode()
    assert "職員 希望" in at_centre.get(f"/cases/{case.pk}/team/").content.decode()
    asked = approvals.waiting("case.join").get()
    answer = at_centre.post(f"/cases/{case.pk}/join/{asked.pk}/", {"decision": "approve"} | key())
    assert answer["Location"] == f"/cases/{case.pk}/team/"
    assert colleague in team_of(case)


def test_a_chief_who_picks_herself_on_the_page_asks_instead(at_centre: Client) -> None:
    case = make_case()
    chief = supervised_by(make_member("chief_counsellor"), case)
    at_centre.force_login(chief)
    at_centre.post(f"/cases/{case.pk}/team/", {"account": str(chief.pk), "act": "join"} | key())
    assert chief not in team_of(case)
    assert approvals.waiting("case.join").get().asked_by == chief
