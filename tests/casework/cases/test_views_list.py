from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditLine
from casework.cases.models import Case
from tests.casework.cases.asking import questions
from tests.factories.casework import RECEIVED, TODAY, close, make_case, make_member

pytestmark = pytest.mark.usefixtures("centre", "stopped_calendar")


def page_of(at_centre: Client, query: str = "") -> str:
    response = at_centre.get(f"/cases/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def numbers(page: str, *cases: Case) -> list[str]:
    """The numbers of these cases in the order in which the page shows them."""
    return sorted((case.number for case in cases if case.number in page), key=page.index)


def test_one_s_own_open_cases_come_first_with_name_and_reading(at_centre: Client, counsellor: Any) -> None:
    mine, other, ended = make_case(by=counsellor), make_case(), make_case("ended", by=counsellor)

    page = page_of(at_centre)

    assert numbers(page, mine, other, ended) == [mine.number]
    assert f'href="/cases/{mine.pk}/"' in page
    assert "自分の担当 1件" in page


def test_the_register_names_only_those_the_viewer_may_open(at_centre: Client, counsellor: Any) -> None:
    from casework.clients.people import PersonFacts

    mine = make_case(by=counsellor, person=PersonFacts("見本 花子", "みほん はなこ", None, ""))
    other = make_case(person=PersonFacts("秘密 太郎", "ひみつ たろう", None, ""))

    page = page_of(at_centre, "?view=all")

    assert "見本 花子" in page
    assert "みほん はなこ" in page
    assert other.number in page
    assert other.owner.name in page
    assert "秘密" not in page
    assert "ひみつ" not in page
    assert f"/cases/{other.pk}/" not in page
    assert page.count("スクリーニング") == 1, "what is due in a case that is closed to her is not hers to know"
    (line,) = AuditLine.objects.filter(action="record.read")
    assert line.subjects == [mine.client_id]


def test_a_client_whose_other_case_one_works_on_is_not_named_in_the_one_that_is_closed_to_one(at_centre: Client, counsellor: Any) -> None:
    former = close(make_case("applied"), on=TODAY - timedelta(days=5))
    now = make_case(by=counsellor, previous=former, on=TODAY)

    page = page_of(at_centre, "?view=all")

    assert f"/cases/{now.pk}/" in page
    assert f"/cases/{former.pk}/" not in page
    assert page.count(">担当外<") == 1


def test_a_list_without_anybody_to_name_leaves_no_line_of_reading(at_centre: Client) -> None:
    make_case()
    at_centre.force_login(make_member("clerk"))

    assert ">担当外<" in page_of(at_centre)
    assert not AuditLine.objects.filter(action="record.read").exists()


def test_the_views_hold_what_their_names_say(at_centre: Client, counsellor: Any) -> None:
    quiet = make_case("applied", by=counsellor, on=date(2026, 4, 1))
    Case.objects.filter(pk=quiet.pk).update(last_contact_on=date(2026, 4, 28))
    heard = make_case("applied", by=counsellor, on=date(2026, 4, 1))
    Case.objects.filter(pk=heard.pk).update(last_contact_on=date(2026, 4, 29))
    fresh, foreign = make_case(by=counsellor, on=TODAY), make_case(on=TODAY)
    everything = (quiet, heard, fresh, foreign)

    assert numbers(page_of(at_centre, "?view=quiet"), *everything) == [quiet.number]
    assert set(numbers(page_of(at_centre, "?view=late"), *everything)) == {quiet.number, heard.number}
    assert set(numbers(page_of(at_centre, "?view=new"), *everything)) == {fresh.number, foreign.number}
    assert len(numbers(page_of(at_centre, "?view=all"), *everything)) == 4


def test_the_chief_is_reminded_of_every_case_of_the_centre(at_centre: Client) -> None:
    late = make_case(on=date(2026, 4, 1))
    at_centre.force_login(make_member("chief_counsellor"))

    assert numbers(page_of(at_centre, "?view=late"), late) == [late.number]
    assert AuditLine.objects.get(action="record.read").purpose == "supervision"


@pytest.mark.parametrize("sort", ["number", "received", "contact", "due", "owner", "stage"])
def test_a_list_is_sorted_both_ways(at_centre: Client, counsellor: Any, sort: str) -> None:
    older, newer = make_case(by=counsellor, on=RECEIVED), make_case("applied", by=counsellor, on=RECEIVED + timedelta(days=3))

    up, down = page_of(at_centre, f"?sort={sort}"), page_of(at_centre, f"?sort=-{sort}")

    assert 'aria-sort="ascending"' in up
    assert 'aria-sort="descending"' in down
    if sort not in {"owner", "stage"}:
        assert numbers(up, older, newer) == [older.number, newer.number]
        assert numbers(down, older, newer) == [newer.number, older.number]


def test_a_list_is_narrowed_by_stage_and_owner_and_says_so(at_centre: Client, counsellor: Any) -> None:
    received, applied, other = make_case(by=counsellor), make_case("applied", by=counsellor), make_case()

    by_stage = page_of(at_centre, "?view=all&stage=applied")
    by_owner = page_of(at_centre, f"?view=all&owner={other.owner_id}")

    assert numbers(by_stage, received, applied, other) == [applied.number]
    assert numbers(by_owner, received, applied, other) == [other.number]
    assert "条件を消す" in page_of(at_centre, "?view=all&stage=closed")


@pytest.mark.parametrize(
    "query", ["?view=x", "?sort=name", "?sort=--due", "?stage=x", "?owner=x", "?page=x", "?page=-1", "?owner=" + "9" * 5000]
)
def test_nonsense_in_the_address_narrows_nothing(at_centre: Client, counsellor: Any, query: str) -> None:
    case = make_case(by=counsellor)

    assert case.number in page_of(at_centre, query)


def test_an_empty_list_says_why(at_centre: Client, counsellor: Any) -> None:
    assert "ケースはまだありません" in page_of(at_centre)
    assert "担当しているケースはまだありません" in page_of(at_centre, "?view=mine")
    assert "30日のあいだ記録のないケース" in page_of(at_centre, "?view=quiet")


def test_only_those_who_may_see_the_register_see_it(at_centre: Client) -> None:
    at_centre.force_login(make_member("centre_admin"))
    assert at_centre.get("/cases/").status_code == 403
    at_centre.logout()
    assert at_centre.get("/cases/").status_code == 302


def test_fifty_rows_cost_as_much_as_five(at_centre: Client, counsellor: Any) -> None:
    for _ in range(5):
        make_case(by=counsellor)
    page_of(at_centre)
    with questions() as few:
        page_of(at_centre)
    for _ in range(50):
        make_case(by=counsellor)
    with questions() as many:
        page = page_of(at_centre)

    assert page.count('<th scope="row">') == 50
    assert "55件" in page
    assert len(many) == len(few) <= 12, many
