from datetime import date
from typing import Any

import pytest

from audit.models import AuditLine
from casework.cases.found import show_found, town_of
from casework.clients.people import CallerFacts, ContactFacts, PersonFacts
from casework.clients.search import birthdays_meant, find_clients, find_similar
from tests.factories.casework import TODAY, close, make_case, make_member, phone

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture
def sakiko() -> Any:
    person = PersonFacts("髙﨑 見本", "たかさき みほん", date(1974, 5, 3))
    ways = [phone("09000001234"), ContactFacts("address", "大阪市港区磯路1-2-3"), ContactFacts("email", "1234@example.test")]
    return make_case(person=person, contact_ways=ways, caller=CallerFacts("parent", "見本 母", "0665760001"))


@pytest.fixture
def others(sakiko: Any) -> list[Any]:
    person = PersonFacts("三先 例", "みさき れい", date(1968, 2, 15))
    return [make_case(by=sakiko.owner, person=person, contact_ways=[phone("09000005678")]) for _ in range(2)]


NAMES = ["高崎", "髙﨑 見本", "たかさき", "タカサキ", "takasaki", "ﾀｶｻｷ", "TAKASAKI"]
PHONES = ["1234", "１２３４", "090-0000-1234", "+81 90 0000 1234", "0001", "06-6576-0001"]
BIRTHDAYS = ["S49.5.3", "昭和49年5月3日", "1974/5/3", "19740503"]
NUMBERS = ["R8-0001", "r8-1", "Ｒ８－０００１"]


@pytest.mark.parametrize("term", [*NAMES, *PHONES, *BIRTHDAYS, *NUMBERS])
def test_a_person_is_found_by_whatever_the_caller_says(sakiko: Any, others: Any, term: str) -> None:
    assert find_clients(sakiko.owner, term) == [sakiko.client_id]


@pytest.mark.parametrize("term", ["", " ", "高", "た", "9999", "123", "090-0000-123", "S50.5.3", "R8-0999", "いない人", "%", "@example"])
def test_nobody_is_found_by_less_than_a_name_or_by_something_else(sakiko: Any, others: Any, term: str) -> None:
    assert find_clients(sakiko.owner, term) == []


def test_a_number_a_name_or_a_reading_reminds_of_an_earlier_contact_the_number_first(sakiko: Any, others: Any) -> None:
    viewer = sakiko.owner

    assert find_similar(viewer, name="三先", phone="09000001234")[0] == sakiko.client_id
    assert len(find_similar(viewer, name="三先", phone="09000001234")) == 3
    assert find_similar(viewer, kana="たかさき") == [sakiko.client_id]
    assert find_similar(viewer, name="髙") == find_similar(viewer, phone="090") == find_similar(viewer) == []


def test_every_search_leaves_a_digest_and_never_the_term(sakiko: Any) -> None:
    for term in ("たかさき", "1234", "S49.5.3"):
        find_clients(sakiko.owner, term)

    lines = AuditLine.objects.filter(action="record.searched")
    assert lines.count() >= 3
    assert not [line for line in lines if any(term in str(line.facts) for term in ("たかさき", "1234", "49.5.3"))]


def test_namesakes_are_told_apart_by_age_and_town_for_who_may_see_them_and_by_nothing_for_others(sakiko: Any) -> None:
    person = PersonFacts("髙﨑 見本", "たかさき みほん", date(1990, 1, 1))
    hidden = make_case(person=person, contact_ways=[ContactFacts("address", "大阪市港区波除4")])

    page, people = show_found(sakiko.owner, find_clients(sakiko.owner, "たかさき"), channel="screen")

    assert page.paginator.count == 2
    mine, other = people
    assert (mine.client.name, str(mine.client.birth_date), mine.town) == ("髙﨑 見本", "1974-05-03", "大阪市港区磯路")
    assert (other.client, other.town, other.open_here) == (None, "", None)
    assert (other.newest.number, other.newest.owner) == (hidden.number, hidden.owner)


def test_a_person_who_came_back_is_found_once_with_her_newest_case(sakiko: Any) -> None:
    close(sakiko, on=date(2026, 5, 20))
    again = make_case(by=make_member(), on=TODAY, previous=sakiko)

    _page, (found,) = show_found(sakiko.owner, find_clients(sakiko.owner, "たかさき"), channel="screen")

    assert (found.newest, found.cases, found.open_here) == (again, 2, sakiko)
    assert not found.can_return


def test_fifty_people_a_page(sakiko: Any) -> None:
    clients = [sakiko.client_id, *[make_case(by=sakiko.owner).client_id for _ in range(51)]]

    page, people = show_found(sakiko.owner, clients, channel="screen", page="2")

    assert (page.paginator.count, page.paginator.num_pages, len(people)) == (52, 2, 2)


def test_a_person_whose_case_is_nobodys_here_is_not_shown_to_a_clerk_by_name(sakiko: Any) -> None:
    _page, (found,) = show_found(make_member("clerk"), [sakiko.client_id], channel="screen")

    assert found.client is None


def test_what_a_birthday_may_mean() -> None:
    assert date(1974, 5, 3) in birthdays_meant("49.5.3", today=TODAY)
    assert birthdays_meant("1234", today=TODAY) == set()
    assert birthdays_meant("花子", today=TODAY) == set()


@pytest.mark.parametrize(
    ("address", "town"),
    [("大阪市港区磯路1-2", "大阪市港区磯路"), ("住所不定", "住所不定"), (None, ""), ("〒5520003 大阪市港区磯路1-1", "大阪市港区磯路")],
)
def test_a_town_is_the_address_up_to_its_first_figure(address: str | None, town: str) -> None:
    assert town_of(address) == town
