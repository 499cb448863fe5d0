"""The trail as sentences, and what they say of whom to whom."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from audit import reading, trail
from casework.cases.models import Case
from casework.oversight import alerts, naming
from casework.oversight.models import AccessAlert, AlertKind
from casework.oversight.rules import Finding
from casework.oversight.wording import Told, tell
from disclosure import gate
from tenants.hosts import Host
from tests.factories.casework import make_case
from tests.factories.people import staff
from tests.factories.protection import add_party, flag

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture
def team() -> Account:
    return staff("counsellor", name="見本 一")


@pytest.fixture
def chief() -> Account:
    return staff("chief_counsellor", name="例示 主")


@pytest.fixture
def admin() -> Account:
    return staff("centre_admin", name="試作 管")


@pytest.fixture
def case(team: Account) -> Case:
    return make_case("screened", by=team)


def told_to(viewer: Account, **question: object) -> list[Told]:
    return tell(viewer, list(reading.lines(**question)), channel="screen")  # type: ignore[arg-type]


def read(case: Case, by: Account) -> None:
    gate.reveal([case.client, case], viewer=by, channel="screen", fields=("name", "memo"))


def test_a_read_is_a_sentence_with_who_when_whose_what_why_and_how(case: Case, team: Account, chief: Account) -> None:
    read(case, team)
    told = next(each for each in told_to(chief, actor=team.pk) if each.line.action == "record.read")
    at = timezone.localtime(told.line.at)
    name = f"{case.number}（"
    assert told.sentence.startswith(f"{at.month}月{at.day}日 {at:%H:%M} 相談支援員 見本 一さんが、{name}")
    assert told.sentence.endswith("の氏名と記録を、支援のために画面で見ました。")


def test_whoever_may_not_read_the_case_reads_its_number_only(case: Case, team: Account, admin: Account) -> None:
    read(case, team)
    told = next(each for each in told_to(admin, actor=team.pk) if each.line.action == "record.read")
    assert f"が、{case.number}の氏名と記録を" in told.sentence
    assert told.case is None


def test_of_somebody_protected_not_even_the_number_is_said(case: Case, team: Account, admin: Account, chief: Account) -> None:
    flag(case, team)
    read(case, team)
    told = next(each for each in told_to(admin, actor=team.pk) if each.line.action == "record.read")
    assert case.number not in told.sentence
    assert naming.SOMEBODY in told.sentence
    assert case.number in next(each for each in told_to(chief, actor=team.pk) if each.line.action == "record.read").sentence


def test_the_one_she_fled_from_reads_nothing_of_her_in_the_trail_even_as_chief(case: Case, team: Account, chief: Account) -> None:
    add_party(case, team, name="", account=chief)
    read(case, team)
    assert all(case.number not in told.sentence for told in told_to(chief))


def test_of_many_people_two_are_named_and_the_others_counted(team: Account, chief: Account) -> None:
    cases = [make_case(by=team) for _ in range(4)]
    gate.reveal([case.client for case in cases], viewer=team, channel="xlsx", fields=("name",))
    told = next(each for each in told_to(chief, channel="xlsx"))
    assert "と、ほか2人の氏名を、支援のために表計算のファイルで見ました" in told.sentence


def test_a_person_in_the_facts_and_a_system_read_too(case: Case, team: Account, chief: Account) -> None:
    trail.record("case.handed_over", by=None, about=case, giver=str(team.pk), taker=str(chief.pk))
    told = next(each for each in told_to(chief) if each.line.action == "case.handed_over")
    assert told.who == "システム"
    assert "主担当を例示 主さんに引き継ぎました" in told.text


def test_an_action_of_an_earlier_version_still_reads(case: Case, chief: Account) -> None:
    trail.record("case.bygone", by=None, about=case, fields={"cases.Bygone": ["x"]})
    assert next(each for each in told_to(chief) if each.line.action == "case.bygone").text.endswith("記録に関わることをしました。")


# -- the page


def page(browser: Client, viewer: Account, **query: str) -> str:
    browser.force_login(viewer, backend="accounts.authentication.SignInBackend")
    answer = browser.get("/oversight/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def without_token(page: str) -> str:
    """Every page has a token and a nonce of its own."""
    return re.sub(r'[A-Za-z0-9]{64}|nonce="[^"]+"', "", page)


def test_the_page_is_narrowed_by_person_case_kind_and_day(case: Case, team: Account, chief: Account, at_centre: Client) -> None:
    read(case, team)
    other = make_case(by=chief)
    assert case.number in page(at_centre, chief, actor=str(team.pk), verdict="read")
    assert "この条件に合う記録はありません" in page(at_centre, chief, actor=str(team.pk), verdict="refused")
    only = page(at_centre, chief, case=other.number.lower())
    assert other.number in only
    assert f"{case.number}（" not in only
    assert "この条件に合う記録はありません" in page(at_centre, chief, since="2020-04-01", until="2020-04-02")


def test_an_unknown_number_and_a_protected_one_are_answered_alike(case: Case, team: Account, admin: Account, at_centre: Client) -> None:
    read(case, team)
    assert "見ました" in page(at_centre, admin, case=case.number)
    flag(case, team)
    hidden, unknown = page(at_centre, admin, case=case.number), page(at_centre, admin, case="R8-9999")
    assert without_token(hidden).replace(case.number, "N") == without_token(unknown).replace("R8-9999", "N")


def test_reading_the_trail_leaves_a_line_of_its_own(chief: Account, at_centre: Client) -> None:
    page(at_centre, chief, verdict="read")
    line = next(iter(reading.lines(actor=chief.pk, verdict="read")))
    assert (line.action, line.channel, line.purpose) == ("evidence.read", "screen", "review")
    assert line.facts["narrowed"] == ["verdict"]


def test_the_line_leads_into_the_case_for_whoever_may_open_it(
    case: Case, team: Account, chief: Account, admin: Account, at_centre: Client
) -> None:
    read(case, team)
    assert f"/cases/{case.pk}/" in page(at_centre, chief)
    assert f"/cases/{case.pk}/" not in page(at_centre, admin)


def test_a_line_is_found_by_whose_it_is_and_nobodys_by_nobody(case: Case, team: Account, centre: Host) -> None:
    read(case, team)
    assert reading.lines(subjects=[case.client_id]).exists()
    assert not reading.lines(subjects=[uuid4()]).exists()
    assert not reading.lines(subjects=[]).exists()


def test_a_trail_belongs_to_its_centre(case: Case, team: Account, other_centre: Callable[[], AbstractContextManager[Host]]) -> None:
    read(case, team)
    with other_centre():
        assert not reading.lines(subjects=[case.client_id]).exists()


def test_nobody_reads_in_the_trail_that_she_was_noticed(team: Account, chief: Account, at_centre: Client) -> None:
    """B2: who is watched is told by nobody but her reviewer; another reviewer reads of it, and of what concerns others she does too."""
    other, day = staff("centre_admin", name="管理 試"), timezone.localdate()
    for number, actor in enumerate((team, chief)):
        alerts.raise_alert(Finding(AlertKind.REFUSALS, actor.pk, str(number), day, [], [], 5), today=day)
    noticed = f"{chief.name}さんの閲覧に"

    AccessAlert.objects.update(assigned_to=None)
    alerts.reassign_alerts(today=day)
    given_on = "システムが、閲覧の確認を、別の人に割り当てました"

    assert (page(at_centre, other).count(given_on), page(at_centre, chief).count(given_on)) == (2, 1)
    assert noticed in page(at_centre, other)
    assert noticed not in page(at_centre, chief)
    assert f"{team.name}さんの閲覧に" in page(at_centre, chief)
