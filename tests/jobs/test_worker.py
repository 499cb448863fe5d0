"""Real workers behind a real broker: what is signed is done in its centre's login, what is not is refused, a killed one loses nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from casework.clients.models import Client
from config.celery import app
from jobs import outbox, tasks
from jobs.models import Job, JobState, RepeatableRequest
from tenants.activation import centre_active
from tests import databases

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A worker in a process group of its own, so that it can be killed with its children."""

    def __init__(self, database: str, marks: Path, log: Path) -> None:
        self.log = log
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "tests.jobs.slow_worker",
            "worker",
            "-c",
            "1",
            "--without-gossip",
            "--without-mingle",
        ]
        environment = os.environ | databases.environment_of(database) | {"TEST_MARKS": str(marks)}
        with log.open("w") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
        self.wait_for(lambda: "ready" in log.read_text())

    def wait_for(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)

    def end(self, how: signal.Signals) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(30)


@pytest.fixture
def start(logins: str, tmp_path: Path) -> Iterator[Callable[[str], Worker]]:
    app.control.purge()  # what other tests rang
    workers: list[Worker] = []

    def start(name: str) -> Worker:
        workers.append(Worker(logins, tmp_path, tmp_path / f"{name}.log"))
        return workers[-1]

    yield start
    for worker in workers:
        worker.end(signal.SIGKILL)


def test_a_worker_does_what_is_signed_once_and_nothing_else(start: Callable[[str], Worker]) -> None:
    worker = start("only")
    with centre_active("test_a"):
        account = Account.objects.create_user("tanaka@example.jp", name="田中")
        RepeatableRequest.objects.create(account=account, key="old", method_path="POST /", digest="", started_at=timezone.now())
        RepeatableRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
        tasks.tick.apply_async(args=["forget_requests"])
        tasks.run.apply_async(args=["test_a", "x", "y"])
        worker.wait_for(lambda: worker.log.read_text().count("message refused") == 2)
        assert RepeatableRequest.objects.count() == 1

        tasks.tick.apply_async(args=list(tasks.tick_message("forget_requests")))
        worker.wait_for(lambda: RepeatableRequest.objects.count() == 0)

        with transaction.atomic():
            job = outbox.add("release_months")
        worker.wait_for(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE)
        assert Job.objects.get(pk=job.pk).attempts == 1
    assert "Traceback" not in worker.log.read_text()


def test_a_job_whose_worker_is_killed_is_done_once_by_the_next(
    start: Callable[[str], Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(outbox._handlers, "test_slow", lambda reference_id: None)
    first = start("first")
    with centre_active("test_a"):
        with transaction.atomic():
            job = outbox.add("test_slow")
        first.wait_for((tmp_path / "begun").exists)
        first.end(signal.SIGKILL)
        assert (Client.objects.count(), Job.objects.get(pk=job.pk).attempts) == (0, 1)

        (tmp_path / "go_on").touch()
        second = start("second")
        Job.objects.update(not_before=timezone.now())  # instead of waiting for the end of the lease
        tasks.tick.apply_async(args=list(tasks.tick_message("sweep")))
        tasks.tick.apply_async(args=list(tasks.tick_message("sweep")))
        second.wait_for(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE)
        assert (Client.objects.count(), Job.objects.get(pk=job.pk).attempts) == (1, 2)
