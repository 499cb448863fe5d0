from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import AuditLine
from casework.cases.care_team import join_team, team_of
from casework.cases.models import Case, EmergencyStart, EmploymentOutcome
from tests.factories.casework import TODAY, make_case, make_member, refreshed

pytestmark = pytest.mark.usefixtures("centre", "stopped_calendar")

PAGES = ["edit", "screen", "apply", "consents", "emergency", "outcome", "team"]


def words(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_whose_it_is_and_leaves_one_line_of_reading(at_centre: Client, counsellor: Any, page: str) -> None:
    case = make_case("screened", by=counsellor)

    response = at_centre.get(f"/cases/{case.pk}/{page}/")

    assert response.status_code == 200
    assert case.number in words(response)
    assert AuditLine.objects.filter(action="record.read").count() == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_colleague_meets_a_closed_door_and_others_nothing_at_all(at_centre: Client, page: str) -> None:
    case = make_case("screened")
    for role, status in [("counsellor", 403), ("clerk", 403), ("centre_admin", 404)]:
        at_centre.force_login(make_member(role))
        assert at_centre.get(f"/cases/{case.pk}/{page}/").status_code == status
        assert at_centre.post(f"/cases/{case.pk}/{page}/", {"result": "info_only"}).status_code == status
    assert at_centre.get(f"/cases/{uuid4()}/{page}/").status_code == 404
    at_centre.logout()
    assert at_centre.get(f"/cases/{case.pk}/{page}/").status_code == 302
    assert refreshed(case).stage == "screened"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_chosen_is_answered_with_what_to_choose(at_centre: Client, counsellor: Any, page: str) -> None:
    case = make_case("screened", by=counsellor)

    response = at_centre.post(f"/cases/{case.pk}/{page}/", {})

    assert response.status_code == 422
    assert "エラー：" in words(response)


def test_screening_leads_on_to_the_application(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)

    response = at_centre.post(f"/cases/{case.pk}/screen/", {"result": "continue_plan", "on": "今日"})

    assert response["Location"] == f"/cases/{case.pk}/apply/"
    assert refreshed(case).stage == "screened"


def test_a_second_screening_meets_409_and_the_note_stays(at_centre: Client, counsellor: Any) -> None:
    case = make_case("screened", by=counsellor)

    response = at_centre.post(f"/cases/{case.pk}/screen/", {"result": "info_only", "on": "今日", "note": "消えない（見本）"})

    assert response.status_code == 409
    assert "消えない（見本）" in words(response)
    assert refreshed(case).stage == "screened"


def test_an_application_on_a_day_to_come_is_refused_beside_its_field(at_centre: Client, counsellor: Any) -> None:
    case = make_case("screened", by=counsellor)

    response = at_centre.post(f"/cases/{case.pk}/apply/", {"on": "R9.1.1", "consents": ["information_sharing"], "scope": "市（見本）"})

    assert response.status_code == 422
    assert "市（見本）" in words(response)
    assert refreshed(case).applied_on is None


def test_consents_are_given_and_withdrawn_on_their_pages(at_centre: Client, counsellor: Any) -> None:
    case = make_case("screened", by=counsellor)
    at_centre.post(f"/cases/{case.pk}/apply/", {"on": "今日", "consents": ["information_sharing"], "scope": "市と社協（見本）"})
    at_centre.post(f"/cases/{case.pk}/consents/", {"kind": "case_study", "on": "今日"})
    page = words(at_centre.get(f"/cases/{case.pk}/consents/"))
    assert "市と社協（見本）" in page
    assert page.count("有効") == 2

    consent = case.client.consents.get(kind="information_sharing")
    url = f"/cases/{case.pk}/consents/{consent.pk}/withdraw/"
    assert at_centre.get(url).status_code == 200
    assert at_centre.post(url, {"on": "今日"}).status_code == 302
    assert at_centre.post(url, {"on": "今日"}).status_code == 409
    assert words(at_centre.get(f"/cases/{case.pk}/consents/")).count("有効") == 1


def test_a_consent_of_somebody_else_is_an_unknown_address(at_centre: Client, counsellor: Any) -> None:
    mine, other = make_case("applied", by=counsellor), make_case("applied")
    foreign = other.client.consents.get()

    assert at_centre.post(f"/cases/{mine.pk}/consents/{foreign.pk}/withdraw/", {"on": "今日"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.withdrawn_on is None


def test_an_early_start_and_an_outcome_are_recorded(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)

    at_centre.post(f"/cases/{case.pk}/emergency/", {"agreed_on": "今日", "on": "今日", "content": "食料を届けた（見本）"})
    at_centre.post(f"/cases/{case.pk}/outcome/", {"kind": "started_work", "on": "5/28"})

    assert EmergencyStart.objects.get(case=case).started_on == TODAY
    assert str(EmploymentOutcome.objects.get(case=case).happened_on) == "2026-05-28"


def test_a_second_click_records_one_outcome(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    typed = {"kind": "started_work", "on": "今日", "idempotency_key": str(uuid4())}

    first, second = (at_centre.post(f"/cases/{case.pk}/outcome/", typed) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert EmploymentOutcome.objects.count() == 1


def test_the_owner_asks_a_colleague_in_hands_over_and_takes_off(at_centre: Client, counsellor: Any) -> None:
    case, colleague = make_case(by=counsellor), make_member()
    url = f"/cases/{case.pk}/team/"

    at_centre.post(url, {"account": str(colleague.pk), "act": "join"})
    assert colleague in team_of(case)
    at_centre.post(url, {"account": str(colleague.pk), "act": "hand_over"})
    assert refreshed(case).owner == colleague
    at_centre.post(f"{url}{counsellor.pk}/leave/")
    assert list(team_of(case)) == [colleague]
    assert at_centre.get(url).status_code == 403


def test_a_member_of_the_team_who_is_not_its_owner_assigns_nobody(at_centre: Client, counsellor: Any) -> None:
    case = make_case()
    join_team(case, counsellor, by=case.owner, today=TODAY)

    assert at_centre.post(f"/cases/{case.pk}/team/", {"account": str(make_member().pk)}).status_code == 403
    assert at_centre.post(f"/cases/{case.pk}/team/{case.owner_id}/leave/").status_code == 403
    assert set(team_of(case)) == {counsellor, case.owner}


@pytest.mark.parametrize("account", ["not-a-uuid", "6f1d2c3b-0000-4000-8000-000000000000", ""])
def test_a_colleague_who_does_not_exist_cannot_join(at_centre: Client, counsellor: Any, account: str) -> None:
    case = make_case(by=counsellor)

    assert at_centre.post(f"/cases/{case.pk}/team/", {"account": account}).status_code == 422
    assert list(team_of(case)) == [counsellor]


@pytest.mark.parametrize("page", PAGES)
def test_pages_ask_the_database_a_bounded_number_of_times(
    at_centre: Client, counsellor: Any, page: str, django_assert_max_num_queries: Any
) -> None:
    case = make_case("applied", by=counsellor)
    for colleague in [make_member() for _ in range(4)]:
        join_team(case, colleague, by=counsellor, today=TODAY)
    assert Case.objects.count() == 1

    with django_assert_max_num_queries(18):
        at_centre.get(f"/cases/{case.pk}/{page}/")


def test_right_after_reception_its_three_usual_ends_are_one_click_away(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)

    page = words(at_centre.get(f"/cases/{case.pk}/"))
    for result in ("continue_plan", "referred", "info_only"):
        assert f"/cases/{case.pk}/screen/?result={result}" in page
        assert f'value="{result}" id="id_result' in words(at_centre.get(f"/cases/{case.pk}/screen/?result={result}"))
    chosen = words(at_centre.get(f"/cases/{case.pk}/screen/?result=referred"))
    assert chosen.count(" checked") == 1
    assert "?result=" not in words(at_centre.get(f"/cases/{make_case('screened', by=counsellor).pk}/"))
