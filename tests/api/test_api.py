import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.members import end_membership
from accounts.models import Account, ApiToken
from accounts.tokens import issue_token
from audit.models import AuditLine
from casework.cases.blocks import block
from casework.clients.people import PersonFacts
from casework.reporting.figures import monthly_figures
from casework.reporting.months import Month
from foundation import clock, codes
from tests.factories.casework import make_case, make_member, supervised_by

pytestmark = pytest.mark.usefixtures("centre")


def token_of(account: Account) -> dict[str, str]:
    _, secret = issue_token(label="見本", by=account)
    return {"HTTP_AUTHORIZATION": f"Token {secret}"}


def test_a_counsellor_lists_her_own_cases_with_their_names(at_centre: Client) -> None:
    mine, colleague = make_member(), make_member()
    case = make_case(by=mine)
    make_case(by=colleague)

    answer = at_centre.get("/api/v1/cases/", **token_of(mine))

    assert answer.status_code == 200
    body = answer.json()
    assert [row["number"] for row in body["results"]] == [case.number]
    assert body["results"][0]["client"]["name"]
    line = AuditLine.objects.filter(verdict="read", channel="json").latest("id")
    assert line.subjects == [case.client_id]


def test_the_last_slash_may_be_left_out(at_centre: Client) -> None:
    headers = token_of(make_member("chief_counsellor"))

    for path in ("cases", "monthly-reports/2026-05", "schema"):
        assert at_centre.get(f"/api/v1/{path}", **headers).content == at_centre.get(f"/api/v1/{path}/", **headers).content


def test_lists_come_fifty_at_a_time_in_a_bounded_number_of_queries(
    at_centre: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    account = make_member()
    for _ in range(53):
        make_case(by=account)
    headers = token_of(account)
    codes.choices("sex", on=clock.today())

    with django_assert_max_num_queries(12):
        body = at_centre.get("/api/v1/cases/", **headers).json()

    assert (body["count"], len(body["results"])) == (53, 50)
    assert len(at_centre.get(body["next"], **headers).json()["results"]) == 3


def test_a_case_is_told_in_full_to_its_team(at_centre: Client) -> None:
    account = make_member()
    case = make_case("assessed", by=account)

    body = at_centre.get(f"/api/v1/cases/{case.pk}/", **token_of(account)).json()

    assert body["memo"] == "家賃を2か月ためている（見本）"
    assert body["concerns"] == ["rent_loan_payment"]
    assert body["version"] == case.version


def test_markup_in_a_name_is_text_of_json_that_no_browser_reads_as_a_page(at_centre: Client) -> None:
    """B43"""
    markup, account = "</script><img src=x onerror=alert(1)>", make_member(name="<b>担当</b>")
    case = make_case(by=account, person=PersonFacts(markup, "みほん", None, "female"), memo=markup)
    headers = token_of(account) | {"HTTP_ACCEPT": "text/html,*/*"}

    for path in ("/api/v1/cases/", f"/api/v1/cases/{case.pk}/"):
        answer = at_centre.get(path, **headers)
        assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == ("application/json", "nosniff")
        assert (answer.json()["results"][0] if "results" in answer.json() else answer.json())["client"]["name"] == markup
    refused = at_centre.get(f"/api/v1/cases/{case.pk}/", **token_of(make_member()))
    assert (refused.headers["Content-Type"], refused.headers["X-Content-Type-Options"]) == ("application/problem+json", "nosniff")
    assert refused.json()["owner"] == "<b>担当</b>"


def test_a_colleague_learns_number_and_owner_and_nothing_else(at_centre: Client) -> None:
    case = make_case(by=make_member(name="担当 例子"))

    answer = at_centre.get(f"/api/v1/cases/{case.pk}/", **token_of(make_member()))

    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank", "title": "このケースの担当者だけが見られます。担当者に声をかけてください。", "status": 403, "code": "case_closed",
        "number": case.number, "owner": "担当 例子",
    }  # fmt: skip


def test_a_chief_who_has_not_said_what_for_is_told_so_and_reads_once_she_has(at_centre: Client) -> None:
    case, chief = make_case(by=make_member(name="担当 例子")), make_member("chief_counsellor")
    headers = token_of(chief)

    answer = at_centre.get(f"/api/v1/cases/{case.pk}/", **headers)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank", "title": "支援チーム外のケースです。画面で監督の目的を選ぶと、その日は読めます。", "status": 403, "code": "purpose_needed",
        "number": case.number, "owner": "担当 例子",
    }  # fmt: skip
    supervised_by(chief, case)
    assert at_centre.get(f"/api/v1/cases/{case.pk}/", **headers).json()["memo"] == "家賃を2か月ためている（見本）"


def test_who_is_blocked_finds_no_case_in_the_api_whatever_her_role(at_centre: Client) -> None:
    case, chief = make_case(by=make_member()), make_member("chief_counsellor")
    supervised_by(chief, case)
    block(case, chief, reason="relative", words="", by=chief)
    headers = token_of(chief)

    answer = at_centre.get(f"/api/v1/cases/{case.pk}/", **headers)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert at_centre.get("/api/v1/cases/", **headers).json()["count"] == 0


def test_an_unknown_case_is_a_problem_document(at_centre: Client) -> None:
    answer = at_centre.get(f"/api/v1/cases/{uuid4()}/", **token_of(make_member()))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("stage=nowhere", 422, "invalid"),
        ("received_from=yesterday", 422, "invalid"),
        ("received_until=2026-02-30", 422, "invalid"),
        ("page=0", 404, "not_found"),
        ("page=999999999999999999999", 404, "not_found"),
        ("page=" + "9" * 3000, 404, "not_found"),
        ("page=%00", 404, "not_found"),
    ],
)
def test_a_bad_question_gets_a_clear_problem(at_centre: Client, query: str, status: int, code: str) -> None:
    answer = at_centre.get(f"/api/v1/cases/?{query}", **token_of(make_member()))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "headers", [{}, {"HTTP_AUTHORIZATION": "Token " + "a" * 64}, {"HTTP_AUTHORIZATION": "Token"}, {"HTTP_AUTHORIZATION": "Token \x00"}]
)
def test_without_a_token_of_this_host_nobody_gets_in(at_centre: Client, headers: dict[str, Any]) -> None:
    answer = at_centre.get("/api/v1/cases/", **headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]
    assert answer.json()["code"] in {"not_authenticated", "bad_token"}


def test_a_token_opens_nothing_at_another_centre(at_other_centre: Client) -> None:
    assert at_other_centre.get("/api/v1/cases/", **token_of(make_member())).status_code == 401


def test_the_end_of_a_membership_ends_its_tokens_at_once(at_centre: Client) -> None:
    account, admin = make_member(), make_member("centre_admin")
    headers = token_of(account)

    end_membership(account.memberships.get(), on=clock.today(), by=admin, today=clock.today())

    assert at_centre.get("/api/v1/cases/", **headers).status_code == 401


def test_only_a_digest_of_the_token_is_kept() -> None:
    token, secret = issue_token(label="見本", by=make_member())

    kept = ApiToken.objects.get(pk=token.pk)
    assert secret not in {str(getattr(kept, field.attname)) for field in kept._meta.concrete_fields}


def test_the_monthly_report_says_what_the_page_says(at_centre: Client) -> None:
    make_case("screened")

    answer = at_centre.get("/api/v1/monthly-reports/2026-05/", **token_of(make_member("chief_counsellor")))

    assert answer.json() == {"centre": "test_a", "month": "2026-05", "series": monthly_figures(Month(2026, 5)).as_series()}


@pytest.mark.parametrize(
    ("month", "status", "code"), [("2026-13", 422, "bad_month"), ("now", 422, "bad_month"), ("2199-01", 422, "month_to_come")]
)
def test_a_month_that_cannot_be_is_refused_with_its_code(at_centre: Client, month: str, status: int, code: str) -> None:
    answer = at_centre.get(f"/api/v1/monthly-reports/{month}/", **token_of(make_member("chief_counsellor")))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_counsellor_may_not_make_the_report(at_centre: Client) -> None:
    answer = at_centre.get("/api/v1/monthly-reports/2026-05/", **token_of(make_member()))

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_schema_names_every_route(at_centre: Client) -> None:
    schema = at_centre.get("/api/v1/schema/?format=json", HTTP_ACCEPT="application/json", **token_of(make_member())).content.decode()

    for path in ("/api/v1/cases", "/api/v1/monthly-reports/{month}"):
        assert f'"{path}' in schema


def test_writing_is_answered_with_405_and_changes_nothing(at_centre: Client) -> None:
    account = make_member()
    case = make_case(by=account)

    answer = at_centre.post(f"/api/v1/cases/{case.pk}/", {"memo": "x"}, content_type="application/json", **token_of(account))

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_the_schema_says_that_a_list_comes_in_pages(at_centre: Client) -> None:
    """Found by schemathesis: it promised a single case."""
    schema = json.loads(at_centre.get("/api/v1/schema/?format=json", HTTP_ACCEPT="application/json", **token_of(make_member())).content)
    promised = schema["paths"]["/api/v1/cases/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    page = schema["components"]["schemas"][promised.rpartition("/")[2]]
    assert page["properties"]["results"]["type"] == "array"


def test_the_schema_says_with_which_problems_every_operation_may_answer(at_centre: Client) -> None:
    answer = at_centre.get("/api/v1/schema/?format=json", HTTP_ACCEPT="application/json", **token_of(make_member()))

    operations = [operation for path in json.loads(answer.content)["paths"].values() for operation in path.values()]
    assert operations
    for operation in operations:
        assert operation["responses"].keys() == {"200", "401", "403", "404", "406", "409", "422", "429", "503"}
        assert "application/problem+json" in operation["responses"]["422"]["content"]


@pytest.mark.parametrize("headers", [{}, {"HTTP_ACCEPT": "text/html"}])
def test_a_refusal_of_the_schema_is_a_json_problem_too(at_centre: Client, headers: dict[str, str]) -> None:
    answer = at_centre.get("/api/v1/schema/", **headers)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["status"] == answer.status_code
