import pytest
from django.test import Client

from config import health


def test_liveness_answers_on_any_host_and_asks_nothing_of_the_database() -> None:
    answer = Client().get("/healthz", headers={"host": "203.0.113.9"})

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_answers_when_every_part_does(logins: str) -> None:
    answer = Client().get("/readyz", headers={"host": "203.0.113.9"})

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_names_the_part_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PARTS", {"database": lambda: True, "keys": lambda: False})

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "missing": ["keys"]})
