"""Which sealed fields of the case file belong together, and who may read which: the answers the gate asks for.

The care team reads everything, the chief too but as supervision. Whoever comes on another ground (a meeting, a referral)
reads what the matter is about, never where the person can be found, and nothing of the running records.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from accounts.models import Account
from casework.cases.access import OWN_GROUNDS, reading_grounds, reading_grounds_of_clients
from casework.cases.models import Assessment, Case, EmergencyStart, EmploymentOutcome, Revision, Screening, SupportRecord
from casework.clients.models import Client, Consent, ContactWay, RelatedPerson
from disclosure import gate

IDENTITY, WHEREABOUTS, NARRATIVE, SENSITIVE_CODES = "identity", "whereabouts", "narrative", "sensitive_codes"
MATTER = frozenset({Client, Case, EmergencyStart, Assessment})

Decide = Callable[[Account, Sequence[Any]], Mapping[UUID, gate.Access]]  # Any: objects of the model it is registered for


Groups = Mapping[str, tuple[str, ...]]
OF_CLIENT: Mapping[type[models.Model], Groups] = {
    Client: {IDENTITY: ("name", "kana", "birth_date")},
    ContactWay: {WHEREABOUTS: ("value", "note")},
    RelatedPerson: {IDENTITY: ("name",), WHEREABOUTS: ("phone",)},
    Consent: {NARRATIVE: ("scope",)},
    Revision: {NARRATIVE: ("changed",)},
}
OF_CASE: Mapping[type[models.Model], Groups] = {
    Case: {NARRATIVE: ("memo",), SENSITIVE_CODES: ("concerns", "main_concern")},
    Screening: {NARRATIVE: ("note",)},
    EmergencyStart: {NARRATIVE: ("content",)},
    Assessment: {NARRATIVE: ("sections", "summary", "direction"), SENSITIVE_CODES: ("issue_traits",)},
    SupportRecord: {NARRATIVE: ("counterpart", "text", "next_step")},
    EmploymentOutcome: {NARRATIVE: ("note",)},
}


def register() -> None:
    for model, groups in OF_CLIENT.items():
        gate.register(model, groups=groups, decide=by_client(groups, "pk" if model is Client else "client_id"))
    for model, groups in OF_CASE.items():
        gate.register(model, groups=groups, decide=by_case(groups, "pk" if model is Case else "case_id"))


def by_case(groups: Iterable[str], path: str) -> Decide:
    return lambda viewer, objects: _answers(viewer, objects, path, frozenset(groups), reading_grounds)


def by_client(groups: Iterable[str], path: str) -> Decide:
    return lambda viewer, objects: _answers(viewer, objects, path, frozenset(groups), reading_grounds_of_clients)


def _answers(viewer: Account, objects: Sequence[Any], path: str, groups: frozenset[str], ask: Callable) -> dict[UUID, gate.Access]:
    """Any and the bare Callable: the same for all models registered above, by their case or by their client."""
    grounds = ask(viewer, {getattr(thing, path) for thing in objects} - {None})
    answers = {}
    for thing in objects:
        purpose = grounds.get(getattr(thing, path))
        if purpose in OWN_GROUNDS:
            answers[thing.pk] = gate.Access(groups, purpose)
        elif purpose and type(thing) in MATTER:
            answers[thing.pk] = gate.Access(groups - {WHEREABOUTS}, purpose)
    return answers
