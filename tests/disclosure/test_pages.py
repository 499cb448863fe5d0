"""The doors behind real pages: what a stranger gets, and what everybody gets when evidence cannot be written."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Account
from audit.models import AuditLine
from casework.cases.models import Case
from casework.plans.models import SupportPlan
from tests.factories.casework import make_case, make_member
from tests.factories.people import guest
from tests.factories.plans import make_plan_at


@pytest.fixture
def worker(centre: object) -> Account:
    return make_member()


@pytest.fixture
def plan(worker: Account) -> SupportPlan:
    return make_plan_at("draft", by=worker)


def revoke_append() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; REVOKE EXECUTE ON FUNCTION test_a.audit_append FROM c_test_a; SET ROLE c_test_a")


PAGES: list[Callable[[SupportPlan], str]] = [
    lambda plan: f"/cases/{plan.case_id}/",
    lambda plan: f"/plans/{plan.pk}/",
    lambda plan: f"/plans/{plan.pk}/edit/",
    lambda plan: f"/plans/{plan.pk}/plan.pdf",
    lambda plan: f"/cases/{plan.case_id}/edit/",
]


@pytest.mark.parametrize("page", PAGES)
def test_without_evidence_no_page_shows_anything(
    plan: SupportPlan, worker: Account, at_centre: Client, page: Callable[[SupportPlan], str]
) -> None:
    at_centre.force_login(worker)
    assert at_centre.get(page(plan)).status_code == 200
    revoke_append()
    answer = at_centre.get(page(plan))
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "見本" not in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_case_leaves_its_line_before_it_answers(
    plan: SupportPlan, worker: Account, at_centre: Client, page: Callable[[SupportPlan], str]
) -> None:
    at_centre.force_login(worker)
    before = AuditLine.objects.latest("id").pk
    assert at_centre.get(page(plan)).status_code == 200
    lines = AuditLine.objects.filter(pk__gt=before, verdict="read")
    assert lines
    assert {line.actor for line in lines} == {worker.pk}
    assert plan.case.client_id in {subject for line in lines for subject in line.subjects}


def test_a_guest_without_a_grant_meets_the_page_of_an_unknown_id(plan: SupportPlan, at_centre: Client) -> None:
    at_centre.force_login(guest())
    for url in (f"/plans/{plan.pk}/", f"/cases/{plan.case_id}/"):
        unknown = at_centre.get(url.replace(str(plan.pk), str(uuid4())).replace(str(plan.case_id), str(uuid4())))
        forbidden = at_centre.get(url)
        assert (forbidden.status_code, unknown.status_code) == (404, 404)
        assert forbidden.content == unknown.content


def test_a_colleague_is_told_whom_to_ask_and_leaves_a_refusal(worker: Account, at_centre: Client) -> None:
    case: Case = make_case(by=worker)
    colleague = make_member()
    at_centre.force_login(colleague)
    answer = at_centre.get(f"/cases/{case.pk}/")
    assert answer.status_code == 403
    content = answer.content.decode()
    assert case.number in content
    assert worker.name in content
    assert "見本" not in content
    assert AuditLine.objects.filter(verdict="refused", actor=colleague.pk).exists()
