from uuid import UUID

from django.utils import timezone

from casework.oversight.watching import watch
from jobs import outbox


@outbox.handler("watch_trail")
def watch_trail(reference_id: UUID | None) -> None:
    """Every few minutes at every centre."""
    watch(now=timezone.now())
