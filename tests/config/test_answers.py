"""Which error becomes which answer, and that an answer tells nothing."""

from collections.abc import Callable

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import Account
from audit.models import AuditLine
from audit.trail import EvidenceUnavailable
from casework.cases.access import CaseClosedToYou
from config import answers
from config.answers import AnswersMiddleware
from disclosure.gate import Refused
from foundation.errors import RuleViolation, StaleVersion, WrongState
from tests.factories.people import staff
from vault.keys import KeyGone


def answer_to(error: Exception, path: str = "/cases/1/", user: object = None) -> HttpResponse | None:
    request = RequestFactory().post(path)
    request.user, request.resolver_match = user, None  # type: ignore[assignment]
    return AnswersMiddleware(lambda request: HttpResponse()).process_exception(request, error)


ERRORS = [
    (Refused(), 404, "not_found"),
    (Http404("case 12 of 山田"), 404, "not_found"),
    (RuleViolation("本人の同意日を記入してください。", code="no_consent"), 422, "no_consent"),
    (WrongState("終結したケースです。"), 409, "wrong_state"),
    (StaleVersion(), 409, "stale_version"),
    (EvidenceUnavailable("x"), 503, "no_evidence"),
    (OperationalError("password of c_minato"), 503, "away"),
    (KeyGone("x"), 409, "erased"),
    (BadRequest("x"), 400, "unreadable"),
]


@pytest.mark.parametrize(("error", "status", "code"), ERRORS)
def test_pages_and_api_give_the_same_status(error: Exception, status: int, code: str) -> None:
    page, problem = answer_to(error), answer_to(error, "/api/v1/cases/1/")
    assert page is not None
    assert problem is not None
    assert page.status_code == problem.status_code == status
    assert f'"code": "{code}"' in problem.content.decode()
    assert problem["Content-Type"] == "application/problem+json"
    for answer in (page, problem):
        assert answer["Cache-Control"] == "no-store"
        assert ("Retry-After" in answer.headers) == (status == 503)
        assert not any(leak in answer.content.decode() for leak in ("山田", "c_minato", "Traceback"))


def test_a_rules_message_is_shown() -> None:
    answer = answer_to(RuleViolation("本人の同意日を記入してください。", code="no_consent"))
    assert answer is not None
    assert "本人の同意日を記入してください。" in answer.content.decode()


def test_a_defect_is_not_dressed_up() -> None:
    assert answer_to(ValueError("山田")) is None


def test_unknown_and_forbidden_are_the_same_bytes(centre: object, at_centre: Client) -> None:
    unknown = at_centre.get("/no/such/page/")
    forbidden, refused = answer_to(Http404("other text")), answer_to(Refused(), path="/elsewhere/")
    assert forbidden is not None
    assert refused is not None
    assert unknown.status_code == 404
    assert unknown.content == forbidden.content == refused.content
    assert "見つかりません" in unknown.content.decode()


def test_an_act_that_is_not_permitted_leaves_a_line(centre: object) -> None:
    account = Account.objects.create_user("tanaka@example.jp", name="田中")
    answer = answer_to(PermissionDenied(), user=account)
    assert answer is not None
    assert answer.status_code == 403
    line = AuditLine.objects.get()
    assert (line.action, line.verdict, line.actor, line.facts["method"]) == ("page.forbidden", "refused", account.pk, "POST")


@pytest.mark.parametrize("method", ["G!T", "あ", "X" * 90])
def test_it_leaves_its_line_by_whatever_method_it_was_tried(centre: object, at_centre: Client, method: str) -> None:
    at_centre.force_login(staff("counsellor"), backend="accounts.authentication.SignInBackend")
    assert at_centre.generic(method, "/manage/").status_code == 403
    assert "method" not in AuditLine.objects.get(action="page.forbidden").facts


def test_a_closed_case_names_its_number_and_owner_and_how_to_ask() -> None:
    case = type("Case", (), {"number": "R8-0001", "owner": type("Owner", (), {"name": "鈴木"})()})()
    answer = answer_to(CaseClosedToYou(case))
    assert answer is not None
    assert answer.status_code == 403
    for expected in ("R8-0001", "鈴木 さん", "支援チーム"):
        assert expected in answer.content.decode()


@pytest.mark.parametrize(
    ("handler", "status"), [(answers.broken, 500), (answers.forbidden, 403), (answers.unreadable, 400), (answers.csrf_refused, 403)]
)
def test_every_handler_answers_in_japanese(handler: Callable[[HttpRequest], HttpResponse], status: int) -> None:
    answer = handler(RequestFactory().get("/"))
    assert answer.status_code == status
    assert '<html lang="ja">' in answer.content.decode()


def test_a_database_that_is_away_is_no_defect() -> None:
    try:
        raise OperationalError("connection refused")
    except OperationalError:
        assert answers.broken(RequestFactory().get("/")).status_code == 503


def test_with_the_database_away_every_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(address: str) -> None:
        raise OperationalError("connection to server failed: c_test_a")

    monkeypatch.setattr("tenants.middleware.host_named", away)
    answer = Client(raise_request_exception=False, SERVER_NAME="test-a.testserver").get("/cases/")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "c_test_a" not in answer.content.decode()


def test_a_defect_shows_no_detail(centre: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(address: str) -> None:
        raise LookupError("山田花子")

    monkeypatch.setattr("tenants.middleware.host_named", break_down)
    answer = Client(raise_request_exception=False, SERVER_NAME="test-a.testserver").get("/cases/")
    assert answer.status_code == 500
    assert "山田" not in answer.content.decode()
    assert "不具合" in answer.content.decode()
