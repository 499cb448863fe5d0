"""Ending a protection: two people, and never against something newer."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import approvals
from accounts.models import Account, Approval
from audit.models import AuditLine
from casework.cases.models import Case
from casework.protection import endings
from casework.protection.models import EndingState, Protection, ProtectionEnding
from casework.protection.protections import ENDING, is_protected
from casework.protection.tasks import end_what_is_due
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tests.factories.casework import make_case, make_member, supervised_by
from tests.factories.protection import flag

pytestmark = pytest.mark.usefixtures("centre")
APRIL, MAY_8, MAY_14 = date(2026, 4, 10), date(2026, 5, 8), date(2026, 5, 14)


@pytest.fixture
def on(settings: Any) -> Any:
    def set_day(day: date) -> date:
        settings.AS_OF = day
        return day

    set_day(APRIL)
    return set_day


@pytest.fixture
def team() -> Account:
    return make_member()


@pytest.fixture
def chief() -> Account:
    return make_member("chief_counsellor")


@pytest.fixture
def her(on: Any, team: Account) -> Case:
    case = make_case(by=team, on=date(2026, 4, 1))
    flag(case, team)
    return case


def ask(case: Case, by: Account, *, today: date = APRIL, ends_on: date = APRIL) -> ProtectionEnding:
    return endings.ask_to_end(case, reason="本人が望み、安全も確かめた（見本）", ends_on=ends_on, by=by, today=today)


def test_one_person_alone_ends_nothing(her: Case, team: Account) -> None:
    ending = ask(her, team)
    assert is_protected(her.client_id)
    with pytest.raises(PermissionDenied):
        endings.approve_ending(ending, by=team)
    with pytest.raises(PermissionDenied):
        endings.approve_ending(ending, by=make_member())
    assert is_protected(her.client_id)


def test_the_chief_agrees_and_it_ends(her: Case, team: Account, chief: Account) -> None:
    ending = endings.approve_ending(ask(her, team), by=chief)
    assert (ending.state, is_protected(her.client_id)) == (EndingState.ENDED, False)
    assert {"protection.end_asked", "protection.end_approved", "protection.ended"} <= set(
        AuditLine.objects.values_list("action", flat=True)
    )


def test_what_the_chief_asks_somebody_of_the_team_decides(her: Case, team: Account, chief: Account) -> None:
    ending = ask(her, supervised_by(chief, her))
    with pytest.raises(PermissionDenied):
        endings.approve_ending(ending, by=chief)
    assert endings.approve_ending(ending, by=team).state == EndingState.ENDED


def test_declined_it_goes_on(her: Case, team: Account, chief: Account) -> None:
    endings.decline_ending(ask(her, team), by=chief)
    assert is_protected(her.client_id)
    assert ask(her, team).state == EndingState.ASKED


@pytest.mark.parametrize(("facts", "code"), [({"ends_on": date(2026, 4, 9)}, "ends_before_today")])
def test_what_is_refused(facts: dict[str, Any], code: str, her: Case, team: Account) -> None:
    with pytest.raises(RuleViolation) as refused:
        ask(her, team, **facts)
    assert refused.value.code == code
    with pytest.raises(WrongState):
        ask(make_case(by=team, on=date(2026, 4, 1)), team)
    ask(her, team)
    with pytest.raises(RuleViolation):
        ask(her, team)


def test_a_list_made_in_april_does_not_take_away_what_was_asked_for_in_may(on: Any, her: Case, team: Account, chief: Account) -> None:
    """B35: 目黒区 (2025), day by day: the list of April, her new request of 8 May, the list carried out on 14 May."""
    ending = endings.approve_ending(ask(her, team, ends_on=MAY_14), by=chief)
    other = make_case(by=team, on=date(2026, 4, 1))
    flag(other, team)
    endings.approve_ending(ask(other, team, ends_on=MAY_14), by=chief)
    assert endings.due_endings(MAY_14) == sorted(endings.due_endings(MAY_14), key=str)
    listed = endings.due_endings(MAY_14)
    assert len(listed) == 2

    on(MAY_8)
    flag(her, team)

    on(MAY_14)
    for pk in listed:
        endings.carry_out(pk, today=MAY_14)
    assert is_protected(her.client_id)
    assert not is_protected(other.client_id)
    ending.refresh_from_db()
    assert ending.state == EndingState.OVERTAKEN
    assert ending.overtaken_by == Protection.objects.filter(client=her.client_id).latest("set_at")
    line = AuditLine.objects.get(action="protection.end_overtaken")
    assert line.facts == {"newer": str(ending.overtaken_by_id)}


def test_carried_out_it_looks_again_even_if_nobody_has_voided_it(on: Any, her: Case, team: Account, chief: Account) -> None:
    """B35: the flag is read under the client's lock when the item is carried out, not when the list was made."""
    ending = endings.approve_ending(ask(her, team, ends_on=MAY_14), by=chief)
    Protection.objects.create(  # as a request that came in past the domain function would lie there
        client=her.client, kind="stalking", from_on=MAY_8, set_by=team, set_at=timezone.now() + timedelta(seconds=1)
    )
    on(MAY_14)
    end_what_is_due(None)
    ending.refresh_from_db()
    assert (ending.state, is_protected(her.client_id)) == (EndingState.OVERTAKEN, True)
    assert AuditLine.objects.filter(action="protection.end_overtaken").count() == 1


def test_a_wish_that_waits_is_void_when_she_asks_anew(her: Case, team: Account, chief: Account) -> None:
    """B35: whoever approves it later meets a conflict, and the protection stands."""
    ending = ask(her, team)
    flag(her, team)
    with pytest.raises(WrongState) as refused:
        endings.approve_ending(ending, by=chief)
    assert refused.value.code == "not_waiting"
    assert Approval.objects.get().state == "void"
    assert is_protected(her.client_id)


def test_a_day_that_passes_ends_nothing(on: Any, her: Case, team: Account) -> None:
    flag(her, team, until_on=MAY_8)
    on(MAY_14)
    end_what_is_due(None)
    assert is_protected(her.client_id)


def test_an_approved_ending_waits_for_its_day(on: Any, her: Case, team: Account, chief: Account) -> None:
    endings.approve_ending(ask(her, team, ends_on=MAY_14), by=chief)
    on(MAY_8)
    end_what_is_due(None)
    assert is_protected(her.client_id)
    on(MAY_14)
    end_what_is_due(None)
    assert not is_protected(her.client_id)


@pytest.mark.parametrize("how", ["declined on the page of approvals", "who asked has left", "nobody answered for two weeks"])
def test_after_a_wish_came_to_nothing_it_may_be_asked_anew(how: str, her: Case, team: Account, chief: Account) -> None:
    """A protection that nobody could end any more would teach people not to set one."""
    ending = ask(her, team)
    waiting = approvals.waiting_for(ENDING, ending.pk).get()
    if how.startswith("declined"):
        approvals.decline(waiting, by=chief)
    elif how.startswith("who"):
        approvals.void_asked_by(team, by=None)
    else:
        Approval.objects.update(expires_at=clock.now())

    again = ask(her, team)

    ending.refresh_from_db()
    assert ending.state == EndingState.DECLINED
    assert endings.approve_ending(again, by=chief).state == EndingState.ENDED
