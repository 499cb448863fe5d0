from uuid import UUID

from foundation import clock
from headquarters.releases import release_due_months
from jobs import outbox


@outbox.handler("release_months")
def release_months(reference_id: UUID | None) -> None:
    """Every morning at every centre: hand over the months that are due."""
    release_due_months(clock.today())
