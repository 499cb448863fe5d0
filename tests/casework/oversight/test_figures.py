"""The pictures of reading, held to a count of one's own; what headquarters learns; the demo's alerts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from audit import trail
from casework.cases.broken_glass import break_glass
from casework.oversight.alerts import raise_alert
from casework.oversight.figures import person_chart, read_days, week_chart
from casework.oversight.models import AccessAlert, AlertKind
from casework.oversight.rules import Finding
from casework.oversight.watching import watch
from deploy.demo_data import noticing, sign_ins
from disclosure import gate
from foundation import clock
from headquarters.models import OverdueReviews
from tenants.activation import headquarters_active
from tenants.hosts import Host
from tests.factories.casework import make_case
from tests.factories.people import staff

BACKEND = "accounts.authentication.SignInBackend"


@pytest.fixture
def reader(centre: Host) -> Account:
    return staff("counsellor", name="見本 一")


@pytest.fixture
def chief(centre: Host) -> Account:
    return staff("chief_counsellor", name="主任 例")


def test_people_read_are_counted_once_a_day_and_reader_and_machines_not_at_all(reader: Account, chief: Account, settings: Settings) -> None:
    settings.ROOT_URLCONF = "config.urls_centre"
    one, two = make_case(by=reader), make_case(by=reader)
    for case in (one, one, two):
        gate.reveal([case.client], viewer=reader, channel="screen", fields=("name",))
    gate.reveal([one.client], viewer=chief, channel="screen", fields=("name",))
    with transaction.atomic():
        gate.compute([two.client], rule="test", by=chief)
    today = timezone.localdate()
    days = read_days(today)
    assert week_chart(days, today).rows[-1][1] == 3
    by_person = {row[0]: (row[-3], row[-2][0], row[-1]) for row in person_chart(days, today).rows}  # type: ignore[index]
    assert by_person == {"見本 一": (2, "2", 2), "主任 例": (1, "1", 1)}


def test_each_picture_stands_with_its_table_and_names_lead_to_the_lines(reader: Account, chief: Account, at_centre: Client) -> None:
    at_centre.force_login(chief, backend=BACKEND)
    assert "まだ図にするものがありません" in at_centre.get("/oversight/figures/").content.decode()
    gate.reveal([make_case(by=reader).client], viewer=reader, channel="screen", fields=("name",))
    shown = at_centre.get("/oversight/figures/").content.decode()
    assert shown.count('role="img"') == 2
    assert f"/oversight/?actor={reader.pk}&amp;verdict=read" in shown


# -- headquarters


def late_alert(actor: Account, key: str = "1") -> AccessAlert:
    day = clock.today() - timedelta(days=30)
    alert = raise_alert(Finding(AlertKind.REFUSALS, actor.pk, key, day, [], [], 5), today=day)
    assert alert is not None
    return alert


def test_headquarters_learns_how_many_are_late_and_nothing_else(reader: Account, at_headquarters: Client) -> None:
    """Both who could review are concerned or absent: the privacy officer sees a number."""
    late_alert(reader)
    watch(now=timezone.now())
    with headquarters_active():
        (row,) = OverdueReviews.objects.all()
        assert (row.centre, row.overdue, row.nobodys) == ("test_a", 1, 1)
        trail.digest("a sign-in")
        officer, analyst = staff("privacy_officer"), staff("analyst")
        at_headquarters.force_login(officer, backend=BACKEND)
    shown = at_headquarters.get("/reviews/").content.decode()
    assert row.centre_name in shown
    assert "見本 一" not in shown
    with headquarters_active():
        at_headquarters.force_login(analyst, backend=BACKEND)
    assert at_headquarters.get("/reviews/").status_code == 403


def test_headquarters_learns_how_often_glass_was_broken_within_thirty_days(
    reader: Account, at_headquarters: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B58: by two of them, and once longer ago than that."""
    for by, days in ((reader, 31), (reader, 29), (staff("counsellor"), 0)):
        with monkeypatch.context() as then:
            then.setattr(clock, "now", lambda days=days: timezone.now() - timedelta(days=days))
            break_glass(make_case(), reason="called_from_outside", words="救急隊から、持病の照会が至急で来ている（見本）", by=by)
    watch(now=timezone.now())
    with headquarters_active():
        assert OverdueReviews.objects.get().broken_glass == 2
        at_headquarters.force_login(staff("privacy_officer"), backend=BACKEND)
    shown = at_headquarters.get("/reviews/").content.decode()
    assert '<td class="ui-number" data-label="緊急閲覧（30日）">2</td>' in shown


def test_a_centre_reports_for_itself_and_headquarters_for_nobody(
    reader: Account, other_centre: Callable[[], AbstractContextManager[Host]]
) -> None:
    late_alert(reader)
    watch(now=timezone.now())
    with other_centre():
        watch(now=timezone.now())
    with headquarters_active():
        assert dict(OverdueReviews.objects.values_list("centre", "overdue")) == {"test_a": 1, "test_b": 0}
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT public.report_overdue_reviews(0, 0, 0, current_date)")


# -- the demo


def test_the_demo_has_something_to_find_and_one_late(centre: Host) -> None:
    place = sign_ins.CENTRES[0]
    people = {account: staff(role, name=name, email=f"{account}@{place.schema}.example.jp") for account, name, role, _ in sign_ins.STAFF}
    for _ in range(noticing.TRIED):
        make_case(by=people["soudan"])
    noticing.look_odd(place, as_of=clock.today())
    found = set(AccessAlert.objects.values_list("kind", "actor__name"))
    assert found >= {("own_name_searched", "浜 例子"), ("refusals", "岬 仮名"), ("own_name_searched", "灯 見本")}
    assert AccessAlert.objects.filter(decision="", due_on__lt=clock.today()).exists()
    assert AccessAlert.objects.get(kind="refusals").decision == "explained"
