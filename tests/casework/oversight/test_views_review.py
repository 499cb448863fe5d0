"""The queue, one alert after the other, 今日, and what staff declare of themselves."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from audit import reading
from casework.clients.search import find_clients
from casework.oversight.alerts import queue_of, raise_alert, review_alert
from casework.oversight.models import AccessAlert, AlertKind, Declaration
from casework.oversight.rules import Finding
from disclosure import gate
from foundation import clock
from tenants.hosts import Host
from tests.factories.casework import make_case
from tests.factories.people import staff

BACKEND = "accounts.authentication.SignInBackend"


@pytest.fixture
def reader(centre: Host) -> Account:
    return staff("counsellor", name="見本 一")


@pytest.fixture(autouse=True)
def chief(centre: Host) -> Account:
    return staff("chief_counsellor", name="主任 例")


@pytest.fixture(autouse=True)
def admin(centre: Host) -> Account:
    return staff("centre_admin", name="管理 試")


def alert_about(actor: Account, key: str = "1", *, today: date | None = None) -> AccessAlert:
    finding = Finding(AlertKind.REFUSALS, actor.pk, key, today or clock.today(), [], [], 5)
    alert = raise_alert(finding, today=today or clock.today())
    assert alert is not None
    return alert


def get(browser: Client, who: Account, path: str) -> HttpResponse:
    browser.force_login(who, backend=BACKEND)
    return browser.get(path)


def post(browser: Client, who: Account, path: str, **said: object) -> HttpResponse:
    browser.force_login(who, backend=BACKEND)
    return browser.post(path, said)


def test_what_one_account_of_hers_did_is_closed_to_her_other_one(admin: Account) -> None:
    """B2: two accounts of one mailbox are one person."""
    alert = alert_about(staff("counsellor", email="hana@example.jp"))
    other = staff("chief_counsellor", email="hana+2@example.jp")

    with pytest.raises(PermissionDenied):
        review_alert(alert, decision="proper", words="", by=other)
    assert alert not in queue_of(other)
    assert alert in queue_of(admin)


def test_ones_own_surname_searched_waits_for_another_and_is_closed_to_oneself(chief: Account, admin: Account, at_centre: Client) -> None:
    """B2: the chief searches her own surname; the alert goes to the administrator; her own attempt is 403."""
    find_clients(chief, "主任")
    alert = AccessAlert.objects.get(kind=AlertKind.OWN_NAME_SEARCHED)
    assert alert.assigned_to == admin
    path = f"/oversight/reviews/{alert.pk}/"
    assert get(at_centre, chief, path).status_code == 403
    assert post(at_centre, chief, path, decision="proper").status_code == 403
    assert str(alert.pk) not in get(at_centre, chief, "/oversight/reviews/").content.decode()
    assert post(at_centre, admin, path, decision="proper").status_code == 302
    assert AccessAlert.objects.get(pk=alert.pk).reviewed_by == admin


def test_a_review_leads_to_the_next_and_from_the_last_to_the_list(reader: Account, chief: Account, at_centre: Client) -> None:
    first, second = alert_about(reader, "1"), alert_about(reader, "2")
    answer = post(at_centre, chief, f"/oversight/reviews/{first.pk}/", decision="proper")
    assert answer["Location"] == f"/oversight/reviews/{second.pk}/"
    answer = post(at_centre, chief, f"/oversight/reviews/{second.pk}/", decision="explained", words="電話を受けたため（見本）")
    assert answer["Location"] == "/oversight/reviews/"
    shown = get(at_centre, chief, f"/oversight/reviews/{second.pk}/").content.decode()
    assert "電話を受けたため（見本）" in shown


def test_what_was_typed_stays_when_a_review_is_refused(reader: Account, chief: Account, at_centre: Client) -> None:
    alert = alert_about(reader)
    answer = post(at_centre, chief, f"/oversight/reviews/{alert.pk}/", decision="incident", words="")
    assert answer.status_code == 422
    assert "確かめたことを、一文でよいので" in answer.content.decode()
    assert answer.context["form"]["decision"].value() == "incident"


def test_a_review_done_by_another_meanwhile_is_409(reader: Account, chief: Account, admin: Account, at_centre: Client) -> None:
    alert = alert_about(reader)
    post(at_centre, admin, f"/oversight/reviews/{alert.pk}/", decision="proper")
    assert post(at_centre, chief, f"/oversight/reviews/{alert.pk}/", decision="proper").status_code == 409


def test_a_late_review_is_red_on_the_reviewers_day_and_on_nobody_elses(
    reader: Account, chief: Account, admin: Account, at_centre: Client
) -> None:
    assert "閲覧の確認</h2>" not in get(at_centre, chief, "/").content.decode()
    alert = alert_about(reader)
    assert "期限超過" not in get(at_centre, chief, "/").content.decode()
    AccessAlert.objects.filter(pk=alert.pk).update(due_on=clock.today() - timedelta(days=1))
    shown = get(at_centre, chief, "/").content.decode()
    assert "あなたの確認を待っている閲覧が1件あります" in shown
    assert "期限超過 1件" in shown
    for other in (reader, admin):
        assert "確認を待っている閲覧が" not in get(at_centre, other, "/").content.decode()


def test_to_look_at_an_alert_leaves_a_line(reader: Account, chief: Account, at_centre: Client) -> None:
    get(at_centre, chief, f"/oversight/reviews/{alert_about(reader).pk}/")
    assert {line.action for line in reading.lines(actor=chief.pk, verdict="read")} == {"alert.read"}


def test_the_list_is_fifty_a_page_and_empty_in_words(reader: Account, chief: Account, at_centre: Client) -> None:
    assert "確認を待っている閲覧はありません" in get(at_centre, chief, "/oversight/reviews/").content.decode()
    for number in range(51):
        alert_about(reader, str(number))
    assert len(get(at_centre, chief, "/oversight/reviews/").context["page"].object_list) == 50
    assert len(get(at_centre, chief, "/oversight/reviews/?view=mine&page=2").context["page"].object_list) == 1


# -- 自己申告

SAID = {"surnames": "例示、れいじ", "people": "試作 桜\n試作 太郎", "address": "港区見本町3-1", "complete": "on"}


def test_a_declaration_comes_back_to_oneself_only(reader: Account, chief: Account, at_centre: Client) -> None:
    assert post(at_centre, reader, "/oversight/declaration/", **SAID).status_code == 302
    own = get(at_centre, reader, "/oversight/declaration/").content.decode()
    assert all(name in own for name in ("れいじ", "試作 太郎", "港区見本町3-1"))
    assert "試作" not in get(at_centre, chief, "/oversight/declaration/").content.decode()


def test_a_declaration_is_sealed_with_only_digests_beside_it(reader: Account, at_centre: Client) -> None:
    post(at_centre, reader, "/oversight/declaration/", **SAID)
    said = Declaration.objects.get()
    assert {str(said.surnames), str(said.people), str(said.address)} == {"●●●"}
    assert all(len(word) == 64 for word in said.watched)


def test_a_stale_declaration_shows_both_texts(reader: Account, at_centre: Client) -> None:
    post(at_centre, reader, "/oversight/declaration/", **SAID)
    answer = post(at_centre, reader, "/oversight/declaration/", **SAID | {"surnames": "仮名"})
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "仮名" in shown
    assert "例示、れいじ" in shown
    assert post(at_centre, reader, "/oversight/declaration/", **SAID, version=1).status_code == 302


def test_a_declaration_stands_beside_the_settings(reader: Account, at_centre: Client) -> None:
    assert "/oversight/declaration/" in get(at_centre, reader, "/accounts/").content.decode()


def test_the_case_of_a_line_opens_from_the_review(reader: Account, chief: Account, at_centre: Client) -> None:
    case = make_case(by=reader)
    gate.reveal([case.client], viewer=reader, channel="screen", fields=("name",))
    (line,) = reading.lines(actor=reader.pk, verdict="read")
    finding = Finding(AlertKind.SAMPLE, reader.pk, "week", timezone.localdate(), [line.id], line.subjects, 1)
    alert = raise_alert(finding, today=clock.today())
    assert alert is not None
    shown = get(at_centre, chief, f"/oversight/reviews/{alert.pk}/").content.decode()
    assert f"{case.number}（" in shown
    assert "の氏名を、支援のために画面で見ました。" in shown


def test_what_comes_after_the_decision_of_a_day_is_raised_anew(chief: Account, admin: Account) -> None:
    """B4: whoever had her morning looked at has no free afternoon; what has not grown, and what is told once a year, comes once."""
    actor, day = staff("counsellor"), clock.today()

    def grown_to(times: int, key: str = str(day)) -> AccessAlert | None:
        return raise_alert(Finding(AlertKind.REFUSALS, actor.pk, key, day, [], [], times), today=day)

    morning, yearly = grown_to(5), grown_to(5, key="2026:somebody")
    assert grown_to(6) is None, "open, it grows"
    for alert in (morning, yearly):
        review_alert(alert, decision="proper", words="", by=chief)

    assert grown_to(6) is None
    afternoon = grown_to(9)
    assert afternoon.count == 9
    assert grown_to(12) is None
    assert AccessAlert.objects.get(pk=afternoon.pk).count == 12
    assert grown_to(12, key="2026:somebody") is None
