"""What follows when a file was added: its inspection; again when that had to be given up; and what lies in the store for nobody."""

from uuid import UUID

from casework.attachments import inspections, objects
from casework.attachments.files import INSPECT
from jobs import outbox


@outbox.handler(INSPECT)
def inspect(file_id: UUID | None) -> None:
    assert file_id is not None, "asked for with a file"
    inspections.inspect_file(file_id)


@outbox.handler("attachments.ask_again")
def ask_again(nothing: UUID | None) -> None:
    inspections.ask_again()


@outbox.handler("attachments.sweep_objects")
def sweep_objects(nothing: UUID | None) -> None:
    objects.sweep()
