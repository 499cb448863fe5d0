"""Whom she fled from may come here himself: whoever is received is compared, by the clock, with what is known of him.

Nothing of it shows at his reception, in his case or in the trail about him; her chief is asked whether it is he.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts import notices
from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.models import Case
from casework.cases.supervisors import chiefs_of
from casework.clients.models import Client, ContactWay
from casework.protection.endings import newest_case
from casework.protection.models import AdverseParty, PossibleParty
from casework.protection.protections import lock_client, on_protected
from casework.protection.whereabouts import PHONES
from disclosure import gate
from disclosure.protection import seen_by
from foundation import clock, names, phones
from foundation.errors import WrongState

RULE = "protection.newcomers"  # compares numbers of everybody with his; only who has one in common leaves it
DUTY = "protection.possible_party"
SHORTEST_NAME = 2
AGAIN_AFTER = timedelta(days=1)  # names and numbers are corrected later
OVERLAP = timedelta(minutes=5)  # who was received while it was compared


class Known(NamedTuple):
    """What is known of one of them, folded for comparison."""

    pk: UUID
    names: frozenset[str]
    birth_date: date | None
    phones: frozenset[str]

    def has_name(self, said: Collection[str], birth_date: date | None) -> bool:
        """The whole name or reading, both folded; of the same birthday the one as a part of the other; of another birthday nobody."""
        if self.birth_date and birth_date:
            return self.birth_date == birth_date and any(known in word or word in known for known in self.names for word in said)
        return not self.names.isdisjoint(said)


@transaction.atomic
def notice_newcomers(*, today: date) -> int:
    """Ask the chief about every client who may be somebody's adverse party. Returns how many were noticed.

    Done when somebody new has been received or written down, otherwise once a day; what has been answered is not asked again.
    """
    now = timezone.now()  # rows bear the machine's time, also where the calendar stands still
    due = _due(now)
    if not due:
        return 0
    known = [_known(each) for each in gate.compute_unaltered(due, rule=RULE, fields=("name", "kana", "birth_date", "phones"))]
    AdverseParty.objects.filter(pk__in=[party.pk for party in due]).update(compared_at=now)
    by_name, by_phone = _same_name(known), _same_phone(known)
    told = PossibleParty.objects.filter(party__in=due).values_list("party", "client")
    herself_or_known = {(party.pk, client) for party in due for client in (party.client_id, party.party_id)}
    fresh = sorted((by_name | by_phone) - set(told) - herself_or_known)
    by_pk = {party.pk: party for party in due}
    for party, client in fresh:
        _notice(by_pk[party], client, has_same_name=(party, client) in by_name, has_same_phone=(party, client) in by_phone, today=today)
    return len(fresh)


def asked_of(client: UUID, viewer: Account) -> QuerySet[PossibleParty]:
    """Everybody who was noticed for this client, answered or not, as far as he exists for the viewer."""
    return PossibleParty.objects.filter(seen_by(viewer, "client"), party__client=client)


def waiting_of(client: UUID, viewer: Account) -> QuerySet[PossibleParty, Any]:
    """Unanswered, oldest first, with `case_id` and `case_number` of the newest case of each; Any: two columns more."""
    case = Case.objects.newest_of(OuterRef("client"))
    rows = asked_of(client, viewer).filter(party__ended_at=None, answered_at=None).select_related("party").order_by("noticed_at", "pk")
    return rows.annotate(case_id=Subquery(case.values("pk")[:1]), case_number=Subquery(case.values("number")[:1]))


@transaction.atomic
def answer(possible: PossibleParty, *, is_same: bool, by: Account, today: date) -> PossibleParty:
    """The chief says whether it is he; if so he is from now on the client named as her adverse party. Raises PermissionDenied,
    WrongState `answered`, `ended`."""
    if not allowed(by, Permission.READ_ALL_CASES):
        raise PermissionDenied
    client = lock_client(possible.party.client_id)
    possible = PossibleParty.objects.select_for_update(of=("self",)).get(pk=possible.pk)
    party = AdverseParty.objects.select_for_update(of=("self",)).get(pk=possible.party_id)
    if possible.answered_at is not None:
        raise WrongState("この確認は、もう済んでいます。", code="answered")
    if party.ended_at is not None:
        raise WrongState("この相手はもう外されています。", code="ended")
    possible.is_same, possible.answered_by, possible.answered_at = is_same, by, clock.now()
    possible.save(update_fields=["is_same", "answered_by", "answered_at"])
    case = newest_case(client.pk)
    trail.record("protection.party_recognised" if is_same else "protection.party_told_apart", by=by, about=[case, possible])
    if is_same:
        _name_as_client(party, possible.client_id, by=by)
        for listener in on_protected:
            listener(client.pk, by, today)
    close_answered(client.pk, by=by, today=today)
    return possible


def _name_as_client(party: AdverseParty, client: UUID, *, by: Account) -> None:
    """He is this client. Who is known as one already has been received anew without that being seen: both are named."""
    if party.party_id is None:
        AdverseParty.objects.filter(pk=party.pk).update(party=client)
    else:
        AdverseParty.objects.create(client=party.client, relation=party.relation, party_id=client, added_by=by, added_at=clock.now())


def close_answered(client: UUID, *, by: Account, today: date) -> None:
    """Nothing is due any more once no adverse party of hers waits for an answer."""
    waiting = PossibleParty.objects.filter(party__client=client, party__ended_at=None, answered_at=None)
    if not waiting.exists():
        for case in Case.objects.filter(client=client, duties__kind=DUTY, duties__closed_on=None).distinct():
            close_duty(case, DUTY, by=by, on=today)


def _due(now: datetime) -> list[AdverseParty]:
    newest = Client.objects.aggregate(at=Max("created_at"))["at"]
    if newest is None:
        return []
    stale = Q(compared_at=None) | Q(compared_at__lt=now - AGAIN_AFTER) | Q(compared_at__lt=newest + OVERLAP)
    rows = AdverseParty.objects.filter(stale, ended_at=None).select_related("client")
    return list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk"))


def _known(party: Any) -> Known:  # Any: an opened adverse party; what was erased is no str
    said = {names.fold(name) for name in (party.name, party.kana) if isinstance(name, str)}
    numbers = party.phones if isinstance(party.phones, list) else []
    born = party.birth_date if isinstance(party.birth_date, date) else None
    return Known(party.pk, frozenset(name for name in said if len(name) >= SHORTEST_NAME), born, frozenset(map(phones.normalise, numbers)))


def _same_name(known: Collection[Known]) -> set[tuple[UUID, UUID]]:
    """Adverse party and client of the same name."""

    def alike(name: str | None, kana: str | None, birth_date: date | None) -> list[UUID]:
        said = [folded for word in (name, kana) if word and (folded := names.fold(word))]  # once, for however many are compared with it
        return [each.pk for each in known if each.has_name(said, birth_date)]

    found = gate.sift(Client, ("name", "kana", "birth_date"), alike, rule=RULE, among=Client.objects.all())
    return {(party, client) for client, parties in found.items() for party in parties}


def _same_phone(known: Collection[Known]) -> set[tuple[UUID, UUID]]:
    """Adverse party and client with a number in common; one she no longer uses counts too."""
    if not any(each.phones for each in known):
        return set()

    def alike(number: str | None) -> list[UUID]:
        digits = phones.normalise(number or "")
        return [each.pk for each in known if digits in each.phones]

    found = gate.sift(ContactWay, ("value",), alike, rule=RULE, among=ContactWay.objects.filter(kind__in=PHONES))
    whose = dict(ContactWay.objects.filter(pk__in=found).values_list("pk", "client"))
    return {(party, whose[way]) for way, parties in found.items() for party in parties}


def _notice(party: AdverseParty, client: UUID, *, has_same_name: bool, has_same_phone: bool, today: date) -> None:
    possible = PossibleParty.objects.create(
        party=party, client_id=client, has_same_name=has_same_name, has_same_phone=has_same_phone, noticed_at=clock.now()
    )
    case = newest_case(party.client_id)
    adverse = AdverseParty.objects.filter(client=party.client_id, ended_at=None, account__isnull=False).values_list("account", flat=True)
    chiefs = chiefs_of(case, without=set(adverse))
    open_duty(case, DUTY, due_on=today, opened_on=today, assigned_to=next(iter(chiefs), None))
    trail.record("protection.party_alike", by=None, about=[case, possible])
    for chief in chiefs:
        notices.tell(chief, "protection_possible_party")
