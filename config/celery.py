"""The doorbell: workers and the scheduler. What is to be done stands in the outbox of a centre, never in a message."""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "platform"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")

from celery import Celery
from celery.signals import setup_logging

from config.schedule import SCHEDULE

app = Celery("tsunagi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_time_limit=600,
    task_soft_time_limit=540,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    beat_scheduler="celery.beat:Scheduler",  # in memory: what was missed is found by the sweeper, so no file is kept
    broker_transport_options={
        "visibility_timeout": 1800,  # longer than any task may run
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "max_retries": 0,  # who asks for a job does not wait for a broker that is away
    },
)
app.autodiscover_tasks()


@app.on_after_finalize.connect
def ring_by_the_clock(sender: Celery, **_facts: Any) -> None:  # Any: what else Celery sends along
    from jobs.tasks import tick_message

    for what, when in SCHEDULE.items():
        sender.add_periodic_task(when, sender.tasks["jobs.tick"].s(*tick_message(what)), name=what)


@setup_logging.connect
def keep_our_logging(**_facts: object) -> None:
    """A receiver, even an empty one, keeps Celery from replacing the configuration of Django."""
