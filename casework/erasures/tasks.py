"""What follows when two people have decided: the keys go, then the ledger is told to S3."""

from uuid import UUID

from django.db import connection

from audit import trail
from casework.cases.events import record_event
from casework.cases.models import Case
from casework.erasures.erasures import erase_further, subjects_of
from casework.erasures.models import ErasureRequest, ErasureState
from foundation import clock
from jobs import outbox
from vault import erasing
from vault.models import Erasure


@outbox.handler("erasures.destroy_keys")
def destroy_keys(request_id: UUID | None) -> None:
    """Destroyed in `keys` first; if this is killed before it is noted here, it runs again and finds them destroyed."""
    request = ErasureRequest.objects.select_for_update(of=("self",)).select_related("asked_by", "approved_by").get(pk=_given(request_id))
    if request.state != ErasureState.APPROVED:
        return
    decided = erasing.Decided(request.reason, str(request.asked_by_id), str(request.approved_by_id))
    request.keys = erasing.erase_subjects(_schema(), subjects_of(request.client_id), decided)
    request.state, request.done_at = ErasureState.DONE, clock.now()
    request.save(update_fields=["keys", "state", "done_at"])
    for case in Case.objects.filter(client=request.client_id):
        record_event(case, "client.erased", on=clock.today(), by=request.asked_by)
    trail.record(
        "client.erased", by=None, about=request, asked_by=request.asked_by_id, approved_by=request.approved_by_id, keys=len(request.keys)
    )
    outbox.add("erasures.erase_further", request.pk)
    outbox.add("erasures.tell_ledger", request.pk)


@outbox.handler("erasures.erase_further")
def erase_objects(request_id: UUID | None) -> None:
    """Her keys are gone already, so what a store that is away still holds cannot be opened meanwhile."""
    erase_further(ErasureRequest.objects.get(pk=_given(request_id)).client_id)


@outbox.handler("erasures.tell_ledger")
def tell_ledger(request_id: UUID | None) -> None:
    request = ErasureRequest.objects.get(pk=_given(request_id))
    erasing.tell_outside(Erasure.objects.filter(centre=_schema(), subject__in=subjects_of(request.client_id)))


@outbox.handler("erasures.take_up_again")
def take_up_again(_reference: UUID | None) -> None:
    """Every night: what was decided and met a server that was away for so long that its job was parked. Told anew, a line is the same."""
    for request in ErasureRequest.objects.filter(state=ErasureState.APPROVED):
        outbox.add("erasures.destroy_keys", request.pk)
    erasing.tell_outside(Erasure.objects.filter(centre=_schema()))


def _given(request_id: UUID | None) -> UUID:
    assert request_id is not None, "this job is asked for with a request"
    return request_id


def _schema() -> str:
    return str(connection.schema_name)  # type: ignore[attr-defined]  # the tenancy backend's attribute
