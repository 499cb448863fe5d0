"""The outbox: asked for with the change, done once, retried, parked; a message alone can do nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery.exceptions import Reject
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from audit.models import AuditLine
from audit.trail import EvidenceUnavailable
from casework.clients.models import Client
from config.celery import app
from jobs import outbox, tasks
from jobs.models import Job, JobState, RepeatableRequest
from jobs.signing import signature
from tenants.activation import centre_active
from tenants.hosts import Host

Bell = list[tuple[str, str, str]]


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Bell:
    """What would have been sent to the broker."""
    sent: Bell = []

    def send(args: Any, **options: Any) -> None:
        sent.append(tuple(args))

    monkeypatch.setattr(tasks.run, "apply_async", send)
    return sent


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[UUID | None]:
    """A job whose effect is a client in the centre and an entry here."""
    references: list[UUID | None] = []

    def make(reference_id: UUID | None) -> None:
        Client.objects.create(sex="female")
        references.append(reference_id)

    monkeypatch.setitem(outbox._handlers, "test_make", make)
    return references


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(reference_id: UUID | None) -> None:
        Client.objects.create()
        raise LookupError("山田花子 was not found")

    monkeypatch.setitem(outbox._handlers, "test_fail", fail)


def ask(kind: str = "test_make", reference_id: UUID | None = None) -> Job:
    with transaction.atomic():
        return outbox.add(kind, reference_id)


def run(*args: object) -> None:
    tasks.run(*args)


def message(job: Job, schema: str = "test_a") -> tuple[str, str, str]:
    return schema, str(job.pk), signature("job", schema, str(job.pk))


# -- asking


def test_the_bell_rings_when_the_change_is_committed(
    centre: object, done: list[UUID], bell: Bell, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
        assert bell == []
    assert bell == [message(job)]


def test_a_job_is_asked_for_in_a_transaction_and_by_a_known_name(logins: str, done: list[UUID]) -> None:
    with centre_active("test_a"):
        with pytest.raises(RuntimeError):
            outbox.add("test_make")
        with pytest.raises(LookupError), transaction.atomic():
            outbox.add("test_unknown")
        assert not Job.objects.exists()


def test_a_change_that_is_rolled_back_asks_for_nothing(logins: str, done: list[UUID], bell: Bell) -> None:
    with centre_active("test_a"):
        with transaction.atomic():
            outbox.add("test_make")
            transaction.set_rollback(True)
        assert not Job.objects.exists()
    assert bell == []


def test_a_dead_broker_does_not_disturb_who_asks(
    logins: str, done: list[UUID], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis+socket:///nonexistent/broker.sock")
    for holder, pool in ((app, "_pool"), (app.amqp, "_producer_pool")):
        monkeypatch.setattr(holder, pool, None)  # connections that are open already, put back at the end
    began = timezone.now()
    with centre_active("test_a"):
        job = ask()
        assert Job.objects.get(pk=job.pk).state == JobState.WAITING
    assert "bell not heard" in caplog.text
    assert timezone.now() - began < timedelta(seconds=5)


# -- doing


def test_a_message_has_its_effect_once_however_often_it_comes(centre: object, done: list[UUID]) -> None:
    reference = uuid4()
    job = ask(reference_id=reference)
    for _ in range(3):
        run(*message(job))
    assert done == [reference]
    assert Client.objects.count() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 1)
    assert job.ended_at is not None


def test_a_job_of_one_centre_leaves_the_other_untouched(
    centre: object, other_centre: Callable[[], AbstractContextManager[object]], done: list[UUID]
) -> None:
    with other_centre():
        before = (Client.objects.count(), Job.objects.count(), AuditLine.objects.count())
    run(*message(ask()))
    with other_centre():
        assert (Client.objects.count(), Job.objects.count(), AuditLine.objects.count()) == before
    assert Client.objects.count() == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda job: (),
        lambda job: ("test_a", str(job.pk)),
        lambda job: ("test_a", str(job.pk), "0" * 64),
        lambda job: ("test_b", str(job.pk), signature("job", "test_a", str(job.pk))),
        lambda job: ("test_a", str(uuid4()), signature("job", "test_a", str(job.pk))),
        lambda job: ("test_a", str(job.pk), signature("tick", "test_a", str(job.pk))),
        lambda job: message(job, "test_b"),
        lambda job: message(job, "nowhere"),
        lambda job: ("test_a", "x", signature("job", "test_a", "x")),
        lambda job: ("test_a", {"id": str(job.pk)}, signature("job", "test_a", str(job.pk))),
    ],
    ids=[
        "empty",
        "unsigned",
        "wrong",
        "other centre",
        "other job",
        "other kind",
        "job of another centre",
        "no such centre",
        "no id",
        "shape",
    ],
)
def test_a_message_that_is_not_ours_is_refused_and_named_in_the_log(
    centre: object, done: list[UUID], caplog: pytest.LogCaptureFixture, forge: Callable[[Job], tuple[object, ...]]
) -> None:
    job = ask()
    with pytest.raises(Reject) as refusal:
        run(*forge(job))
    assert refusal.value.requeue is False
    assert done == []
    assert "message refused" in caplog.text


def test_a_failing_job_is_tried_again_later_and_parked_after_five_times(
    centre: object, failing: None, caplog: pytest.LogCaptureFixture
) -> None:
    job = ask("test_fail")
    for attempt in range(1, 6):
        run(*message(job))
        job.refresh_from_db()
        assert job.attempts == attempt
        assert job.last_error == "LookupError"
        run(*message(job))  # too early
        assert Job.objects.get(pk=job.pk).attempts == attempt
        Job.objects.update(not_before=timezone.now())
    assert job.state == JobState.PARKED
    assert Client.objects.count() == 0
    line = AuditLine.objects.get(action="job.parked")
    assert line.facts == {"job": str(job.pk), "kind": "test_fail", "error": "LookupError"}
    assert "山田" not in caplog.text
    run(*message(job))
    assert Job.objects.get(pk=job.pk).attempts == 5


def test_a_job_that_kills_its_worker_each_time_is_parked_too(centre: object, done: list[UUID]) -> None:
    job = ask()
    for _ in range(5):
        assert outbox._claim(job.pk) is not None
        assert outbox._claim(job.pk) is None  # leased
        Job.objects.update(not_before=timezone.now())
    assert outbox._claim(job.pk) is None
    assert Job.objects.get(pk=job.pk).state == JobState.PARKED
    assert done == []


def test_who_lost_the_lease_does_nothing_any_more(centre: object, done: list[UUID]) -> None:
    job = ask()
    slow = outbox._claim(job.pk)
    assert slow is not None
    Job.objects.update(not_before=timezone.now())
    assert outbox.perform(job.pk)
    assert outbox._do(slow) is False
    assert done == [None]


def test_two_workers_with_one_message_do_it_once(logins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, made = Event(), Event(), []

    def slow(reference_id: UUID | None) -> None:
        made.append(reference_id)
        begun.set()
        go_on.wait(5)

    monkeypatch.setitem(outbox._handlers, "test_slow", slow)
    monkeypatch.setattr(tasks.run, "apply_async", lambda **options: None)
    with centre_active("test_a"):
        job = ask("test_slow")

    def work() -> None:
        run(*message(job))
        connection.close()

    first = Thread(target=work)
    first.start()
    assert begun.wait(5)
    Thread(target=work).run()
    go_on.set()
    first.join()
    connections.close_all()
    assert made == [None]


# -- the clock


def test_the_sweeper_rings_at_every_centre_for_what_nobody_heard(
    centre: object, other_centre: Callable[[], AbstractContextManager[object]], done: list[UUID], bell: Bell
) -> None:
    here = ask()
    with other_centre():
        there = ask()
        later = ask()
        Job.objects.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(minutes=1))
    tasks.tick(*tasks.tick_message("sweep"))
    assert sorted(bell) == sorted([message(here), message(there, "test_b")])


def test_what_has_gone_twice_round_the_clock_is_asked_for_once(
    centre: object, other_centre: Callable[[], AbstractContextManager[object]], done: list[UUID]
) -> None:
    for _ in range(2):
        tasks.tick(*tasks.tick_message("test_make"))
    assert [job.kind for job in Job.objects.all()] == ["test_make"]
    with other_centre():
        assert Job.objects.count() == 1


def test_whatever_one_host_stumbles_over_the_others_have_their_turn(
    centre: object, other_centre: Callable[[], AbstractContextManager[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose last day is over loses her ways in at one centre also when no line can be written at another."""
    turns: list[str] = []

    def stumble(host: Host) -> None:
        turns.append(host.login)
        if host.login == "c_test_a":
            raise EvidenceUnavailable("member.ended")

    with other_centre():
        pass
    monkeypatch.setitem(tasks.EVERYWHERE, "stumble", stumble)
    with capture_logs() as told:
        tasks.tick(*tasks.tick_message("stumble"))
    assert {"c_test_a", "c_test_b", "hq"} <= set(turns)
    assert [(line["host"], line["error"]) for line in told] == [("c_test_a", "EvidenceUnavailable")]


@pytest.mark.parametrize(
    "forged", [(), ("sweep",), ("sweep", "0" * 64), ("sweep", tasks.tick_message("forget_requests")[1]), tasks.tick_message("nothing")]
)
def test_a_tick_that_is_not_ours_is_refused(centre: object, bell: Bell, forged: tuple[str, ...]) -> None:
    with pytest.raises(Reject):
        tasks.tick(*forged)
    assert bell == []


def test_the_schedule_is_signed_and_known() -> None:
    app.finalize()
    for entry in app.conf.beat_schedule.values():
        what, signed = entry["args"]
        assert entry["task"] == "jobs.tick"
        assert signed == signature("tick", what)
        assert what in tasks.EVERYWHERE or what in outbox.kinds()


def test_keys_of_yesterday_are_forgotten(centre: object) -> None:
    from accounts.models import Account

    account = Account.objects.create_user("tanaka@example.jp", name="田中")
    for key in ("old", "new"):
        RepeatableRequest.objects.create(account=account, key=key, method_path="POST /", digest="", started_at=timezone.now())
    RepeatableRequest.objects.filter(key="old").update(created_at=timezone.now() - timedelta(hours=25))
    tasks.tick(*tasks.tick_message("forget_requests"))
    assert [row.key for row in RepeatableRequest.objects.all()] == ["new"]


def test_a_worker_keeps_a_message_until_it_is_done_and_takes_one_at_a_time() -> None:
    for task in (tasks.run, tasks.tick):
        assert (task.acks_late, task.reject_on_worker_lost, task.ignore_result) == (True, True, True)
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]
