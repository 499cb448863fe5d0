"""Who may read what a protection says: the care team and, to supervise, the chief. Places are covered even for them until opened."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.models import Account
from casework.cases.access import OWN_GROUNDS, reading_grounds_of_clients
from casework.protection.models import AdverseParty, Protection, ProtectionEnding, SecretPlace
from disclosure import registrations
from disclosure.registrations import WHEREABOUTS, Access

REQUEST, PARTY = "request", "party"


def register() -> None:
    for model, groups in (
        (Protection, {REQUEST: ("words",)}),
        (SecretPlace, {WHEREABOUTS: ("value", "aliases")}),
        (AdverseParty, {PARTY: ("name", "kana", "birth_date", "phones")}),
        (ProtectionEnding, {REQUEST: ("reason",)}),
    ):
        registrations.register(model, groups=groups, decide=decide, grounds=dict.fromkeys(OWN_GROUNDS, frozenset(groups)))


def decide(viewer: Account, objects: Sequence[Any]) -> dict[UUID, Access]:
    """Any: rows of the models above, each with the client it is about."""
    grounds = reading_grounds_of_clients(viewer, {row.client_id for row in objects})
    purposes = {row.pk: (type(row), grounds[row.client_id]) for row in objects if row.client_id in grounds}
    answers = {pk: registrations.on_ground(model, purpose, reason=purpose.reason) for pk, (model, purpose) in purposes.items()}
    return {pk: access for pk, access in answers.items() if access}
