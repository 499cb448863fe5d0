"""The doorbell: workers and the scheduler. What is to be done stands in the outbox of a centre, never in a message."""

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "platform"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")

from celery import Celery
from celery.signals import setup_logging

app = Celery("tsunagi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_facts: object) -> None:
    """A receiver, even an empty one, keeps Celery from replacing the configuration of Django."""
