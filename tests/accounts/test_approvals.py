"""What one person may not do alone: asked by one, decided by another, carried out once or not at all."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts import approvals
from accounts.models import Account, Approval, ApprovalState
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants.hosts import Host
from tests.factories.people import staff

KIND = "test.harmful"
Done = list[tuple[object, Account]]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Done:
    carried_out: Done = []
    kind = approvals.Kind(
        label="試験の依頼",
        may_decide=lambda account, things: things if "chief_counsellor" in account.roles else (),
        carry_out=lambda approval, by: carried_out.append((approval.about_id, by)),
    )
    monkeypatch.setattr(approvals, "_kinds", {KIND: kind})
    return carried_out


@pytest.fixture
def asked(centre: Host, done: Done) -> Approval:
    return approvals.ask(KIND, staff(name="対象"), by=staff("chief_counsellor", name="依頼者"))


def test_nothing_happens_before_a_second_person_says_yes(asked: Approval, done: Done) -> None:
    assert done == []
    second = staff("chief_counsellor", name="承認者")
    decided = approvals.approve(asked, by=second)
    assert (decided.state, decided.decided_by) == (ApprovalState.APPROVED, second)
    assert done == [(asked.about_id, second)]


def test_who_asked_does_not_decide(asked: Approval, done: Done) -> None:
    for decide in (approvals.approve, approvals.decline):
        with pytest.raises(PermissionDenied):
            decide(asked, by=asked.asked_by)
    assert done == []


def test_who_asked_does_not_decide_through_another_account_of_hers(centre: Host, done: Done) -> None:
    """B18: two accounts of one mailbox are one person."""
    asked = approvals.ask(KIND, staff(name="対象"), by=staff("chief_counsellor", email="hana@example.jp"))
    for decide in (approvals.approve, approvals.decline):
        with pytest.raises(PermissionDenied):
            decide(asked, by=staff("chief_counsellor", email=f"hana+{decide.__name__}@example.jp"))
    assert done == []


def test_who_is_not_named_by_the_kind_does_not_decide(asked: Approval, done: Done) -> None:
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, by=staff("counsellor"))
    assert done == []


def test_it_is_decided_once(asked: Approval, done: Done) -> None:
    second = staff("chief_counsellor")
    approvals.decline(asked, by=second)
    with pytest.raises(WrongState) as refused:
        approvals.approve(asked, by=second)
    assert refused.value.code == "not_waiting"
    assert done == []


def test_what_was_overtaken_is_not_carried_out(asked: Approval, done: Done) -> None:
    assert approvals.void(KIND, asked.about_id, by=None) == 1
    with pytest.raises(WrongState):
        approvals.approve(asked, by=staff("chief_counsellor"))
    assert done == []


def test_after_two_weeks_it_has_to_be_asked_again(asked: Approval, done: Done) -> None:
    Approval.objects.filter(pk=asked.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(WrongState):
        approvals.approve(asked, by=staff("chief_counsellor"))
    assert done == []


def test_the_same_is_not_asked_twice_at_once(asked: Approval) -> None:
    about = Account.objects.get(pk=asked.about_id)
    with pytest.raises(RuleViolation) as refused:
        approvals.ask(KIND, about, by=staff("chief_counsellor"))
    assert refused.value.code == "already_asked"


def test_a_failure_in_carrying_out_leaves_it_waiting(asked: Approval, done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(approval: Approval, by: Account) -> None:
        raise RuleViolation("できません。", code="cannot")

    monkeypatch.setitem(approvals._kinds, KIND, approvals.kinds()[KIND]._replace(carry_out=fail))
    with pytest.raises(RuleViolation), transaction.atomic():
        approvals.approve(asked, by=staff("chief_counsellor"))
    assert Approval.objects.get(pk=asked.pk).state == ApprovalState.WAITING


def test_the_database_holds_that_two_people_were_at_it(asked: Approval) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(state=ApprovalState.APPROVED, decided_by=asked.asked_by_id, decided_at=clock.now())


def test_a_kind_is_asked_once_however_many_wait_and_a_page_shows_the_oldest(centre: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[int] = []

    def all_of_them(account: Account, things: Collection[UUID]) -> Collection[UUID]:
        questions.append(len(things))
        return things

    kind = approvals.Kind("見本", all_of_them, lambda *_, **__: None)
    monkeypatch.setattr(approvals, "_kinds", {"many": kind})
    asker, decider = staff(), staff("chief_counsellor")
    asked = [approvals.ask("many", staff(), by=asker) for _ in range(5)]

    assert approvals.to_decide(decider, most=3) == asked[:3]
    assert questions == [5]
