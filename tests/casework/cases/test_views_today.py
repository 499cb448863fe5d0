from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditLine
from casework.cases.models import Duty
from casework.clients.people import PersonFacts
from tests.casework.cases.asking import questions
from tests.factories.casework import TODAY, make_case, make_member
from tests.factories.plans import make_meeting

pytestmark = pytest.mark.usefixtures("centre", "stopped_calendar")


def page_of(at_centre: Client, query: str = "") -> str:
    response = at_centre.get(f"/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def due(by: Any, day: date, name: str = "見本 花子") -> Duty:
    """A case of this colleague whose screening is due on a day."""
    case = make_case(by=by, on=TODAY, person=PersonFacts(name, "", None, ""))
    duty = case.duties.get()
    duty.due_on = day
    duty.save(update_fields=["due_on"])
    return duty


def test_what_is_late_comes_before_what_is_due_today_and_what_is_ahead(at_centre: Client, counsellor: Any) -> None:
    due(counsellor, TODAY + timedelta(days=7), "先の 例子")
    late = due(counsellor, TODAY - timedelta(days=2), "遅れ 太郎")
    due(counsellor, TODAY, "今日 桜")
    due(counsellor, TODAY + timedelta(days=8), "遠い 人")

    page = page_of(at_centre)

    assert page.index("遅れ 太郎 さん") < page.index("今日 桜 さん") < page.index("先の 例子 さん")
    assert "2日超過" in page
    assert "期限超過 1件" in page
    assert "遠い 人" not in page
    assert f'href="/cases/{late.case_id}/screen/"' in page
    assert AuditLine.objects.filter(action="record.read").count() == 1


def test_what_a_colleague_has_to_do_is_not_mine(at_centre: Client, counsellor: Any) -> None:
    due(make_member(), TODAY, "よその 人")

    page = page_of(at_centre, "?view=team")

    assert "よその 人" not in page
    assert "今日までの仕事はありません" in page


def test_the_chief_sees_who_has_what_to_do(at_centre: Client) -> None:
    busy, late = make_member(name="忙し 例子"), make_member(name="遅れ 見本")
    due(busy, TODAY, "今日 桜")
    duty = due(late, TODAY - timedelta(days=3), "過ぎた 人")
    Duty.objects.filter(pk=due(late, TODAY, "宙に浮く 人").pk).update(assigned_to=None)
    at_centre.force_login(make_member("chief_counsellor"))

    page = page_of(at_centre)

    assert page.index("遅れ 見本") < page.index("忙し 例子")
    assert "1件（期限超過 1件）" in page
    assert "担当なし" in page
    assert f'href="/cases/{duty.case_id}/screen/"' in page
    assert "過ぎた 人" not in page_of(at_centre, "?view=mine")


def test_a_duty_in_a_case_one_has_left_shows_its_number_only(at_centre: Client, counsellor: Any) -> None:
    duty = due(make_member(), TODAY, "秘密 太郎")
    Duty.objects.filter(pk=duty.pk).update(assigned_to=counsellor)

    page = page_of(at_centre)

    assert duty.case is not None
    assert duty.case.number in page
    assert "秘密" not in page


def test_the_next_meeting_stands_above_the_duties(at_centre: Client, counsellor: Any) -> None:
    meeting = make_meeting(by=counsellor, on=TODAY + timedelta(days=3))

    page = page_of(at_centre)

    assert f'href="/meetings/{meeting.pk}/"' in page


def test_receptions_are_compared_with_the_month_before_up_to_the_same_day(at_centre: Client, counsellor: Any) -> None:
    for day in (date(2026, 4, 1), date(2026, 4, 29), date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 29)):
        make_case(by=counsellor, on=day)

    page = page_of(at_centre)

    assert "今月は3件を受け付けました。先月の同じ日までより1件多いです。" in page
    assert 'role="img"' in page


def test_staff_without_cases_have_a_calm_page(at_centre: Client) -> None:
    at_centre.force_login(make_member("centre_admin"))

    page = page_of(at_centre)

    assert "今日までの仕事はありません" in page
    assert "今月の動き" not in page
    assert not AuditLine.objects.filter(action="record.read").exists()


def test_many_duties_cost_as_much_as_one(at_centre: Client) -> None:
    chief = make_member("chief_counsellor")
    at_centre.force_login(chief)
    make_meeting(by=chief, on=TODAY)
    due(chief, TODAY)
    page_of(at_centre, "?view=team")
    with questions() as few:
        page_of(at_centre, "?view=team")
    for _ in range(20):
        due(make_member(), TODAY)
    with questions() as many:
        page_of(at_centre, "?view=team")

    assert len(many) == len(few) <= 14, many
