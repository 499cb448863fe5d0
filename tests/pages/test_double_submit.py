"""Twenty clicks at once with one key, on the real logins: one effect, and everybody is led to it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from casework.cases.models import Case, SupportRecord
from tenants.activation import centre_active
from tests.worlds import Worlds

CLICKS = 20
FORMS = {
    "reception": (Case, lambda worlds: "/cases/reception/", {"memo": "二度押した（見本）"}),
    "record": (
        SupportRecord,
        lambda worlds: f"/cases/{worlds.work.case.pk}/records/",
        {"text": "二度押した（見本）", "method": "phone", "on": "今日"},
    ),
}


def click(worlds: Worlds, path: str, body: dict[str, str], start: Barrier) -> HttpResponse:
    browser = Client(SERVER_NAME=worlds.here.server)
    browser.cookies["tsunagi_session"] = worlds.here.browser("team").cookies["tsunagi_session"].value
    start.wait()
    try:
        return browser.post(path, body)
    finally:
        for used in connections.all():
            used.close()


@pytest.mark.parametrize("form", FORMS)
def test_twenty_clicks_at_once_have_one_effect(form: str, worlds: Worlds) -> None:
    model, path, body = FORMS[form]
    with centre_active("test_a"):
        before = model.objects.count()
    start, posted = Barrier(CLICKS), body | {"idempotency_key": f"twenty-{form}"}
    with ThreadPoolExecutor(CLICKS) as pool:
        answers = [one.result() for one in [pool.submit(click, worlds, path(worlds), posted, start) for _ in range(CLICKS)]]

    with centre_active("test_a"):
        assert model.objects.count() == before + 1
    assert {answer.status_code for answer in answers} <= {302, 409}
    assert len({answer["Location"] for answer in answers if answer.status_code == 302}) == 1
