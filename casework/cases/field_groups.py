"""Which sealed fields of the case file belong together, and who may read which: the answers the gate asks for.

The care team reads everything, a chief who has said what for too, and who broke the glass all but why others looked. Whoever
comes for a meeting reads what the matter is about, never where the person can be found, and nothing of the running records. A
chief who has said nothing yet oversees: names and towns in her lists, and why others looked, which she has to review.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.access import (
    BREAK_GLASS,
    MEETING,
    OVERSIGHT,
    SUPERVISION,
    SUPPORT,
    Purpose,
    reading_grounds,
    reading_grounds_of_clients,
)
from casework.cases.models import Assessment, Case, EmergencyStart, EmploymentOutcome, Revision, Screening, SupportRecord
from casework.cases.models_access import CaseBlock, CaseOpening
from casework.clients.models import Client, Consent, ContactWay, RelatedPerson
from disclosure import field_map, registrations
from disclosure.registrations import Access

IDENTITY, WHEREABOUTS, NARRATIVE, SENSITIVE_CODES = "identity", "whereabouts", "narrative", "sensitive_codes"
REASONS = "reasons"  # why somebody looked, or must not
NOBODY = UUID(int=0)
MATTER = frozenset({Client, Case, EmergencyStart, Assessment})

Groups = Mapping[str, tuple[str, ...]]
CLIENT_GROUPS: Mapping[type[models.Model], Groups] = {
    Client: {IDENTITY: ("name", "kana", "birth_date")},
    ContactWay: {WHEREABOUTS: ("value", "note")},
    RelatedPerson: {IDENTITY: ("name",), WHEREABOUTS: ("phone",)},
    Consent: {NARRATIVE: ("scope",)},
    Revision: {NARRATIVE: ("changed",)},
    CaseBlock: {REASONS: ("words",)},
}
CASE_GROUPS: Mapping[type[models.Model], Groups] = {
    Case: {NARRATIVE: ("memo",), SENSITIVE_CODES: ("concerns", "main_concern")},
    Screening: {NARRATIVE: ("note",)},
    EmergencyStart: {NARRATIVE: ("content",)},
    Assessment: {NARRATIVE: ("sections", "summary", "direction"), SENSITIVE_CODES: ("issue_traits",)},
    SupportRecord: {NARRATIVE: ("counterpart", "text", "next_step")},
    EmploymentOutcome: {NARRATIVE: ("note",)},
    CaseOpening: {REASONS: ("words", "review_words")},
}
OVERSEEN: Mapping[type[models.Model], frozenset[str]] = {
    Client: frozenset({IDENTITY}),
    ContactWay: frozenset({WHEREABOUTS}),
    CaseBlock: frozenset({REASONS}),
    CaseOpening: frozenset({REASONS}),
}


def register() -> None:
    registrations.only_on_screen(BREAK_GLASS)
    field_map.describe(
        {
            SUPPORT: "支援チーム",
            SUPERVISION: "監督の目的を選んだ主任",
            OVERSIGHT: "主任（目的を選ぶ前）",
            BREAK_GLASS: "緊急閲覧（60分・読むだけ）",
            MEETING: "会議を開く人",
        }
    )
    for model, groups in {**CLIENT_GROUPS, **CASE_GROUPS}.items():
        everything = frozenset(groups)
        grounds = {
            SUPPORT: everything,
            SUPERVISION: everything,
            BREAK_GLASS: everything - {REASONS},
            MEETING: everything - {WHEREABOUTS} if model in MATTER else frozenset(),
            OVERSIGHT: OVERSEEN.get(model, frozenset()),
        }
        registrations.register(model, groups=groups, decide=decide, grounds=grounds)


def decide(viewer: Account, objects: Sequence[Any]) -> dict[UUID, Access]:
    """Any: objects of all the models above, as a page shows them together; one or two questions for any number of them.

    Whoever may read a case may read the client it is about, so clients are only asked about where no such case is among them.
    """
    grounds = reading_grounds(viewer, {case_of(thing) for thing in objects if type(thing) in CASE_GROUPS})
    known = {thing.client_id: grounds[thing.pk] for thing in objects if type(thing) is Case and thing.pk in grounds}
    clients = {client for thing in objects if type(thing) in CLIENT_GROUPS and (client := client_of(thing)) is not None}
    known |= reading_grounds_of_clients(viewer, clients - known.keys())
    overseer = allowed(viewer, Permission.READ_ALL_CASES)
    answers = {}
    for thing in objects:
        purpose = known.get(client_of(thing) or NOBODY) if type(thing) in CLIENT_GROUPS else grounds.get(case_of(thing))
        access = access_for(type(thing), purpose)
        if access is None and purpose and overseer:  # she comes for a meeting and oversees all the same
            access = access_for(type(thing), Purpose(OVERSIGHT))
        if access:
            answers[thing.pk] = access
    return answers


def access_for(model: type[Any], purpose: Purpose | None) -> Access | None:
    """Any: one of the models above. To oversee is to supervise, in the words of the trail."""
    if purpose is None:
        return None
    return registrations.on_ground(model, purpose, purpose=SUPERVISION if purpose == OVERSIGHT else str(purpose), reason=purpose.reason)


def case_of(thing: Any) -> UUID:  # Any: one of the models above
    return thing.pk if type(thing) is Case else thing.case_id


def client_of(thing: Any) -> UUID | None:
    return thing.pk if type(thing) is Client else thing.client_id
