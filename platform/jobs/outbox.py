"""What is to be done after a change: a row in the same transaction. Celery only rings; the row is the truth."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from audit import trail
from jobs.models import Job, JobState

log = structlog.get_logger("tsunagi.jobs")

Handler = Callable[[UUID | None], None]
HandlerFunction = TypeVar("HandlerFunction", bound=Handler)

ATTEMPTS = 5
LEASE = timedelta(seconds=30)  # from the claim to the lock that the work holds; a dead worker's lock is gone with its connection
PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))

_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[HandlerFunction], HandlerFunction]:
    """Register what a kind of job does, in `tasks.py` of its app. It gets the reference id and runs inside a transaction
    that also marks the job done: what it writes to the database happens once. It opens sealed values by `compute`.
    """

    def register(function: HandlerFunction) -> HandlerFunction:
        if _handlers.setdefault(kind, function) is not function:
            raise ValueError(f"two handlers for the job {kind}")
        return function

    return register


def kinds() -> frozenset[str]:
    return frozenset(_handlers)


def add(kind: str, reference_id: UUID | None = None) -> Job:
    """Ask for a job in the caller's transaction; the bell rings when that is committed.

    Raises LookupError for a kind without handler, RuntimeError outside a transaction.
    """
    if kind not in _handlers:
        raise LookupError(f"no handler for the job {kind}")
    if not connection.in_atomic_block:
        raise RuntimeError("a job is asked for in the transaction of the change that needs it")
    job = Job.objects.create(kind=kind, reference_id=reference_id, not_before=timezone.now())
    transaction.on_commit(partial(_ring, connection.schema_name, job.pk), robust=True)  # type: ignore[attr-defined]  # tenancy backend
    return job


def perform(job_id: UUID) -> bool:
    """Do a job of the active host unless it is done, parked, or in somebody else's hands. Tells whether it was done now."""
    job = _claim(job_id)
    if job is None:
        return False
    try:
        return _do(job)
    except Exception as failure:  # noqa: BLE001 - whatever a handler stumbles over is counted, and parked in the end
        _note_failure(job, failure)
        return False


def due(now: datetime) -> list[UUID]:
    """Jobs of the active host whose bell was not heard, whose worker died or whose pause is over."""
    waiting = Job.objects.filter(state=JobState.WAITING, not_before__lte=now)
    return list(waiting.order_by("not_before").values_list("pk", flat=True)[:500])


def _ring(schema: str, job_id: UUID) -> None:
    from jobs.tasks import ring

    ring(schema, job_id)


@transaction.atomic
def _claim(job_id: UUID) -> Job | None:
    """Count the attempt and commit it before the work begins, so that a job that kills its worker is parked too."""
    now = timezone.now()
    mine = Job.objects.select_for_update(skip_locked=True, of=("self",))
    job = mine.filter(pk=job_id, state=JobState.WAITING, not_before__lte=now).first()
    if job is None:
        return None
    if job.attempts >= ATTEMPTS:
        _park(job, now)
        return None
    job.attempts += 1
    job.not_before = now + LEASE
    job.save(update_fields=["attempts", "not_before"])
    return job


@transaction.atomic
def _do(job: Job) -> bool:
    mine = Job.objects.select_for_update(skip_locked=True, of=("self",))
    if not mine.filter(pk=job.pk, state=JobState.WAITING, attempts=job.attempts).exists():
        return False  # the lease ran out and somebody else took it
    _handlers[job.kind](job.reference_id)
    job.state, job.ended_at, job.last_error = JobState.DONE, timezone.now(), ""
    job.save(update_fields=["state", "ended_at", "last_error"])
    return True


@transaction.atomic
def _note_failure(job: Job, failure: Exception) -> None:
    """The class of the error, never its message: that may quote what it stumbled over."""
    now = timezone.now()
    job.last_error = type(failure).__qualname__
    log.warning("job failed", kind=job.kind, job=str(job.pk), attempt=job.attempts, error=job.last_error)
    if job.attempts >= ATTEMPTS:
        _park(job, now)
        return
    job.not_before = now + PAUSES[job.attempts - 1]
    job.save(update_fields=["last_error", "not_before"])


def _park(job: Job, now: datetime) -> None:
    job.state, job.ended_at = JobState.PARKED, now
    job.save(update_fields=["state", "ended_at", "last_error"])
    trail.record_event("job.parked", by=None, job=job.pk, kind=job.kind, error=job.last_error)
    log.error("job parked", kind=job.kind, job=str(job.pk), error=job.last_error)
