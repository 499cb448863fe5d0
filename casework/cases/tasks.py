from uuid import UUID

from casework.cases.broken_glass import end_run_out
from jobs import outbox


@outbox.handler("end_broken_glass")
def end_broken_glass(reference_id: UUID | None) -> None:
    """At every centre: write into the trail where an hour of broken glass has run out."""
    end_run_out()
