"""A real worker behind a real broker: what is signed is done in its centre's login, what is not is refused."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from config.celery import app
from jobs import outbox, tasks
from jobs.models import Job, JobState, RepeatableRequest
from tenants.activation import centre_active
from tests import databases

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def worker(logins: str, tmp_path: Path) -> Iterator[Path]:
    app.control.purge()  # what other tests rang
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--pool=solo", "--without-gossip", "--without-mingle"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | databases.environment_of(logins), stdout=out, stderr=out)
    try:
        wait_for(lambda: "ready" in log.read_text(), log)
        yield log
    finally:
        process.terminate()
        process.wait(20)


def wait_for(condition: object, log: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # a callable
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def test_a_worker_does_what_is_signed_once_and_nothing_else(worker: Path) -> None:
    with centre_active("test_a"):
        account = Account.objects.create_user("tanaka@example.jp", name="田中")
        RepeatableRequest.objects.create(account=account, key="old", method_path="POST /", digest="", started_at=timezone.now())
        RepeatableRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
        tasks.tick.apply_async(args=["forget_requests"])
        tasks.run.apply_async(args=["test_a", "x", "y"])
        wait_for(lambda: worker.read_text().count("message refused") == 2, worker)
        assert RepeatableRequest.objects.count() == 1

        tasks.tick.apply_async(args=list(tasks.tick_message("forget_requests")))
        wait_for(lambda: RepeatableRequest.objects.count() == 0, worker)

        with transaction.atomic():
            job = outbox.add("release_months")
        tasks.ring("test_a", job.pk)
        wait_for(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, worker)
        assert Job.objects.get(pk=job.pk).attempts == 1
    assert "Traceback" not in worker.read_text()
