"""From what somebody reads to an alert that somebody else has to decide."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Account, Membership
from audit import reading, trail
from casework.cases.blocks import block
from casework.cases.models import Case
from casework.clients.people import ContactFacts, PersonFacts
from casework.clients.search import find_by_name, find_clients
from casework.oversight import watching
from casework.oversight.alerts import next_alert, queue_of, reassign_alerts, review_alert
from casework.oversight.declarations import declare
from casework.oversight.models import AccessAlert, AlertKind, Decision, Declaration
from casework.oversight.watching import sample_of, watch
from disclosure import gate
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants.hosts import Host
from tests.factories.casework import make_case
from tests.factories.people import staff
from tests.factories.protection import add_party

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture
def reader() -> Account:
    return staff("counsellor", name="見本 一")


@pytest.fixture(autouse=True)
def chief(centre: Host) -> Account:
    return staff("chief_counsellor", name="主任 例")


@pytest.fixture(autouse=True)
def admin(centre: Host) -> Account:
    return staff("centre_admin", name="管理 試")


def case_of(name: str, by: Account, **facts: object) -> Case:
    return make_case(by=by, person=PersonFacts(name, "", date(1974, 5, 3), "female"), **facts)


def read(*cases: Case, by: Account, channel: str = "screen") -> None:
    gate.reveal([case.client for case in cases], viewer=by, channel=channel, fields=("name",))


def watched() -> dict[str, AccessAlert]:
    """Everything raised, by kind; the hour of the test is nobody's fault."""
    watch(now=timezone.now())
    return {alert.kind: alert for alert in AccessAlert.objects.exclude(kind=AlertKind.NIGHT)}


@pytest.mark.parametrize("term", ["見本", "見本 花子", "見本花子", "みほん", "mihon"])
def test_a_search_for_ones_own_surname_is_noticed_at_once_by_somebody_else(term: str, reader: Account, chief: Account) -> None:
    """B2: alert assigned to another reviewer; only digests are kept."""
    declare(reader, surnames=["みほん"], people=[], address="", today=clock.today(), version=None)
    find_clients(reader, term)
    alert = AccessAlert.objects.get(kind=AlertKind.OWN_NAME_SEARCHED)
    assert (alert.actor, alert.assigned_to) == (reader, chief)
    (line,) = reading.numbered(alert.lines)
    assert term not in str(line.facts)


def test_a_search_for_somebody_else_is_nobodys_business(reader: Account) -> None:
    find_clients(reader, "例示 太郎")
    assert AlertKind.OWN_NAME_SEARCHED not in watched()


def test_the_watch_finds_what_was_missed_at_the_search(reader: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """B2"""
    monkeypatch.setattr("casework.clients.search.after_search", [])
    find_by_name(reader, ["見本"], channel="screen")
    assert not AccessAlert.objects.exists()
    assert AlertKind.OWN_NAME_SEARCHED in watched()


def test_a_name_of_the_household_is_noticed_in_a_search_and_in_a_record(reader: Account) -> None:
    """B2: surnames and people of the household are declared."""
    declare(reader, surnames=[], people=["例示 太郎"], address="", today=clock.today(), version=None)
    case = case_of("例示 太郎", reader)
    find_clients(reader, "例示")
    read(case, by=reader)
    found = watched()
    assert found.keys() >= {AlertKind.OWN_NAME_SEARCHED, AlertKind.HOUSEHOLD_READ}
    assert found[AlertKind.HOUSEHOLD_READ].subjects == [case.client_id]


def test_reading_a_namesake_is_noticed_once_and_not_opened_again(reader: Account) -> None:
    """B2: the same surname as one's own."""
    case, other = case_of("見本 花子", reader), case_of("例示 太郎", reader)
    read(case, other, by=reader)
    assert watched()[AlertKind.SAME_NAME_READ].subjects == [case.client_id]
    opened = reading.lines(subjects=[case.client_id], channel="job").filter(facts__rule="oversight.kin").count()
    read(case, by=reader)
    watched()
    assert reading.lines(subjects=[case.client_id], channel="job").filter(facts__rule="oversight.kin").count() == opened
    assert AccessAlert.objects.filter(kind=AlertKind.SAME_NAME_READ).count() == 1


def test_one_altered_row_keeps_nobody_else_from_being_noticed(reader: Account) -> None:
    """B2, B4: whoever may write to the database could otherwise stop every alert of the centre with one byte."""
    declare(reader, surnames=["試作"], people=[], address="", today=clock.today(), version=None)
    other = staff("counsellor", name="他人 二")
    declare(other, surnames=["別家"], people=[], address="", today=clock.today(), version=None)
    altered, namesake = case_of("試作 花", reader), case_of("試作 月", reader)
    read(altered, namesake, by=reader)
    with connection.cursor() as cursor:
        for table, pk in (("clients_client", altered.client_id), ("oversight_declaration", Declaration.objects.get(account=other).pk)):
            column = "name" if table == "clients_client" else "surnames"
            cursor.execute(f"UPDATE {table} SET {column} = {column} || '\\x00' WHERE id = %s", [pk])
    (alert,) = [each for kind, each in watched().items() if kind == AlertKind.SAME_NAME_READ]
    assert alert.subjects == [namesake.client_id]


def test_a_neighbour_is_noticed(reader: Account) -> None:
    """B2: own address block."""
    case = case_of("例示 太郎", reader, contact_ways=[ContactFacts("address", "港区見本町3丁目9番")])
    declare(reader, surnames=[], people=[], address="大阪市港区見本町3-1-2", today=clock.today(), version=None)
    read(case, by=reader)
    assert watched()[AlertKind.SAME_BLOCK_READ].subjects == [case.client_id]


def test_a_declaration_is_compared_with_what_was_read_before_it(reader: Account) -> None:
    read(case_of("例示 太郎", reader), by=reader)
    assert AlertKind.SAME_NAME_READ not in watched()
    declare(reader, surnames=["例示"], people=[], address="", today=clock.today(), version=None)
    assert AlertKind.SAME_NAME_READ in watched()


def test_reading_far_more_than_usual_is_noticed(reader: Account) -> None:
    """B4: the replayed pattern raises an anomaly."""
    cases = [case_of(f"試作 {number}", reader) for number in range(21)]
    read(*cases, by=reader)
    alert = watched()[AlertKind.VOLUME]
    assert (alert.count, alert.usual) == (21, 0)


def test_a_file_of_many_people_before_leaving_is_noticed_in_each_way(reader: Account) -> None:
    """B4: export in bulk before leaving."""
    Membership.objects.filter(account=reader).update(until_date=timezone.localdate() + timedelta(days=3))
    read(*(case_of(f"試作 {number}", reader) for number in range(21)), by=reader, channel="xlsx")
    assert watched().keys() >= {AlertKind.EXPORT, AlertKind.BULK, AlertKind.LEAVING, AlertKind.VOLUME}


def test_probing_is_noticed(reader: Account) -> None:
    for _ in range(5):
        trail.record_refusal("case.refused", by=reader)
    assert AlertKind.REFUSALS in watched()


def test_to_watch_twice_raises_nothing_twice_and_lets_a_finding_grow(reader: Account) -> None:
    for _ in range(5):
        trail.record_refusal("case.refused", by=reader)
    first = watched()[AlertKind.REFUSALS]
    trail.record_refusal("case.refused", by=reader)
    assert watched()[AlertKind.REFUSALS].count == 6
    assert AccessAlert.objects.filter(kind=AlertKind.REFUSALS).get() == first


def test_every_day_since_the_last_watch_is_looked_at_and_a_finished_one_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[date] = []
    monkeypatch.setattr(watching, "watch_day", lambda day: days.append(day) or [])
    evening = timezone.make_aware(datetime.combine(date(2026, 5, 12), time(22)))
    watch(now=evening)
    watch(now=evening + timedelta(hours=2, minutes=30))  # half past midnight: the 12th is not over for sure
    watch(now=evening + timedelta(hours=4))
    watch(now=evening + timedelta(days=2))
    assert [day.day for day in days] == [12, 12, 13, 12, 13, 13, 14]


# -- who looks


def alert_about(actor: Account, **facts: object) -> AccessAlert:
    trail.record_refusal("case.refused", by=actor)
    for _ in range(4):
        trail.record_refusal("case.refused", by=actor)
    watch(now=timezone.now())
    return AccessAlert.objects.get(kind=AlertKind.REFUSALS, actor=actor)


def test_the_chiefs_reads_go_to_the_administrator_and_hers_to_the_chief(chief: Account, admin: Account) -> None:
    assert alert_about(chief).assigned_to == admin
    assert alert_about(admin).assigned_to == chief


def test_nobody_reviews_herself_nor_sees_that_she_was_noticed(chief: Account) -> None:
    """B2: self-review is refused."""
    alert = alert_about(chief)
    with pytest.raises(PermissionDenied):
        review_alert(alert, decision=Decision.PROPER, words="", by=chief)
    assert alert not in queue_of(chief)
    assert next_alert(chief) is None
    assert AccessAlert.objects.get(pk=alert.pk).is_open


def test_the_database_too_refuses_a_review_by_oneself(chief: Account) -> None:
    alert = alert_about(chief)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessAlert.objects.filter(pk=alert.pk).update(decision="proper", reviewed_by=chief, reviewed_at=timezone.now())


def test_whoever_must_not_have_to_do_with_the_client_does_not_review(reader: Account, chief: Account, admin: Account) -> None:
    case = case_of("見本 花子", reader)
    add_party(case, reader, name="", account=chief)
    read(case, by=reader)
    alert = watched()[AlertKind.SAME_NAME_READ]
    assert alert.assigned_to == admin
    with pytest.raises(PermissionDenied):
        review_alert(alert, decision=Decision.PROPER, words="", by=chief)


def test_a_relative_of_the_client_does_not_review_who_read_her(reader: Account, chief: Account, admin: Account) -> None:
    """B32: a declared relation keeps her from the review as it does from the case."""
    case = case_of("見本 花子", reader)
    block(case, chief, reason="relative", words="", by=chief)
    read(case, by=reader)
    alert = watched()[AlertKind.SAME_NAME_READ]
    assert alert.assigned_to == admin
    with pytest.raises(PermissionDenied):
        review_alert(alert, decision=Decision.PROPER, words="", by=chief)


def test_what_nobody_may_review_waits_for_nobody_until_somebody_may(chief: Account, admin: Account) -> None:
    Membership.objects.filter(account=admin).delete()
    alert = alert_about(chief)
    assert alert.assigned_to is None
    successor = staff("centre_admin", name="後任 例")
    assert reassign_alerts(today=clock.today()) == 1
    alert.refresh_from_db()
    assert alert.assigned_to == successor


def test_a_counsellor_reviews_nothing(reader: Account, chief: Account) -> None:
    with pytest.raises(PermissionDenied):
        review_alert(alert_about(chief), decision=Decision.PROPER, words="", by=reader)


@pytest.mark.parametrize(
    ("decision", "words", "code"), [("", "", "unknown_decision"), ("fine", "", "unknown_decision"), ("explained", " ", "no_words")]
)
def test_a_review_names_its_decision_and_unless_all_is_proper_says_why(
    decision: str, words: str, code: str, reader: Account, chief: Account
) -> None:
    alert = alert_about(reader)
    with pytest.raises(RuleViolation) as refused:
        review_alert(alert, decision=decision, words=words, by=chief)
    assert refused.value.code == code


def test_a_review_is_in_the_trail_its_words_are_sealed_and_it_is_final(reader: Account, chief: Account, admin: Account) -> None:
    alert = review_alert(alert_about(reader), decision=Decision.EXPLAINED, words="電話を受けたため（見本）", by=chief)
    (line,) = reading.lines(actor=chief.pk, verdict="write")
    assert (line.action, line.facts["decision"]) == ("alert.reviewed", "explained")
    assert "見本" not in str(line.facts)
    assert str(AccessAlert.objects.get(pk=alert.pk).words) == "●●●"
    (opened,) = gate.reveal([alert], viewer=admin, channel="screen")
    assert opened.words == "電話を受けたため（見本）"
    with pytest.raises(gate.Refused):
        gate.reveal([alert], viewer=reader, channel="screen")
    with pytest.raises(WrongState):
        review_alert(alert, decision=Decision.PROPER, words="", by=admin)


# -- the sample


def test_the_weekly_sample_is_drawn_by_the_trail_and_is_the_same_when_drawn_again(reader: Account) -> None:
    for number in range(12):
        read(case_of(f"試作 {number}", reader), by=reader)
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    first = sample_of(monday)
    assert len(first) == 5
    assert [each.lines for each in first] == [each.lines for each in sample_of(monday)]
    read(case_of("試作 次", reader), by=reader)
    assert [each.lines for each in first] != [each.lines for each in sample_of(monday)]
    assert all(len(each.lines) == 1 for each in first)


def test_only_finished_weeks_are_sampled_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weeks: list[date] = []
    monkeypatch.setattr(watching, "sample_of", lambda week: weeks.append(week) or [])
    wednesday = timezone.make_aware(datetime.combine(date(2026, 5, 13), time(12)))
    for later in (0, 1, 6, 13):
        watch(now=wednesday + timedelta(days=later))
    assert weeks == [date(2026, 5, 4), date(2026, 5, 11), date(2026, 5, 18)]
