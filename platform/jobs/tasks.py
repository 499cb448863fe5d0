"""What a worker does when the bell rings: verify who rang, become that host, do the one job. Unsigned messages do nothing."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from celery import Task, shared_task
from celery.exceptions import Reject
from django.db import DatabaseError, connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from accounts import departures
from foundation import clock
from jobs import outbox
from jobs.models import Job, JobState, RepeatableRequest
from jobs.signing import ForgedMessage, signature, verify
from tenants.activation import centre_active, host_active, open_centres
from tenants.hosts import HEADQUARTERS, Host
from tenants.models import Centre

log = structlog.get_logger("tsunagi.jobs")

TASK = {"acks_late": True, "reject_on_worker_lost": True, "ignore_result": True}
KEPT = timedelta(hours=24)


def ring(schema: str, job_id: UUID) -> None:
    """Tell a worker. A broker that is away is no misfortune: the sweeper rings again."""
    try:
        run.apply_async(args=[schema, str(job_id), signature("job", schema, str(job_id))], retry=False)
    except (OperationalError, RedisError, OSError) as away:
        log.warning("bell not heard", job=str(job_id), error=type(away).__qualname__)


@shared_task(name="jobs.run", bind=True, **TASK)
def run(self: Task, schema: object = None, job_id: object = None, signed: object = None) -> None:
    try:
        verify(signed, "job", schema, job_id)
        host = centre_active(str(schema)) if schema != "public" else host_active(HEADQUARTERS)
        with host:
            if not outbox.perform(UUID(str(job_id))):
                _note_unknown(UUID(str(job_id)))
    except (ForgedMessage, Centre.DoesNotExist, ValueError, Job.DoesNotExist) as refusal:
        _refuse(self, refusal)


def _note_unknown(job_id: UUID) -> None:
    """Done, parked or in other hands is no news; a job that never was is refused."""
    Job.objects.only("pk").get(pk=job_id)


def tick_message(what: str) -> tuple[str, str]:
    """What the scheduler sends."""
    return what, signature("tick", what)


@shared_task(name="jobs.tick", bind=True, **TASK)
def tick(self: Task, what: object = None, signed: object = None) -> None:
    """The name of something that is done at every host, signed like a job."""
    try:
        verify(signed, "tick", what)
        at_every_host(EVERYWHERE.get(str(what)) or _asked_for(str(what)))
    except (ForgedMessage, LookupError) as refusal:
        _refuse(self, refusal)


def _refuse(task: Task, refusal: Exception) -> None:
    log.error("message refused", task=task.name, message=str(task.request.id), reason=type(refusal).__qualname__)
    raise Reject(type(refusal).__qualname__, requeue=False) from None


def at_every_host(action: Callable[[Host], None]) -> None:
    """One host that fails is named in the log and does not stop the others."""
    for host in [*open_centres(), HEADQUARTERS]:
        try:
            with host_active(host):
                action(host)
        except Exception as broken:  # noqa: BLE001 - whatever it is that one centre's rows make it stumble over
            log.error("host failed", host=host.login, error=type(broken).__qualname__)
            if isinstance(broken, DatabaseError):
                connections["default"].close()


def sweep(host: Host) -> None:
    for job_id in outbox.due(timezone.now()):
        ring(host.schema_name, job_id)


def forget_requests(host: Host) -> None:
    """Idempotency keys are kept for a day."""
    RepeatableRequest.objects.filter(created_at__lt=timezone.now() - KEPT).delete()


def end_departures(host: Host) -> None:
    """Whose last day is over."""
    departures.carry_out_due(clock.today())


EVERYWHERE: dict[str, Callable[[Host], None]] = {"sweep": sweep, "forget_requests": forget_requests, "end_departures": end_departures}


def _asked_for(kind: str) -> Callable[[Host], None]:
    """A kind of job that is due at every centre: as a row of its outbox, so that it is retried and parked like any other."""
    if kind not in outbox.kinds():
        raise LookupError(kind)

    def ask(host: Host) -> None:
        with transaction.atomic():
            if host.is_centre and not Job.objects.filter(kind=kind, state=JobState.WAITING).exists():
                outbox.add(kind)

    return ask
