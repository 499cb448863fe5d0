from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import guests, members
from accounts.catalogue import Role
from accounts.models import Account, GuestEntry, Membership, Notice
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants import roster
from tenants.activation import centre_active, headquarters_active
from tenants.hosts import Host
from tenants.models import Corporation, Posting
from tests.accounts.attempts import trail
from tests.factories.people import PASSWORD, guest, staff

FIRST_DAY = date(2026, 4, 1)


@pytest.fixture
def administrator(centre: Host) -> Account:
    return staff(Role.CENTRE_ADMIN, name="管理 者")


def add(by: Account | None, **overrides: Any) -> Membership:  # facts of add_member
    facts = {"email": "hana@example.jp", "name": "港 花子", "roles": [Role.COUNSELLOR], "from_date": FIRST_DAY, "password": PASSWORD}
    return members.add_member(by=by, **facts | overrides)


def invite(by: Account, **overrides: Any) -> GuestEntry:  # facts of invite_guest
    today = clock.today()
    facts = {"email": "tomo@example.jp", "name": "友 一", "agency_id": uuid4(), "agency_name": "見本クリニック", "today": today}
    return guests.invite_guest(by=by, **facts | {"until_date": today + timedelta(days=30)} | overrides)


def test_a_member_gets_account_membership_employer_and_evidence(administrator: Account) -> None:
    membership = add(administrator, email=" Hana@Example.jp ", weekly_hours=Decimal("38.5"))

    assert membership.account.email == "hana@example.jp"
    assert membership.account.check_password(PASSWORD)
    assert membership.account.password.startswith("argon2")
    assert membership.employer is not None
    assert membership.employer.name == "社会福祉法人あかり"
    (line,) = trail("member.added")
    assert (line.actor, line.facts) == (administrator.pk, {"roles": ["counsellor"]})
    assert "花子" not in str(line.__dict__)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"email": "not an address"}, "bad_email"),
    ({"name": "  "}, "no_name"),
    ({"roles": []}, "no_role"),
    ({"roles": ["king"]}, "role_not_here"),
    ({"roles": [Role.ANALYST]}, "role_not_here"),
    ({"roles": [Role.GUEST]}, "role_not_here"),
    ({"until_date": date(2026, 3, 31)}, "until_before_from"),
    ({"weekly_hours": Decimal(0)}, "bad_hours"),
    ({"weekly_hours": Decimal(169)}, "bad_hours"),
    ({"password": "too-short"}, "weak_password"),
    ({"email": "tomo@example.jp"}, "is_guest"),
    ({"email": "taro@example.jp"}, "already_member"),
]


@pytest.mark.parametrize(("overrides", "rule"), REFUSED)
def test_refusals_name_their_rule_and_change_nothing(overrides: dict[str, Any], rule: str, administrator: Account) -> None:
    guest(email="tomo@example.jp")
    staff(email="taro@example.jp")
    before = (Account.objects.count(), Membership.objects.count())

    with pytest.raises(RuleViolation) as refusal:
        add(administrator, **overrides)

    assert refusal.value.code == rule
    assert (Account.objects.count(), Membership.objects.count()) == before
    assert not trail("member.added")


def test_only_an_administrator_manages_staff(centre: Host) -> None:
    chief, colleague = staff(Role.CHIEF_COUNSELLOR), staff()

    with pytest.raises(PermissionDenied):
        add(chief)
    with pytest.raises(PermissionDenied):
        members.change_roles(colleague.memberships.get(), roles=[Role.CLERK], by=chief, today=clock.today())
    with pytest.raises(PermissionDenied):
        members.end_membership(chief.memberships.get(), on=clock.today(), by=colleague, today=clock.today())


def test_a_chief_may_send_somebody_away_at_once(centre: Host) -> None:
    chief, colleague = staff(Role.CHIEF_COUNSELLOR), staff()

    members.end_membership(colleague.memberships.get(), on=clock.today(), by=chief, today=clock.today())

    assert not Account.objects.get(pk=colleague.pk).may_sign_in


def test_nobody_changes_or_ends_herself(administrator: Account) -> None:
    own = administrator.memberships.get()

    with pytest.raises(RuleViolation) as roles:
        members.change_roles(own, roles=[Role.CHIEF_COUNSELLOR, Role.CENTRE_ADMIN], by=administrator, today=clock.today())
    with pytest.raises(RuleViolation) as end:
        members.end_membership(own, on=clock.today(), by=administrator, today=clock.today())

    assert (roles.value.code, end.value.code) == ("own_roles", "own_membership")


def test_nobody_grants_herself_anything_through_a_second_account(administrator: Account) -> None:
    """B18: an account of hers under another address is her, by its mailbox and by the roster."""
    with pytest.raises(RuleViolation) as added:
        add(administrator, email=administrator.email.replace("@", "+2@"), roles=[Role.CHIEF_COUNSELLOR])
    twin = add(None, email="new.address@example.jp").account
    for account in (administrator, twin):
        membership = account.memberships.get()
        facts = {"roles": ["clerk"], "employer": None, "from_date": FIRST_DAY, "until_date": None}
        membership.posting_id = roster.begin_posting(email="one@example.jp", name="一人", **facts)
        membership.save(update_fields=["posting_id"])
    administrator.forget_standing()
    with pytest.raises(RuleViolation) as changed:
        members.change_roles(twin.memberships.get(), roles=[Role.CHIEF_COUNSELLOR], by=administrator, today=clock.today())

    assert (added.value.code, changed.value.code) == ("own_person", "own_roles")


def test_whose_word_counts_is_told_of_everybody_whose_word_will_count(administrator: Account) -> None:
    """B18: an administrator cannot invent a second person for herself without the chief and the other administrator hearing of it."""
    chief, other = staff(Role.CHIEF_COUNSELLOR), staff(Role.CENTRE_ADMIN)
    staff(Role.COUNSELLOR)

    invented = add(administrator, roles=[Role.CHIEF_COUNSELLOR])
    assert told_of(Notice.objects.all()) == sorted([chief.pk, other.pk])

    Notice.objects.all().delete()
    colleague = add(administrator, email="tanto@example.jp")
    assert not Notice.objects.exists()
    members.change_roles(colleague, roles=[Role.COUNSELLOR, Role.CENTRE_ADMIN], by=administrator, today=clock.today())
    assert told_of(Notice.objects.all()) == sorted([chief.pk, other.pk, invented.account_id])


def told_of(mails: QuerySet[Notice]) -> list[UUID]:
    assert set(mails.values_list("code", flat=True)) == {"decider_added"}
    return sorted(mails.values_list("account", flat=True))


def test_one_mailbox_has_one_account_whoever_adds_it(administrator: Account) -> None:
    """B18: a second address of somebody who works here, or worked here, would be a second person and know none of her blocks."""
    first = add(administrator, email="hana@example.jp")
    members.end_membership(first, on=clock.today(), by=administrator, today=clock.today())
    refused = []
    for email in ("hana+2@example.jp", "Hana+x+y@example.jp"):
        with pytest.raises(RuleViolation) as refusal:
            add(administrator, email=email)
        refused.append((refusal.value.code, "hana@example.jp" in refusal.value.message))
    add(administrator, email="hanako@example.jp")
    add(administrator, email="hana@another.example.jp")

    assert refused == [("second_account", True)] * 2


def test_somebody_who_comes_back_keeps_her_account(administrator: Account) -> None:
    first = add(administrator, until_date=date(2026, 9, 30))

    second = add(administrator, from_date=date(2026, 10, 1), password=None)

    assert second.account == first.account
    assert second.account.check_password(PASSWORD)


def test_an_ended_membership_ends_once_and_takes_the_tokens_along(administrator: Account) -> None:
    membership = add(administrator)
    membership.account.auth_token_set.model.objects.create(user=membership.account, label="見本")

    members.end_membership(membership, on=clock.today(), by=administrator, today=clock.today())

    assert not membership.account.auth_token_set.exists()
    assert Account.objects.get(pk=membership.account_id).roles == frozenset()
    with pytest.raises(RuleViolation) as refusal:
        members.end_membership(membership, on=clock.today(), by=administrator, today=clock.today())
    assert refusal.value.code == "member_left"
    assert len(trail("member.ended")) == 1


def test_a_membership_ended_for_a_later_day_lasts_until_then(administrator: Account) -> None:
    membership = add(administrator)
    last_day = clock.today() + timedelta(days=7)

    members.end_membership(membership, on=last_day, by=administrator, today=clock.today())

    assert membership.account.current_membership(last_day) is not None
    assert membership.account.current_membership(last_day + timedelta(days=1)) is None


def test_a_membership_cannot_end_before_it_began(administrator: Account) -> None:
    with pytest.raises(RuleViolation) as refusal:
        members.end_membership(add(administrator), on=FIRST_DAY - timedelta(days=1), by=administrator, today=clock.today())

    assert refusal.value.code == "until_before_from"


def test_roles_change_before_the_first_day_and_not_after_the_last(administrator: Account) -> None:
    """The roster shows nobody at work before she comes."""
    today = clock.today()
    first = today + timedelta(days=30)
    coming = add(administrator, from_date=first)
    members.change_roles(coming, roles=[Role.CLERK], by=administrator, today=today)
    gone = staff().memberships.get()
    Membership.objects.filter(pk=gone.pk).update(until_date=today - timedelta(days=1))
    with pytest.raises(WrongState) as over:
        members.change_roles(gone, roles=[Role.CLERK], by=administrator, today=today)

    assert over.value.code == "member_left"
    with headquarters_active():
        postings = Posting.objects.filter(person__email="hana@example.jp")
        assert set(postings.values_list("from_date", "until_date")) == {(first, first), (first, None)}


def test_a_last_day_before_the_change_of_roles_ends_the_work_all_the_same(administrator: Account) -> None:
    today = clock.today()
    membership = members.change_roles(add(administrator), roles=[Role.CLERK], by=administrator, today=today)

    members.end_membership(membership, on=today - timedelta(days=3), by=administrator, today=today)

    assert not Account.objects.get(pk=membership.account_id).may_sign_in


def test_two_times_of_one_person_never_overlap_however_the_first_is_moved(administrator: Account) -> None:
    today = clock.today()
    first = members.end_membership(add(administrator), on=today + timedelta(days=5), by=administrator, today=today)
    add(administrator, from_date=today + timedelta(days=6), roles=[Role.CLERK])

    with pytest.raises(RuleViolation) as stayed:
        members.cancel_end(first, by=administrator, today=today)
    with pytest.raises(RuleViolation) as moved:
        members.end_membership(first, on=today + timedelta(days=9), by=administrator, today=today)

    assert (stayed.value.code, moved.value.code) == ("already_member", "already_member")
    assert Membership.objects.get(pk=first.pk).until_date == today + timedelta(days=5)
    assert members.end_membership(first, on=today + timedelta(days=3), by=administrator, today=today).until_date == today + timedelta(
        days=3
    )


def test_a_joint_venture_asks_for_the_employer(other_centre: Callable[[], AbstractContextManager[Host]]) -> None:
    with other_centre():
        with pytest.raises(RuleViolation) as none_named:
            add(None)
        with pytest.raises(RuleViolation) as strange:
            add(None, employer=Corporation(name="通りすがりの会社"))
        second = Corporation.objects.get(name="NPO法人みち")

        assert add(None, employer=second).employer == second
    assert (none_named.value.code, strange.value.code) == ("employer_needed", "employer_not_here")


def test_one_person_at_two_centres_is_one_in_the_roster(logins: str) -> None:
    with centre_active("test_a"):
        add(None)
        chief = staff(Role.CENTRE_ADMIN)
        members.change_roles(Membership.objects.get(account__email="hana@example.jp"), roles=[Role.CLERK], by=chief, today=date(2026, 6, 1))
    with centre_active("test_b"):
        membership = add(None, employer=Corporation.objects.get(name="NPO法人みち"))
        admin = staff(Role.CENTRE_ADMIN)
        members.end_membership(membership, on=date(2026, 8, 31), by=admin, today=date(2026, 8, 31))

    with headquarters_active():
        postings = Posting.objects.select_related("centre", "person").order_by("centre__schema_name", "from_date", "until_date")
        assert {posting.person.email for posting in postings} == {"hana@example.jp"}
        assert len({posting.person_id for posting in postings}) == 1
        assert [(posting.centre.schema_name, posting.roles, posting.until_date) for posting in postings] == [
            ("test_a", ["counsellor"], date(2026, 6, 1)),
            ("test_a", ["clerk"], None),
            ("test_b", ["counsellor"], date(2026, 8, 31)),
        ]


def test_headquarters_has_roles_of_its_own(headquarters: Host) -> None:
    with pytest.raises(RuleViolation) as refusal:
        add(None)

    assert refusal.value.code == "role_not_here"
    assert add(None, roles=[Role.ANALYST]).employer is None


def test_a_guest_is_let_in_until_a_date_and_out_at_once(centre: Host) -> None:
    counsellor = staff()
    entry = invite(counsellor, password=PASSWORD)
    assert Account.objects.get(pk=entry.account_id).roles == {"guest"}

    guests.end_guest(entry, by=counsellor)

    assert Account.objects.get(pk=entry.account_id).roles == frozenset()
    assert len(trail("guest.invited")) == len(trail("guest.ended")) == 1
    with pytest.raises(RuleViolation) as refusal:
        guests.end_guest(entry, by=counsellor)
    assert refusal.value.code == "guest_left"


def test_refused_invitations_name_their_rule(centre: Host) -> None:
    counsellor, clerk = staff(), staff(Role.CLERK, email="clerk@example.jp")
    invite(counsellor)
    yesterday = clock.today() - timedelta(days=1)

    for overrides, rule in [
        ({"until_date": yesterday, "email": "neu@example.jp"}, "until_in_past"),
        ({"email": "clerk@example.jp"}, "is_staff"),
        ({}, "already_guest"),
        ({"email": "x"}, "bad_email"),
    ]:
        with pytest.raises(RuleViolation) as refusal:
            invite(counsellor, **overrides)
        assert refusal.value.code == rule
    with pytest.raises(PermissionDenied):
        invite(clerk, email="neu@example.jp")


def test_a_guest_whose_date_has_passed_is_invited_and_pledged_anew(centre: Host) -> None:
    account = guest(email="tomo@example.jp", until=clock.today() - timedelta(days=1))

    entry = invite(staff())

    assert entry.account == account
    assert entry.pledged_at is None
    assert account.guest_entries.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda account: Account.objects.filter(pk=account.pk).update(email="Upper@example.jp"),
        lambda account: Account.objects.create_user(account.email, name="もう一人"),
        lambda account: Account.objects.filter(pk=account.pk).update(kind="robot"),
        lambda account: account.memberships.update(roles=["king"]),
        lambda account: account.memberships.update(roles=[]),
        lambda account: account.memberships.update(until_date=date(2000, 1, 1)),
        lambda account: account.memberships.update(ended_at=clock.now()),
        lambda account: account.memberships.update(weekly_hours=0),
        lambda account: Membership.objects.create(account=account, roles=["clerk"], from_date=FIRST_DAY),
        lambda account: GuestEntry.objects.create(
            account=account, agency_id=uuid4(), agency_name="x", from_date=FIRST_DAY, until_date=date(2026, 3, 1)
        ),
        lambda account: GuestEntry.objects.create(
            account=account, agency_id=uuid4(), agency_name="x", from_date=FIRST_DAY, until_date=FIRST_DAY, pledge_name="半分"
        ),
    ],
)
def test_the_database_itself_refuses_impossible_rows(wrong: Callable[[Account], Any], centre: Host) -> None:
    account = staff()

    with pytest.raises(IntegrityError), transaction.atomic():
        wrong(account)
