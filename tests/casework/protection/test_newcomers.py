"""Whom she fled from comes himself: her chief is asked, and nothing of it shows on his side."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Max
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Account
from audit.models import AuditLine
from casework.cases.models import Case
from casework.clients.people import ContactFacts, PersonFacts
from casework.protection.models import AdverseParty, PossibleParty
from casework.protection.newcomers import answer, notice_newcomers
from casework.protection.parties import end_adverse_party, notice_both_sides
from disclosure import gate
from foundation import clock
from foundation.errors import WrongState
from tests.factories.casework import TODAY, make_case, make_member, supervised_by
from tests.factories.protection import add_party, make_protected

pytestmark = pytest.mark.usefixtures("centre")
NUMBER = "09000004321"
BORN = clock.add_months(TODAY, -12 * 45)
HIS = {"name": "追川 見本夫", "kana": "おいかわ みほお", "birth_date": BORN, "phones": [NUMBER]}


@pytest.fixture(autouse=True)
def _stopped_calendar(settings: Any) -> None:
    settings.AS_OF = TODAY


@pytest.fixture
def chief() -> Account:
    return make_member("chief_counsellor")


@pytest.fixture
def hers() -> Account:
    return make_member()


@pytest.fixture
def her(chief: Account, hers: Account) -> Case:
    return make_protected(hers)


def comes(name: str = "相川 別人", kana: str = "あいかわ べつと", born: Any = None, number: str = "") -> Case:
    """Any: a day, or none."""
    ways = [ContactFacts("mobile", number)] if number else []
    return make_case(person=PersonFacts(name, kana, born), contact_ways=ways)


def noticed() -> PossibleParty:
    assert notice_newcomers(today=TODAY) == 1
    return PossibleParty.objects.latest("noticed_at")


# -- who is noticed


@pytest.mark.parametrize(
    ("facts", "by_name", "by_phone"),
    [
        ({"name": "追川見本夫"}, True, False),
        ({"name": "仮名 太郎", "kana": "オイカワ　ミホオ"}, True, False),
        ({"name": "追川", "kana": "おいかわ", "born": BORN}, True, False),
        ({"name": "追川", "kana": "おいかわ"}, False, False),
        ({"name": "川", "kana": "", "born": BORN}, True, False),
        ({"name": "ー", "kana": "・", "born": BORN}, False, False),
        ({"name": "追川 見本夫 ジョン", "born": BORN}, True, False),
        ({"name": "追川 見本夫", "born": clock.add_months(BORN, 12)}, False, False),
        ({"name": "偽名 花太", "number": "090-0000-4321"}, False, True),
        ({"name": "追川 見本夫", "number": NUMBER}, True, True),
        ({"name": "追川 別男"}, False, False),
    ],
)
def test_a_whole_name_or_a_number_in_common_is_noticed(
    facts: dict[str, Any], by_name: bool, by_phone: bool, her: Case, hers: Account
) -> None:
    """However it is written; of the same birthday a part of the name is enough, of another birthday no name is."""
    add_party(her, hers, **HIS)
    his = comes(**facts)
    assert notice_newcomers(today=TODAY) == int(by_name or by_phone)
    for possible in PossibleParty.objects.all():
        assert (possible.client, possible.has_same_name, possible.has_same_phone) == (his.client, by_name, by_phone)


def test_who_was_here_before_he_was_written_down_is_noticed_too(her: Case, hers: Account) -> None:
    his = comes("追川 見本夫")
    add_party(her, hers, **HIS)
    assert noticed().client == his.client


def test_one_altered_row_keeps_nobody_else_from_being_noticed(her: Case, hers: Account, chief: Account) -> None:
    altered = add_party(make_protected(hers), by=hers, **HIS)
    add_party(her, by=hers, **HIS)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE protection_adverseparty SET name = name || '\\x00' WHERE id = %s", [altered.pk])
    comes(number=NUMBER)
    assert noticed().party.client_id == her.client_id


def test_it_is_asked_once_and_everybody_is_looked_through_only_when_somebody_new_has_come(her: Case, hers: Account) -> None:
    party = add_party(her, hers, **HIS)
    comes("追川 見本夫")
    assert [notice_newcomers(today=TODAY) for _ in range(2)] == [1, 0]
    looked = AuditLine.objects.filter(action="record.sifted")
    before = looked.count()
    AdverseParty.objects.update(compared_at=timezone.now() + timedelta(minutes=6))
    assert (notice_newcomers(today=TODAY), looked.count()) == (0, before)
    AdverseParty.objects.update(compared_at=timezone.now() - timedelta(days=2))
    assert (notice_newcomers(today=TODAY), looked.count() > before) == (0, True)
    assert party.possible.count() == 1


def test_she_herself_is_nobodys_adverse_party_for_having_his_number(hers: Account, chief: Account) -> None:
    her = make_protected(hers, contact_ways=[ContactFacts("mobile", NUMBER)])
    add_party(her, hers, **HIS)
    assert notice_newcomers(today=TODAY) == 0


# -- who learns of it


def test_her_chief_is_told_and_asked_and_his_side_holds_nothing_of_it(her: Case, hers: Account, chief: Account) -> None:
    """B31: a duty on her case, a mail without a word, a line about her; of him nobody's trail speaks, and his worker is told nothing."""
    add_party(her, hers, **HIS)
    his = comes("追川 見本夫", number=NUMBER)
    last = AuditLine.objects.aggregate(last=Max("id"))["last"]
    mail.outbox.clear()
    noticed()
    duty = her.duties.get(kind="protection.possible_party", closed_on=None)
    assert (duty.assigned_to, duty.due_on) == (chief, TODAY)
    assert not his.duties.filter(kind="protection.possible_party").exists()
    lines = AuditLine.objects.filter(id__gt=last)
    assert lines.filter(action="protection.party_alike", subjects__contains=[her.client_id]).count() == 1
    assert not lines.filter(subjects__contains=[his.client_id]).exists()


def test_a_chief_who_is_named_herself_is_not_told(her: Case, hers: Account, chief: Account) -> None:
    add_party(her, hers, account=chief)
    add_party(her, hers, **HIS)
    comes("追川 見本夫", number=NUMBER)
    assert notice_newcomers(today=TODAY) >= 1
    assert her.duties.get(kind="protection.possible_party").assigned_to is None


def test_the_chief_sees_his_number_and_her_team_that_he_may_have_come(her: Case, hers: Account, chief: Account) -> None:
    add_party(her, hers, **HIS)
    his = comes("追川 見本夫")
    possible = noticed()
    pages = [page_of(her, account) for account in (hers, supervised_by(chief, her))]
    assert ["相手かもしれない人が受け付けられています" in page for page in pages] == [True, True]
    assert [his.number in page for page in pages] == [False, True]
    assert possible.client_id == his.client_id


def page_of(case: Case, account: Account) -> str:
    browser = Browser(SERVER_NAME="test-a.testserver")
    browser.force_login(account, backend="accounts.authentication.SignInBackend")
    return browser.get(f"/protection/{case.pk}/").content.decode()


# -- the answer


def test_told_that_it_is_he_the_colleague_on_both_sides_is_found_and_shares_are_looked_at(her: Case, hers: Account, chief: Account) -> None:
    party = add_party(her, hers, **HIS)
    his = make_case(by=hers, person=PersonFacts("追川 見本夫", "おいかわ みほお"))
    assert notice_both_sides(today=TODAY) == 0
    answer(noticed(), is_same=True, by=chief, today=TODAY)
    party.refresh_from_db()
    assert party.party == his.client
    assert not her.duties.filter(kind="protection.possible_party", closed_on=None).exists()
    assert notice_both_sides(today=TODAY) == 1
    with pytest.raises(gate.Refused):
        gate.reveal([his.client], viewer=hers, channel="screen")


def test_known_as_a_client_he_is_noticed_when_he_is_received_anew_as_somebody_else(her: Case, hers: Account, chief: Account) -> None:
    party = add_party(her, hers, **HIS)
    first = comes("追川 見本夫")
    answer(noticed(), is_same=True, by=chief, today=TODAY)
    again = comes("追川 見本夫", born=BORN)
    possible = noticed()
    assert possible.client == again.client
    answer(possible, is_same=True, by=chief, today=TODAY)
    named = AdverseParty.objects.filter(client=her.client, ended_at=None)
    assert set(named.values_list("party", flat=True)) == {first.client_id, again.client_id}
    party.refresh_from_db()
    assert party.party_id == first.client_id
    assert notice_newcomers(today=TODAY) == 0


def test_told_that_it_is_another_nothing_changes_and_it_is_not_asked_again(her: Case, hers: Account, chief: Account) -> None:
    party = add_party(her, hers, **HIS)
    comes("追川 見本夫")
    possible = answer(noticed(), is_same=False, by=chief, today=TODAY)
    AdverseParty.objects.update(compared_at=None)
    assert notice_newcomers(today=TODAY) == 0
    party.refresh_from_db()
    assert (party.party, her.duties.filter(kind="protection.possible_party", closed_on=None).exists()) == (None, False)
    with pytest.raises(WrongState):
        answer(possible, is_same=True, by=chief, today=TODAY)


def test_only_a_chief_answers(her: Case, hers: Account) -> None:
    add_party(her, hers, **HIS)
    comes("追川 見本夫")
    possible = noticed()
    with pytest.raises(PermissionDenied):
        answer(possible, is_same=True, by=hers, today=TODAY)


def test_with_the_last_party_taken_off_nothing_is_asked_any_more(her: Case, hers: Account, chief: Account) -> None:
    party = add_party(her, hers, **HIS)
    comes("追川 見本夫")
    possible = noticed()
    end_adverse_party(party, case=her, by=supervised_by(chief, her))
    assert not her.duties.filter(kind="protection.possible_party", closed_on=None).exists()
    with pytest.raises(WrongState):
        answer(possible, is_same=True, by=chief, today=TODAY)


def test_the_chief_answers_with_one_click_on_the_page(her: Case, hers: Account, chief: Account) -> None:
    party = add_party(her, hers, **HIS)
    his = comes("追川 見本夫")
    possible = noticed()
    browser = Browser(SERVER_NAME="test-a.testserver")
    browser.force_login(supervised_by(chief, her), backend="accounts.authentication.SignInBackend")
    answered = browser.post(f"/protection/{her.pk}/possible/{possible.pk}/", {"act": "same"}, follow=True)
    party.refresh_from_db()
    assert (answered.status_code, party.party) == (200, his.client)
    assert "登録しました" in answered.content.decode()
