"""One click, one effect, and nothing personal is kept to know it."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Account
from audit import trail
from casework.clients.models import Client
from jobs import idempotency
from jobs.idempotency import IdempotencyMiddleware
from jobs.models import RepeatableRequest
from tenants.activation import centre_active

BODY = {"idempotency_key": "k-1", "name": "山田花子"}


@pytest.fixture
def account(centre: object) -> Account:
    return Account.objects.create_user("tanaka@example.jp", name="田中")


class View:
    """Saves a client and leads to it, as any of our pages does."""

    def __init__(self, answer: Callable[[Client], HttpResponse] | None = None) -> None:
        self.calls = 0
        self.answer = answer or (lambda client: HttpResponseRedirect(f"/clients/{client.pk}/"))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.calls += 1
        with transaction.atomic():
            client = Client.objects.create()
            trail.record("client.made", by=request.user, about=client)  # type: ignore[arg-type]  # signed in here
        return self.answer(client)


def send(view: Any, account: Any, body: Any = BODY, path: str = "/clients/new/", **options: Any) -> HttpResponse:
    request = RequestFactory().post(path, body, **options)
    request.user = account
    return IdempotencyMiddleware(view)(request)


def test_a_second_click_leads_to_the_same_place_and_does_nothing(account: Account) -> None:
    view = View()
    answers = [send(view, account) for _ in range(3)]
    assert view.calls == 1
    assert Client.objects.count() == 1
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, f"/clients/{Client.objects.get().pk}/")}


def test_the_same_key_with_something_else_is_refused(account: Account) -> None:
    view = View()
    send(view, account)
    for other in (send(view, account, BODY | {"name": "佐藤"}), send(view, account, path="/clients/other/")):
        assert other.status_code == 422
        assert "別の内容" in other.content.decode()
    assert view.calls == 1


def test_the_keys_of_two_people_never_meet(account: Account) -> None:
    view = View()
    send(view, account)
    send(view, Account.objects.create_user("sato@example.jp", name="佐藤"))
    assert view.calls == 2


def test_without_a_key_or_without_an_account_there_is_no_promise(account: Account) -> None:
    view = View()
    for _ in range(2):
        send(view, account, {"name": "山田"})
    assert view.calls == 2
    assert not RepeatableRequest.objects.exists()


def test_a_refused_form_may_be_corrected_and_sent_with_its_key(account: Account) -> None:
    refused: list[HttpResponse] = [HttpResponse("氏名を直してください", status=422)]

    def view(request: HttpRequest) -> HttpResponse:
        return refused.pop() if refused else HttpResponseRedirect("/done/")

    assert send(view, account).status_code == 422
    assert send(view, account, BODY | {"name": "佐藤花子"}).status_code == 302


def test_an_effect_whose_answer_failed_is_not_repeated(account: Account) -> None:
    view = View(lambda client: HttpResponse("broken", status=500))
    assert send(view, account).status_code == 500
    again = send(view, account)
    assert (again.status_code, view.calls) == (409, 1)
    assert "すでに保存されています" in again.content.decode()


def test_a_request_that_died_before_its_effect_is_done_by_the_next(account: Account) -> None:
    view = View()
    send(view, account)
    first = RepeatableRequest.objects.filter(key="k-1")
    first.update(status=None, location="", effect="")
    assert send(view, account).status_code == 409
    first.update(started_at=timezone.now() - idempotency.ABANDONED_AFTER - timedelta(seconds=1))
    assert send(view, account).status_code == 302
    assert view.calls == 2


def test_a_request_that_died_after_its_effect_is_never_done_again(account: Account) -> None:
    view = View()
    send(view, account)
    RepeatableRequest.objects.update(status=None, location="", started_at=timezone.now() - timedelta(hours=1))
    assert RepeatableRequest.objects.get().effect == f"clients.Client:{Client.objects.get().pk}"
    assert send(view, account).status_code == 409
    assert view.calls == 1


def test_uploads_are_told_apart_by_their_content_and_still_readable(account: Account) -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(hashlib.sha256(request.FILES["file"].read()).hexdigest())  # type: ignore[union-attr]  # one file
        return HttpResponseRedirect("/done/")

    def upload(content: bytes) -> HttpResponse:
        return send(view, account, {"idempotency_key": "k-2", "file": SimpleUploadedFile("a.pdf", content)})

    assert [upload(b"one").status_code, upload(b"one").status_code, upload(b"two").status_code] == [302, 302, 422]
    assert seen == [hashlib.sha256(b"one").hexdigest()]


def test_a_new_csrf_token_does_not_make_it_another_request(account: Account) -> None:
    view = View()
    for token in ("a", "b"):
        send(view, account, BODY | {"csrfmiddlewaretoken": token})
    assert view.calls == 1


def test_the_api_is_answered_with_status_and_place_only(account: Account) -> None:
    view = View(lambda client: JsonResponse({"name": "山田花子"}, status=201, headers={"Location": f"/api/v1/clients/{client.pk}/"}))
    options = {"content_type": "application/json", "headers": {"Idempotency-Key": "k-3"}, "path": "/api/v1/clients/"}
    first, again = send(view, account, {"name": "山田花子"}, **options), send(view, account, {"name": "山田花子"}, **options)
    assert (first.status_code, again.status_code, view.calls) == (201, 201, 1)
    assert again["Location"] == first["Location"]
    assert "山田" not in again.content.decode()
    other = send(view, account, {"name": "佐藤"}, **options)
    assert (other.status_code, other["Content-Type"]) == (422, "application/problem+json")


def test_a_fragment_that_was_saved_is_not_shown_again_but_said(account: Account) -> None:
    view = View(lambda client: HttpResponse("<p>山田花子</p>"))
    send(view, account)
    again = send(view, account)
    assert again.status_code == 409
    assert "山田" not in again.content.decode()


def test_too_long_a_key_is_refused(account: Account) -> None:
    assert send(View(), account, BODY | {"idempotency_key": "k" * 81}).status_code == 422


def test_nothing_that_was_typed_is_kept(account: Account) -> None:
    send(View(), account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT jobs_repeatablerequest::text FROM jobs_repeatablerequest")
        (row,) = cursor.fetchone()
    assert "山田" not in row
    assert hashlib.sha256("name=山田花子".encode()).hexdigest() not in row


# -- with real commits


def in_thread(view: Any, account: Account, result: list[int]) -> None:
    with centre_active("test_a"):
        result.append(send(view, account).status_code)
    connections.close_all()


def test_twenty_clicks_at_once_have_one_effect(logins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 30)
    view, statuses = View(), []
    with centre_active("test_a"):
        account = Account.objects.create_user("tanaka@example.jp", name="田中")
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            pool.submit(in_thread, view, account, statuses)
    assert statuses == [302] * 20
    with centre_active("test_a"):
        assert (view.calls, Client.objects.count()) == (1, 1)


def test_while_the_first_still_runs_the_second_is_told_to_wait(logins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.2)
    begun, go_on, statuses = Event(), Event(), []

    def slow(request: HttpRequest) -> HttpResponse:
        begun.set()
        go_on.wait(5)
        return HttpResponseRedirect("/done/")

    with centre_active("test_a"):
        account = Account.objects.create_user("tanaka@example.jp", name="田中")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(in_thread, slow, account, statuses)
        assert begun.wait(5)
        with centre_active("test_a"):
            waiting = send(slow, account)
        go_on.set()
    assert (waiting.status_code, statuses) == (409, [302])
    assert "処理しています" in waiting.content.decode()
