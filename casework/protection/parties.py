"""Whom she fled from: what is known of him, who he is here, and colleagues who would work for both."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import approvals
from accounts.catalogue import Permission
from accounts.models import Account, AccountKind, Approval, GuestEntry
from accounts.permissions import allowed
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.models import Case, CaseUserObjectPermission
from casework.cases.steps import check_text, lock_case
from casework.clients.models import Client
from casework.protection.endings import newest_case
from casework.protection.models import AdverseParty, BothSides
from casework.protection.newcomers import close_answered
from casework.protection.permissions import can_look_after
from casework.protection.protections import lock_client, on_protected
from foundation import clock, codes, phones
from foundation.errors import RuleViolation, WrongState

BOTH_SIDES = "protection.both_sides"
MOST_PHONES = 10


@dataclass(frozen=True)
class PartyFacts:
    """What is known of him; one fact is enough."""

    name: str = ""
    kana: str = ""
    birth_date: date | None = None
    phones: Sequence[str] = field(default_factory=tuple)
    party: Client | None = None
    account: Account | None = None
    agency_id: UUID | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.name or self.kana or self.birth_date or self.phones or self.party or self.account or self.agency_id)


@transaction.atomic
def add_adverse_party(case: Case, *, relation: str, facts: PartyFacts, by: Account, today: date) -> AdverseParty:
    """Write down who must not find her. From this moment her case does not exist for an account or an agency named here, and what
    is shared is looked at again.

    Raises PermissionDenied, RuleViolation `unknown_code`, `nobody`, `same_person`, `too_long`, `too_many`, `bad_phone`, `own_team`.
    """
    case = lock_case(case)
    if not can_look_after(by, case):
        raise PermissionDenied
    codes.check("adverse_relation", relation, on=today, field="relation")
    if facts.is_empty:
        raise RuleViolation("分かっていることを、一つでも書いてください。", code="nobody", field="name")
    if facts.party is not None and facts.party.pk == case.client_id:
        raise RuleViolation("本人のケースです。相手のケース番号を書いてください。", code="same_person", field="case_number")
    if facts.account is not None and facts.account.pk == case.owner_id:
        raise RuleViolation("主担当です。先に主担当を引き継いでください。", code="own_team", field="account")
    if len(facts.phones) > MOST_PHONES:
        raise RuleViolation(f"電話は{MOST_PHONES}件までです。", code="too_many", field="phones")
    check_text(AdverseParty, name=facts.name, kana=facts.kana)
    client = lock_client(case.client_id)
    party = AdverseParty.objects.create(
        client=client,
        relation=relation,
        name=facts.name.strip() or None,
        kana=facts.kana.strip() or None,
        birth_date=facts.birth_date,
        phones=[phones.check(number, field="phones") for number in facts.phones] or None,
        party=facts.party,
        account=facts.account,
        agency_id=facts.agency_id,
        added_by=by,
        added_at=clock.now(),
    )
    trail.record(
        "protection.party_added", by=by, about=[case, party], relation=relation, account=facts.account.pk if facts.account else None
    )
    for listener in on_protected:
        listener(client.pk, by, today)
    return party


@transaction.atomic
def end_adverse_party(party: AdverseParty, *, case: Case, by: Account) -> AdverseParty:
    """He is none any more, or it was a mistake; only the chief says so, since it opens a door. Raises PermissionDenied, WrongState `ended`."""
    if not (can_look_after(by, lock_case(case)) and allowed(by, Permission.READ_ALL_CASES)):
        raise PermissionDenied
    party = AdverseParty.objects.select_for_update(of=("self",)).get(pk=party.pk, client=case.client_id)
    if party.ended_at is not None:
        raise WrongState("この相手はもう外されています。", code="ended")
    party.ended_at = clock.now()
    party.save(update_fields=["ended_at"])
    trail.record("protection.party_ended", by=by, about=[case, party])
    close_answered(case.client_id, by=by, today=clock.today())
    return party


def adverse_agencies(client: UUID) -> set[UUID]:
    """Agencies with which nothing of hers may be shared: named as such, or where somebody named works."""
    rows = AdverseParty.objects.filter(client=client, ended_at=None)
    named = set(rows.filter(agency_id__isnull=False).values_list("agency_id", flat=True))
    guests = GuestEntry.objects.filter(account__in=rows.filter(account__kind=AccountKind.GUEST).values("account"), ended_at=None)
    return {agency for agency in named if agency} | set(guests.values_list("agency_id", flat=True))


def is_adverse(client: UUID, account: Account) -> bool:
    return AdverseParty.objects.filter(client=client, account=account.pk, ended_at=None).exists()


# -- the same colleague on both sides


@transaction.atomic
def notice_both_sides(*, today: date) -> int:
    """Tell the chief of every colleague who has come to stand on both sides, and ask her whether that may be. Returns how many.

    Done by the clock and not when somebody is joined: joining his team costs and shows the same whether she exists or not.
    """
    team = CaseUserObjectPermission.objects.filter(permission__codename="work_on_case").order_by()
    noticed = 0
    for party in AdverseParty.objects.filter(ended_at=None, party__isnull=False).select_related("client"):
        his = team.filter(content_object__client=party.party_id).values("user")
        hers = team.filter(content_object__client=party.client_id, user__in=his).values("user")
        known = BothSides.objects.filter(party=party).values("account")
        for account in Account.objects.filter(pk__in=hers).exclude(pk__in=known):
            if not allowed(account, Permission.READ_ALL_CASES):
                _notice(party, account, today)
                noticed += 1
    return noticed


def _notice(party: AdverseParty, account: Account, today: date) -> None:
    both = BothSides.objects.create(party=party, account=account, noticed_at=clock.now())
    case = newest_case(party.client_id)
    approvals.ask(BOTH_SIDES, both, by=account)
    open_duty(case, "protection.both_sides", due_on=today, opened_on=today, assigned_to=None)
    trail.record("protection.both_sides_noticed", by=None, about=[case, both], account=account.pk)


@transaction.atomic
def allow_colleague(both: BothSides, *, by: Account) -> None:
    """Also after it was declined or nobody answered in time: a chief may think again. Raises PermissionDenied, WrongState `not_waiting`."""
    if not allowed(by, Permission.READ_ALL_CASES):
        raise PermissionDenied
    both = BothSides.objects.select_for_update(of=("self",)).select_related("account").get(pk=both.pk)
    if both.allowed_at is not None:
        raise WrongState("この依頼は、もう承認を待っていません。", code="not_waiting")
    waiting = approvals.waiting_for(BOTH_SIDES, both.pk).first() or approvals.ask(BOTH_SIDES, both, by=both.account)
    approvals.approve(waiting, by=by)


def may_allow_both(account: Account, asked: Collection[UUID]) -> Collection[UUID]:
    return asked if allowed(account, Permission.READ_ALL_CASES) else ()


def allow_both(approval: Approval, *, by: Account) -> None:
    """What the approval does, in its transaction."""
    both = BothSides.objects.select_for_update(of=("self",)).select_related("party").get(pk=approval.about_id)
    both.allowed_by, both.allowed_at = by, clock.now()
    both.save(update_fields=["allowed_by", "allowed_at"])
    trail.record("protection.both_sides_allowed", by=by, about=both, account=both.account_id)
    close_duty(newest_case(both.party.client_id), "protection.both_sides", by=by, on=clock.today())
