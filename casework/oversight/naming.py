"""What people whose data stands in the trail are called before somebody who reads it: by name only through the gate."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from accounts.models import Account
from casework.cases.access import named_clients
from casework.cases.models import Case
from casework.clients.models import Client, RelatedPerson
from disclosure import gate
from disclosure.protection import standing_of

SOMEBODY = "（表示できない方）"


class Named(NamedTuple):
    """How she is called, and where her case opens, if the reader may open it."""

    label: str
    case: UUID | None = None


def hidden_from(viewer: Account, clients: Collection[UUID]) -> frozenset[UUID]:
    """Which of these clients do not exist for the viewer: not even their numbers are shown."""
    return standing_of(viewer, clients).hidden


def is_protected(viewer: Account, client: UUID) -> bool:
    return client in standing_of(viewer, [client]).protected


def name_subjects(viewer: Account, subjects: Collection[UUID], *, channel: str) -> dict[UUID, Named]:
    """Each subject of a line: number and name for whoever may read her case, the number for others, nothing of the hidden.

    Related people are called after the client they belong to, staff (who declare things about themselves) by their names.
    At most one line of evidence, for the names opened.
    """
    clients_of = dict.fromkeys(subjects)
    related = RelatedPerson.objects.filter(pk__in=subjects).only("pk", "client_id")
    owners: dict[UUID, UUID] = dict(related.values_list("pk", "client_id"))
    clients = frozenset(owners.get(subject, subject) for subject in clients_of)
    cases: dict[UUID, Case] = {}
    for case in Case.objects.filter(client__in=clients).only("pk", "number", "client_id").order_by("received_on", "sequence"):
        cases[case.client_id] = case  # the newest stays
    hidden = hidden_from(viewer, cases.keys())
    readable = named_clients(viewer, cases.keys()) - hidden
    names = _names(viewer, readable, channel)
    staff = dict(Account.objects.filter(pk__in=clients - cases.keys()).values_list("pk", "name")) if clients - cases.keys() else {}
    return {subject: _called(subject, owners.get(subject, subject), cases, readable, hidden, names, staff) for subject in clients_of}


def _names(viewer: Account, clients: Collection[UUID], channel: str) -> dict[UUID, str]:
    rows = Client.objects.filter(pk__in=clients).only("pk", "name")
    opened = gate.reveal(list(rows), viewer=viewer, channel=channel, purpose="review", fields=("name",)) if clients else []
    return {client.pk: str(client.name) for client in opened if client.name}


def _called(
    subject: UUID,
    client: UUID,
    cases: dict[UUID, Case],
    readable: Collection[UUID],
    hidden: Collection[UUID],
    names: dict[UUID, str],
    staff: dict[UUID, str],
) -> Named:
    if client in staff:
        return Named(f"職員 {staff[client]}さん")
    if client in hidden or client not in cases:
        return Named(SOMEBODY)
    case = cases[client]
    name = f"（{names[client]}さん）" if client in names else ""
    label = f"{case.number}{name}" if subject == client else f"{case.number}の関係者"
    return Named(label, case.pk if client in readable else None)
