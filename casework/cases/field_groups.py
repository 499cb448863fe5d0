"""Which sealed fields of the case file belong together, and who may read which: the answers the gate asks for.

The care team reads everything, the chief too but as supervision. Whoever comes on another ground (a meeting, a referral)
reads what the matter is about, never where the person can be found, and nothing of the running records.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from accounts.models import Account
from casework.cases.access import OWN_GROUNDS, reading_grounds, reading_grounds_of_clients
from casework.cases.models import Assessment, Case, EmergencyStart, EmploymentOutcome, Revision, Screening, SupportRecord
from casework.clients.models import Client, Consent, ContactWay, RelatedPerson
from disclosure import gate

IDENTITY, WHEREABOUTS, NARRATIVE, SENSITIVE_CODES = "identity", "whereabouts", "narrative", "sensitive_codes"
NOBODY = UUID(int=0)
MATTER = frozenset({Client, Case, EmergencyStart, Assessment})

Groups = Mapping[str, tuple[str, ...]]
CLIENT_GROUPS: Mapping[type[models.Model], Groups] = {
    Client: {IDENTITY: ("name", "kana", "birth_date")},
    ContactWay: {WHEREABOUTS: ("value", "note")},
    RelatedPerson: {IDENTITY: ("name",), WHEREABOUTS: ("phone",)},
    Consent: {NARRATIVE: ("scope",)},
    Revision: {NARRATIVE: ("changed",)},
}
CASE_GROUPS: Mapping[type[models.Model], Groups] = {
    Case: {NARRATIVE: ("memo",), SENSITIVE_CODES: ("concerns", "main_concern")},
    Screening: {NARRATIVE: ("note",)},
    EmergencyStart: {NARRATIVE: ("content",)},
    Assessment: {NARRATIVE: ("sections", "summary", "direction"), SENSITIVE_CODES: ("issue_traits",)},
    SupportRecord: {NARRATIVE: ("counterpart", "text", "next_step")},
    EmploymentOutcome: {NARRATIVE: ("note",)},
}


def register() -> None:
    for model, groups in {**CLIENT_GROUPS, **CASE_GROUPS}.items():
        gate.register(model, groups=groups, decide=decide)


def decide(viewer: Account, objects: Sequence[Any]) -> dict[UUID, gate.Access]:
    """Any: objects of all the models above, as a page shows them together; one or two questions for any number of them.

    Whoever may read a case may read the client it is about, so clients are only asked about where no such case is among them.
    """
    grounds = reading_grounds(viewer, {case_of(thing) for thing in objects if type(thing) in CASE_GROUPS})
    known = {thing.client_id: grounds[thing.pk] for thing in objects if type(thing) is Case and thing.pk in grounds}
    clients = {client for thing in objects if type(thing) in CLIENT_GROUPS and (client := client_of(thing)) is not None}
    known |= reading_grounds_of_clients(viewer, clients - known.keys())
    answers = {}
    for thing in objects:
        purpose = known.get(client_of(thing) or NOBODY) if type(thing) in CLIENT_GROUPS else grounds.get(case_of(thing))
        access = access_for(type(thing), purpose)
        if access:
            answers[thing.pk] = access
    return answers


def access_for(model: type[Any], purpose: str | None) -> gate.Access | None:
    """Any: one of the models above."""
    groups = frozenset(CLIENT_GROUPS.get(model) or CASE_GROUPS[model])
    if purpose in OWN_GROUNDS:
        return gate.Access(groups, purpose)
    return gate.Access(groups - {WHEREABOUTS}, purpose) if purpose and model in MATTER else None


def case_of(thing: Any) -> UUID:  # Any: one of the models above
    return thing.pk if type(thing) is Case else thing.case_id


def client_of(thing: Any) -> UUID | None:
    return thing.pk if type(thing) is Client else thing.client_id
