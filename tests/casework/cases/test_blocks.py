"""Relatives and people with an interest: for them there is nothing of the client, whatever else was granted."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client

from accounts import approvals
from accounts.models import Account
from audit.models import AuditLine
from casework.cases.access import can_read_case, can_work_on_case, find_case, reading_grounds, reading_grounds_of_clients
from casework.cases.blocks import ask_to_end_block, block, note_attempts_seen
from casework.cases.care_team import hand_over, join_team, team_of
from casework.cases.models import Case, Duty
from casework.cases.models_access import CaseBlock
from disclosure import gate
from foundation import clock
from foundation.errors import RuleViolation
from tests.factories.casework import TODAY, make_case, make_member, refreshed, supervised_by
from tests.factories.people import PASSWORD, staff
from tests.factories.plans import make_meeting, make_plan_at

pytestmark = pytest.mark.usefixtures("centre")


def relate(case: Case, account: Account, by: Account | None = None) -> CaseBlock:
    return block(case, account, reason="relative", words="いとこ（見本）", by=by or account)


def on_team(case: Case) -> Account:
    account = make_member()
    join_team(case, account, by=case.owner, today=TODAY)
    return account


def a_chief(case: Case) -> Account:
    return supervised_by(make_member("chief_counsellor"), case)


def a_holder(case: Case) -> Account:
    """Of the meeting before which the case's plan stands."""
    plan = make_plan_at("agreed", case=case, by=case.owner)
    assert plan.case == case
    holder = make_member()
    make_meeting(by=holder, on=TODAY + timedelta(days=400 - 365))
    return holder


GROUNDS = {"the team": on_team, "supervision": a_chief, "a meeting": a_holder}


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
def test_a_block_beats_every_ground(ground: Any) -> None:
    """B32: whatever she had, after the block there is nothing."""
    case = make_case("assessed")
    account = ground(case)
    assert reading_grounds(account, [case.pk])
    relate(case, account)

    assert reading_grounds(account, [case.pk]) == {}
    assert reading_grounds_of_clients(account, [case.client_id]) == {}
    assert not can_read_case(account, case)
    assert not can_work_on_case(account, case)
    with pytest.raises(Http404):
        find_case(account, case.pk)
    with pytest.raises(gate.Refused):
        gate.reveal([case.client], viewer=account, channel="screen")


def test_who_is_blocked_leaves_the_team_and_her_duties_go_to_the_owner() -> None:
    case = make_case("applied")
    member = on_team(case)
    Duty.objects.filter(case=case).update(assigned_to=member)
    relate(case, member)
    assert list(team_of(case)) == [case.owner]
    assert set(Duty.objects.filter(case=case, closed_on=None).values_list("assigned_to", flat=True)) == {case.owner_id}
    with pytest.raises(PermissionDenied):
        join_team(case, member, by=case.owner, today=TODAY)
    with pytest.raises(PermissionDenied):
        hand_over(case, member, by=case.owner, today=TODAY)


def test_all_cases_of_the_client_are_gone_those_to_come_too() -> None:
    earlier = make_case("ended")
    relative = make_member()
    relate(earlier, relative)
    later = make_case(previous=earlier, on=earlier.received_on + timedelta(days=5))
    assert reading_grounds(make_member("chief_counsellor"), [later.pk]) == {later.pk: "oversight"}
    with pytest.raises(Http404):
        find_case(relative, later.pk)


def code_of(act: Any) -> str:
    with pytest.raises(RuleViolation) as refusal:
        act()
    return str(refusal.value.code)


def test_the_owner_hands_over_first() -> None:
    case = make_case()
    assert code_of(lambda: relate(case, case.owner)) == "owner_hands_over_first"
    former = case.owner
    hand_over(case, make_member(), by=former, today=TODAY)
    relate(refreshed(case), former)
    assert not can_read_case(former, case)


def test_she_declares_herself_a_chief_declares_others_and_nobody_else_anybody() -> None:
    case, colleague, chief = make_case(), make_member(), make_member("chief_counsellor")
    for nobody in (make_member(), make_member("clerk"), make_member("centre_admin"), case.owner):
        with pytest.raises(PermissionDenied):
            relate(case, colleague, by=nobody)
    assert code_of(lambda: block(case, colleague, reason="dislike", words="", by=chief)) == "unknown_reason"
    relate(case, colleague, by=chief)
    assert code_of(lambda: relate(case, colleague, by=chief)) == "blocked_already"
    relate(case, make_member("clerk"))


def test_two_people_take_it_back_and_she_is_neither() -> None:
    """B32: ending a block needs two people."""
    case, relative, chief, admin = (
        make_case(),
        make_member("chief_counsellor"),
        make_member("chief_counsellor"),
        make_member("centre_admin"),
    )
    made = relate(case, relative)
    for nobody in (relative, case.owner):
        with pytest.raises(PermissionDenied):
            ask_to_end_block(made, case=case, by=nobody)
    asked = ask_to_end_block(made, case=case, by=chief)
    for nobody in (chief, relative, case.owner):
        with pytest.raises(PermissionDenied):
            approvals.approve(asked, by=nobody)
    assert reading_grounds(relative, [case.pk]) == {}
    approvals.approve(asked, by=admin)
    assert reading_grounds(relative, [case.pk]) == {case.pk: "oversight"}
    assert AuditLine.objects.get(action="case.block_ended").facts == {"account": str(relative.pk), "asked_by": str(chief.pk)}


def test_who_asks_for_what_is_not_there_for_her_is_reported_to_a_chief_once() -> None:
    """B32: refused, and an alert to the lead."""
    case, relative, chief = make_case(), make_member(), make_member("chief_counsellor")
    relate(case, relative)
    for _ in range(3):
        with pytest.raises(Http404):
            find_case(relative, case.pk)
    duty = Duty.objects.get(kind="case.blocked_attempt")
    assert (duty.assigned_to, duty.case) == (chief, case)
    line = AuditLine.objects.filter(action="case.refused").latest("id")
    assert (line.verdict, line.actor, line.facts["blocked"]) == ("refused", relative.pk, True)
    note_attempts_seen(case, by=chief)
    assert not Duty.objects.filter(kind="case.blocked_attempt", closed_on=None).exists()


def test_where_the_chief_is_the_relative_an_administrator_is_told_the_number() -> None:
    case, chief, admin = make_case(), make_member("chief_counsellor"), make_member("centre_admin")
    relate(case, chief)
    with pytest.raises(Http404):
        find_case(chief, case.pk)
    assert Duty.objects.get(kind="case.blocked_attempt").assigned_to == admin


def key() -> dict[str, str]:
    return {"idempotency_key": str(uuid4())}


def test_her_pages_are_those_of_a_world_without_the_case(at_centre: Client) -> None:
    """B32: the same 404 as an unknown id; absent from lists, their counts, 今日, search, meetings and the report's records."""
    case, chief = make_case("assessed"), make_member("chief_counsellor")
    plan = make_plan_at("agreed", case=case, by=case.owner)
    meeting = make_meeting(by=chief, on=clock.today())
    at_centre.force_login(chief)
    lists = (
        "/cases/?view=all",
        "/?view=team",
        "/meetings/",
        f"/meetings/{meeting.pk}/",
        f"/reports/{case.received_on:%Y-%m}/new_consultations/",
    )
    assert all(case.number in at_centre.get(path).content.decode() for path in lists if path != "/meetings/")
    assert "全部</a>" not in at_centre.get("/meetings/").content.decode()

    relate(case, chief)

    for path in lists:
        assert case.number not in at_centre.get(path).content.decode(), path
    for term in (case.number, "みほん", "れいじ", "しさく"):
        assert str(case.pk) not in at_centre.post("/clients/search/", {"q": term} | key()).content.decode()
    unknown = at_centre.get(f"/cases/{uuid4()}/")
    for path in (
        f"/cases/{case.pk}/",
        f"/cases/{case.pk}/purpose/",
        f"/cases/{case.pk}/relation/",
        f"/cases/{case.pk}/blocks/",
        f"/plans/{plan.pk}/",
    ):
        answer = at_centre.get(path)
        assert (answer.status_code, answer.content) == (404, unknown.content), path
    said = {"kind": "plan", "thing": str(plan.pk), "decision": "approved", "minutes": "", "reason": ""} | key()
    assert at_centre.post(f"/meetings/{meeting.pk}/decide/", said).status_code == 404


def test_the_pages_take_a_declaration_and_its_end(at_centre: Client) -> None:
    case, colleague = make_case(), make_member()
    chief, second = make_member("chief_counsellor"), staff("centre_admin", password=PASSWORD)
    at_centre.force_login(colleague)
    assert at_centre.post(f"/cases/{case.pk}/relation/", {"reason": "acquaintance", "words": "隣に住む（見本）"} | key()).status_code == 302
    assert at_centre.get(f"/cases/{case.pk}/").status_code == 404
    at_centre.force_login(chief)
    page = at_centre.get(f"/cases/{case.pk}/blocks/").content.decode()
    assert "隣に住む（見本）" in page
    assert "開こうとしました" in page
    made = CaseBlock.objects.get()
    assert at_centre.post(f"/cases/{case.pk}/blocks/{made.pk}/end/", key()).status_code == 302
    at_centre.force_login(second)
    page = at_centre.get(f"/cases/{case.pk}/blocks/").content.decode()
    assert "隣に住む（見本）" not in page, "the administrator learns who, not why"
    assert at_centre.post(f"/cases/{case.pk}/blocks/{made.pk}/end/", {"decision": "approve"} | key()).status_code == 403, (
        "a fresh proof first"
    )
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert at_centre.post(f"/cases/{case.pk}/blocks/{made.pk}/end/", {"decision": "approve"} | key()).status_code == 302
    made.refresh_from_db()
    assert made.ended_by == second
