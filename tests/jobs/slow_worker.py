"""What a worker of the tests runs besides the product's own jobs: one that saves, then waits until it is killed or let go."""

import os
import time
from pathlib import Path
from uuid import UUID

import django

from config.celery import app

django.setup()

from casework.clients.models import Client  # noqa: E402
from jobs import outbox  # noqa: E402

__all__ = ["app"]


@outbox.handler("test_slow")
def make_client_and_wait(reference_id: UUID | None) -> None:
    Client.objects.create()
    marks = Path(os.environ["TEST_MARKS"])
    (marks / "begun").touch()
    while not (marks / "go_on").exists():
        time.sleep(0.05)
