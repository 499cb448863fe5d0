"""Lists stay as cheap and as long when a centre grows: fifty rows, the rest on the next page, no further question."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.http import HttpResponse

from casework.cases.records import record_support
from casework.clients.people import PersonFacts
from casework.meetings.meetings import hold_meeting
from casework.plans.agreements import agree_plan
from tenants.activation import centre_active
from tests.factories.casework import TODAY, make_case
from tests.factories.plans import PLANNED, make_draft, make_meeting
from tests.pages.asking import read
from tests.worlds import Worlds, refer_and_share

FEW, MANY, PAGE = 5, 55, 50


class List(NamedTuple):
    """Where it stands, who reads it, and how many rows an answer shows."""

    who: str
    path: Callable[[Worlds], str]
    rows: Callable[[HttpResponse], int]
    posted: dict[str, str] | None = None
    has_pages: bool = True


def of_page(answer: HttpResponse) -> int:
    return len(answer.context["page"].object_list)


LISTS = {
    "cases": List("team", lambda worlds: "/cases/?view=mine", of_page),
    "all cases": List("chief", lambda worlds: "/cases/?view=all&sort=-number", of_page),
    "search": List("team", lambda worlds: "/clients/search/", of_page, {"q": "みほん"}),
    "meetings": List("team", lambda worlds: "/meetings/", of_page),
    "records of a figure": List("chief", lambda worlds: "/reports/2026-05/new_consultations/", of_page),
    "records in a case": List("team", lambda worlds: f"/cases/{worlds.work.case.pk}/", lambda answer: 0, has_pages=False),
    "shared with a guest": List("granted", lambda worlds: "/shared/", of_page),
    "api": List("team", lambda worlds: "/api/v1/cases/", lambda answer: len(answer.json()["results"])),
    "today": List("team", lambda worlds: "/", lambda answer: 0, has_pages=False),
    "the centre's day": List("chief", lambda worlds: "/?view=team", lambda answer: 0, has_pages=False),
    "agenda": List("team", lambda worlds: f"/meetings/{worlds.work.meeting.pk}/", lambda answer: 0, has_pages=False),
    "report": List("chief", lambda worlds: "/reports/2026-05/", lambda answer: 0, has_pages=False),
}


def cost(worlds: Worlds, shown: List) -> list[str]:
    return read(worlds.here.browser(shown.who), shown.path(worlds), shown.posted)[1]


def grow(worlds: Worlds, numbers: Iterable[int]) -> None:
    """As many more cases, records, meetings and shares; a plan waiting with every tenth."""
    team, agency = worlds.here.people["team"], worlds.work.referral.agency_id
    with centre_active("test_a"):
        for number in numbers:
            record_support(worlds.work.case, method="phone", text="電話（見本）", on=TODAY, by=team, today=TODAY)
            person = PersonFacts("見本 花子", "みほん はなこ", None, "female")
            case = make_case("received" if number % 10 else "assessed", by=team, person=person)
            if not number % 10:
                agree_plan(make_draft(case, by=team), on=PLANNED + timedelta(days=1), by=team, today=TODAY)
            meeting = make_meeting(by=team, on=TODAY - timedelta(days=1), attendees=("centre",))
            hold_meeting(meeting, attendees=("centre",), attendee_names="", remarks="", version=meeting.version, by=team, today=TODAY)
            refer_and_share(worlds.work.case, agency, worlds.here.people)


@pytest.fixture(scope="module")
def costs(worlds: Worlds) -> dict[str, list[str]]:
    """What each list asked when there was little in it; afterwards there is much."""
    grow(worlds, range(FEW))
    first = {name: cost(worlds, shown) for name, shown in LISTS.items()}
    first |= {name: cost(worlds, shown) for name, shown in LISTS.items()}
    grow(worlds, range(FEW, MANY))
    return first


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_no_more_when_it_grows(name: str, worlds: Worlds, costs: dict[str, list[str]]) -> None:
    asked = cost(worlds, LISTS[name])
    assert len(asked) <= len(costs[name]), "\n".join(statement[:200] for statement in asked)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_fifty_and_leads_to_the_rest(name: str, worlds: Worlds, costs: dict[str, list[str]]) -> None:
    shown = LISTS[name]
    answer, _ = read(worlds.here.browser(shown.who), shown.path(worlds), shown.posted)
    if not shown.has_pages:
        assert shown.rows(answer) <= PAGE
        return
    assert shown.rows(answer) == PAGE
    path, posted = shown.path(worlds), shown.posted
    if posted is None:
        path += f"{'&' if '?' in path else '?'}page=2"
    else:
        posted = posted | {"page": "2"}
    rest, _ = read(worlds.here.browser(shown.who), path, posted)
    assert 0 < shown.rows(rest) < PAGE
    assert rest.content != answer.content
