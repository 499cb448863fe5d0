"""Who a client is when she is first heard of, how she may be reached, and who called for her."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from casework.clients.lengths import check_text
from casework.clients.models import Client, ContactWay, RelatedPerson
from foundation import codes
from foundation.errors import RuleViolation


@dataclass(frozen=True)
class PersonFacts:
    """What is known of the person; any part may be missing."""

    name: str = ""
    kana: str = ""
    birth_date: date | None = None
    sex: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.name or self.kana or self.birth_date or self.sex)


@dataclass(frozen=True)
class ContactFacts:
    kind: str
    value: str
    safe_to_use: str = "not_asked"
    note: str = ""


@dataclass(frozen=True)
class WayChange:
    """What has become of a way already known: whether it is still safe, whether it is still in use."""

    way_id: UUID
    safe_to_use: str
    is_ended: bool = False


@dataclass(frozen=True)
class CallerFacts:
    """Someone who speaks for the person: family, an agency, a neighbour."""

    relation: str
    name: str = ""
    phone: str = ""


def check_person(person: PersonFacts, *, on: date) -> None:
    if person.sex:
        codes.check("sex", person.sex, on=on, field="sex")
    if person.birth_date is not None and person.birth_date > on:
        raise RuleViolation("生年月日が受付日より後です。", code="birth_after_reception", field="birth_date")
    check_text(Client, name=person.name, kana=person.kana)


def check_contact_way(way: ContactFacts, *, on: date) -> None:
    codes.check("contact_way_kind", way.kind, on=on, field="contact_ways")
    codes.check("safe_to_use", way.safe_to_use, on=on, field="contact_ways")
    if not way.value.strip():
        raise RuleViolation("連絡先を書いてください。", code="contact_without_value", field="contact_ways")
    check_text(ContactWay, shown_at="contact_ways", value=way.value, note=way.note)


def check_caller(caller: CallerFacts, *, on: date) -> None:
    codes.check("caller_relation", caller.relation, on=on, field="caller")
    check_text(RelatedPerson, shown_at="caller", name=caller.name, phone=caller.phone)


def register_client(person: PersonFacts) -> Client:
    """A client as heard of; without a name she is nameless and has a key of her own all the same."""
    return Client.objects.create(name=person.name or None, kana=person.kana or None, birth_date=person.birth_date, sex=person.sex)


def complete_client(client: Client, person: PersonFacts) -> Client:
    """Fill in what was not known of a person who comes again; what is known stays."""
    missing = {
        "name": client.name is None and person.name,
        "kana": client.kana is None and person.kana,
        "birth_date": client.birth_date is None and person.birth_date,
        "sex": not client.sex and person.sex,
    }
    learnt = {field: value for field, value in missing.items() if value}
    for field, value in learnt.items():
        setattr(client, field, value)
    if learnt:
        client.version += 1
        client.save(update_fields=[*learnt, "version"])
    return client


def add_contact_ways(client: Client, ways: Sequence[ContactFacts]) -> list[ContactWay]:
    return [
        ContactWay.objects.create(client=client, kind=way.kind, value=way.value.strip(), safe_to_use=way.safe_to_use, note=way.note or None)
        for way in ways
    ]


def change_contact_ways(client: Client, changes: Sequence[WayChange], *, on: date) -> None:
    """Ways of another client are left alone: an id from elsewhere changes nothing."""
    for change in changes:
        codes.check("safe_to_use", change.safe_to_use, on=on, field="contact_ways")
        way = ContactWay.objects.filter(client=client, ended_on=None, pk=change.way_id)
        way.update(safe_to_use=change.safe_to_use, ended_on=on if change.is_ended else None)


def add_related_person(client: Client, caller: CallerFacts) -> RelatedPerson:
    return RelatedPerson.objects.create(client=client, relation=caller.relation, name=caller.name or None, phone=caller.phone or None)
