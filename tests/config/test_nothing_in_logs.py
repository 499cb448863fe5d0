"""What is left behind when everything goes wrong while personal data is open: logs, error pages, the broker, the cache (B56, B23)."""

import io
import json
import logging
import os

import pytest
import redis
from celery.app.trace import build_tracer
from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from accounts.gatekeeping import StaffRequest, staff_page
from casework.cases.models import Case
from casework.clients.people import PersonFacts
from config.celery import app
from disclosure import gate
from tenants.hosts import Host
from tests.factories.casework import make_case
from tests.factories.people import staff

CANARY = "金糸雀カナリア"
PHONE = "09000004321"


class Broken(Exception):
    pass


@staff_page
def fail_with_open_data(request: StaffRequest) -> HttpResponse:
    """A defect while names lie opened in the frame, in the message and in the chain."""
    case = Case.objects.select_related("client").get()
    (client,) = gate.reveal([case.client], viewer=request.user, channel="screen")
    name, typed = client.name, request.POST.get("q", "")
    logging.getLogger("tsunagi.test").info("line one\nline two %s", '\r\n{"forged": true}')
    try:
        raise ValueError(f"Key (name)=({name}) {typed} already exists")
    except ValueError as error:
        raise Broken(name, typed) from error


urlpatterns = [path("fail/", fail_with_open_data)]
handler400, handler403 = "config.answers.unreadable", "config.answers.forbidden"
handler404, handler500 = "config.answers.not_found", "config.answers.broken"


@pytest.fixture
def browser(centre: Host, at_centre: Client) -> Client:
    counsellor = staff("counsellor", email="counsellor@example.jp", name="担当 見本")
    make_case("assessed", by=counsellor, memo=CANARY, person=PersonFacts(CANARY, "かなりあ"))
    at_centre.force_login(counsellor, backend="accounts.authentication.SignInBackend")
    at_centre.raise_request_exception = False
    return at_centre


def test_a_defect_with_open_data_leaves_its_place_and_nothing_else(
    browser: Client, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B56: a forced 500 with names in locals, message and cause: neither the page nor the log has them, and each entry is one line."""
    monkeypatch.setattr(Host, "urlconf", __name__)
    answer = browser.post(f"/fail/?q={CANARY}", {"q": f"{CANARY}{PHONE}"})
    assert answer.status_code == 500
    text = log.getvalue()
    for word in (CANARY, PHONE, "かなりあ"):
        assert word not in answer.content.decode()
        assert word not in text
    entries = [json.loads(line) for line in text.splitlines()]
    (broken,) = [entry for entry in entries if entry.get("error")]
    assert [link["type"].rpartition(".")[2] for link in broken["error"]] == ["Broken", "ValueError"]
    assert not any("message" in link for link in broken["error"])
    (forged,) = [entry for entry in entries if entry["logger"] == "tsunagi.test"]
    assert forged["event"].count("\n") >= 1  # escaped within the line, since each line above was read as one object
    assert not any(entry.get("forged") for entry in entries)


def test_a_task_that_breaks_leaves_its_place_and_nothing_else(log: io.StringIO) -> None:
    """B56: Celery tells what the exception says, and PostgreSQL quotes values in it."""

    @app.task(name="test.broken")
    def broken() -> None:
        raise LookupError(f"Key (name)=({CANARY}) already exists")

    try:
        build_tracer(broken.name, broken, app=app)("1", (), {}, {"id": "1"})
    finally:
        app.tasks.unregister(broken.name)

    (told,) = map(json.loads, log.getvalue().splitlines())
    assert (told["event"], told["error"][0]["type"]) == ("Task test.broken[1] raised unexpected", "builtins.LookupError")
    assert CANARY not in log.getvalue()


def test_work_leaves_no_word_in_cache_queue_or_mail(browser: Client, log: io.StringIO) -> None:
    """B56, B23: after a walk over the pages of a case every value of the cache and every message of the queue is looked through."""
    case = Case.objects.get()
    for at in ("/", "/cases/", f"/cases/{case.pk}/", f"/cases/{case.pk}/assessment/", f"/cases/{case.pk}/edit/"):
        assert browser.get(at).status_code == 200
    assert browser.post("/clients/search/", {"q": CANARY}).status_code in {200, 302}
    looked = 0
    for address in (
        os.environ["CACHE_URL"],
        django_settings.CELERY_BROKER_URL.replace("redis+socket", "unix").replace("virtual_host", "db"),
    ):
        store = redis.Redis.from_url(address)
        for key in store.scan_iter():
            looked += 1
            held = bytes(key) + (store.dump(key) or b"") + (store.get(key) if store.type(key) == b"string" else b"")
            for word in (CANARY, PHONE):
                assert word.encode() not in held, key
                assert json.dumps(word)[1:-1].encode() not in held, key
        store.close()
    assert looked  # the search was counted, so there is something to look through
    assert CANARY not in log.getvalue()
    for message in mail.outbox:
        assert CANARY not in f"{message.subject}{message.body}{message.alternatives if hasattr(message, 'alternatives') else ''}"


def test_nothing_is_kept_of_what_a_task_returned() -> None:
    """B56"""
    assert django_settings.CELERY_TASK_IGNORE_RESULT
    assert not hasattr(django_settings, "CELERY_RESULT_BACKEND")
    assert cache.get("celery-task-meta") is None
