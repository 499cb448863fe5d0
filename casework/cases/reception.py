"""電話受付: a person is heard, even without a name, gets a case number and is never heard twice from the beginning."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import notices
from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.cases.access import is_blocked, is_on_team
from casework.cases.care_team import RECEIVED_AGAIN, put_on_team
from casework.cases.deadlines import screening_due
from casework.cases.duties import open_duty
from casework.cases.events import record_event
from casework.cases.models import Case, Stage
from casework.cases.numbers import next_number
from casework.cases.permissions import can_correct_reception, can_receive
from casework.cases.revisions import save_changes
from casework.cases.steps import check_not_before, check_not_future, check_open, check_text, lock_case
from casework.cases.supervisors import chiefs_of
from casework.clients import people
from casework.clients.models import Client
from casework.clients.people import CallerFacts, ContactFacts, PersonFacts, WayChange
from foundation import codes
from foundation.errors import RuleViolation, WrongState

HEARD = frozenset({"memo", "concerns", "main_concern", "route", "urgency"})
PERSON = frozenset({"name", "kana", "birth_date", "sex"})


@transaction.atomic
def receive_person(
    *,
    on: date,
    by: Account,
    today: date,
    person: PersonFacts | None = None,
    previous: Case | None = None,
    memo: str = "",
    route: str = "",
    concerns: Sequence[str] = (),
    main_concern: str = "",
    contact_ways: Sequence[ContactFacts] = (),
    caller: CallerFacts | None = None,
    urgency: str = "",
) -> Case:
    """Open a case for a person who is heard for the first time, or again after `previous` has ended.

    Any one fact is enough (P1: income or name are never asked for). Raises PermissionDenied or RuleViolation: `future`,
    `nothing_heard`, `unknown_code`, `repeated_code`, `main_not_among_concerns`, `birth_after_reception`,
    `contact_without_value`, `too_long`, `previous_open`, `already_returned`, `before_closing`.
    """
    if not can_receive(by):
        raise PermissionDenied
    person = person or PersonFacts()
    check_not_future(on, today=today)
    if not (memo.strip() or concerns or contact_ways or caller or not person.is_empty or previous):
        raise RuleViolation("聞いたことを、ひとことでも書いてください。", code="nothing_heard", field="memo")
    check_heard({"memo": memo, "concerns": list(concerns), "main_concern": main_concern, "route": route, "urgency": urgency}, on=on)
    check_people(person, contact_ways, caller, on=on)
    client = _returning_client(previous, person, on=on) if previous else people.register_client(person)
    people.add_contact_ways(client, contact_ways)
    year, sequence, number = next_number(on)
    case = Case.objects.create(
        fiscal_year=year,
        sequence=sequence,
        number=number,
        client=client,
        previous=previous,
        owner=by,
        received_on=on,
        received_by=by,
        route=route,
        urgency=urgency,
        caller=people.add_related_person(client, caller) if caller else None,
        memo=memo or None,
        concerns=list(concerns) or None,
        main_concern=main_concern or None,
        last_contact_on=on,
    )
    put_on_team(case, by)
    open_duty(case, "case.screening", due_on=screening_due(on), opened_on=on, assigned_to=by)
    before = str(previous.pk) if previous else None
    record_event(case, "case.received", on=on, by=by, facts={"route": route, "previous": before})
    trail.record("case.received", by=by, about=case, route=route, previous=before)
    if previous:
        _tell_who_supported_her(case, previous, by=by, today=today)
    return case


@transaction.atomic
def correct_reception(
    case: Case,
    *,
    version: int,
    client_version: int,
    changes: Mapping[str, Any],
    by: Account,
    today: date,
    contact_ways: Sequence[ContactFacts] = (),
    changed_ways: Sequence[WayChange] = (),
) -> Case:
    """Change what was heard (`HEARD`) or who the person is (`PERSON`), add and change contact ways; the former words are kept.

    Nothing new leaves no trace.

    Raises PermissionDenied, StaleVersion, WrongState `case_ended`, or RuleViolation with the codes of `receive_person`.
    """
    case = lock_case(case)
    if not can_correct_reception(by, case):
        raise PermissionDenied
    check_open(case)
    assert changes.keys() <= HEARD | PERSON
    heard = {name: value for name, value in changes.items() if name in HEARD}
    person = {name: value for name, value in changes.items() if name in PERSON}
    check_heard(heard, on=case.received_on)
    check_people(PersonFacts(**{name: value for name, value in person.items() if value}), contact_ways, None, on=case.received_on)
    client = Client.objects.select_for_update().get(pk=case.client_id)
    save_changes(case, heard, version=version, by=by, client=client)
    save_changes(client, person, version=client_version, by=by, client=client)
    if (case.version, client.version) == (version, client_version) and not (contact_ways or changed_ways):
        return case
    people.add_contact_ways(client, contact_ways)
    people.change_contact_ways(client, changed_ways, on=today)
    record_event(case, "case.reception_corrected", on=today, by=by)
    trail.record("case.reception_corrected", by=by, about=[case, client], names=sorted(changes))
    return case


def check_heard(heard: Mapping[str, Any], *, on: date) -> None:
    check_text(Case, memo=heard.get("memo"))
    if heard.get("route"):
        codes.check("route", heard["route"], on=on, field="route")
    if heard.get("urgency"):
        codes.check("urgency", heard["urgency"], on=on, field="urgency")
    concerns, main = heard.get("concerns") or [], heard.get("main_concern")
    codes.check("concern", concerns, on=on, field="concerns")
    if main and main not in concerns:
        raise RuleViolation("おもな困りごとは、選んだ困りごとの中から選んでください。", code="main_not_among_concerns", field="concerns")


def check_people(person: PersonFacts, contact_ways: Sequence[ContactFacts], caller: CallerFacts | None, *, on: date) -> None:
    people.check_person(person, on=on)
    for way in contact_ways:
        people.check_contact_way(way, on=on)
    if caller:
        people.check_caller(caller, on=on)


def _returning_client(previous: Case, person: PersonFacts, *, on: date) -> Client:
    """The client of a case that is over, and over before this day."""
    previous = lock_case(previous)
    if previous.is_open:
        raise WrongState(f"前のケース {previous.number} がまだ続いています。そちらに記録してください。", code="previous_open")
    if Case.objects.filter(previous=previous).exists():
        raise WrongState(f"{previous.number} のあとの新しいケースがもうあります。", code="already_returned")
    check_not_before(on, ended_on(previous), f"{previous.number} が終わった日", code="before_closing")
    return people.complete_client(previous.client, person)


def _tell_who_supported_her(case: Case, previous: Case, *, by: Account, today: date) -> None:
    """Receiving somebody again opens who she is to whoever says that she called: somebody who knows her looks at that.

    Nobody is told whose own client it was. Where the former owner has left, or must not know of her, a chief is.
    """
    if is_on_team(by, previous):
        return
    owner, here = previous.owner, allowed(previous.owner, Permission.WORK_ON_CASE) and not is_blocked(previous.owner, case.client_id)
    told = owner if here else next(iter(chiefs_of(previous, without={by.pk})), None)
    if told is not None:
        open_duty(previous, RECEIVED_AGAIN, due_on=today, opened_on=today, assigned_to=told)
        notices.tell(told, "received_again")


def ended_on(case: Case) -> date:
    """The day on which a case that is over was closed, or ended by its last screening."""
    if case.stage == Stage.CLOSED:
        assert case.closed_on is not None
        return case.closed_on
    return case.screenings.latest("screened_on").screened_on
