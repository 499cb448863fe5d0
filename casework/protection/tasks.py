"""By the clock: endings whose day has come, colleagues who have come to stand on both sides, and who may have come himself."""

from uuid import UUID

from casework.protection.endings import carry_out, due_endings
from casework.protection.newcomers import notice_newcomers
from casework.protection.parties import notice_both_sides
from foundation import clock
from jobs import outbox


@outbox.handler("protection_endings")
def end_what_is_due(_reference: UUID | None) -> None:
    """Each is looked at again under lock; what was renewed since the list was made stays."""
    for ending in due_endings(clock.today()):
        carry_out(ending, today=clock.today())


@outbox.handler("protection_both_sides")
def notice_colleagues(_reference: UUID | None) -> None:
    notice_both_sides(today=clock.today())


@outbox.handler("protection_newcomers")
def notice_who_came(_reference: UUID | None) -> None:
    notice_newcomers(today=clock.today())
