"""The map of who sees which fields: as its page says, as the gate really decides."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from accounts.models import Account
from casework.cases.blocks import block
from casework.cases.broken_glass import break_glass
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Revision
from casework.cases.outcomes import record_outcome
from disclosure import field_map, gate, registrations
from disclosure.opened import NOT_ALLOWED
from tests.disclosure.test_dump import TODAY, Canaries, plant_whole_story
from tests.factories.agencies import make_agency
from tests.factories.casework import make_case, make_member, supervised_by
from tests.factories.files import stored_file
from tests.factories.objects import Shelf, shelf
from tests.factories.people import guest
from tests.factories.plans import make_meeting
from tests.worlds import refer_and_share

PAGE = Path(__file__).parents[2] / "docs" / "field-map.md"
OF_THE_CASE = ("clients", "cases", "plans", "meetings", "attachments", "collaboration")
STANDS_ON: dict[str, set[str]] = {
    "team": {"support", "at_work"},
    "supervising chief": {"supervision", "at_work"},
    "chief": {"oversight", "meeting", "at_work"},
    "broken glass": {"break_glass", "at_work"},
    "meeting": {"meeting", "at_work"},
    "granted": {"shared"},
    "colleague": {"at_work"},
    "clerk": set(),
    "admin": set(),
    "guest": set(),
}


def test_the_page_of_the_map_is_what_the_registrations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == field_map.drawn(), "manage.py field_map > docs/field-map.md"


def test_every_model_with_sealed_fields_says_on_which_ground_it_opens() -> None:
    assert [model._meta.label for model, entry in registrations.registered().items() if not any(entry.grounds.values())] == []


@pytest.fixture
def objects() -> Iterator[Shelf]:
    with shelf() as made:
        yield made


@pytest.fixture
def people(centre: object, objects: Shelf) -> dict[str, Account]:
    """One case told whole, and everybody who may stand to it in some way."""
    agency = make_agency().pk
    people = {who: make_member() for who in ("team", "colleague", "broken glass", "meeting", "relative")}
    people |= {"clerk": make_member("clerk"), "admin": make_member("centre_admin"), "chief": make_member("chief_counsellor")}
    people |= {who: guest(agency_id=agency) for who in ("granted", "guest")}
    team, tell = people["team"], Canaries(Random(1), [])
    case = plant_whole_story(tell, team, people["meeting"])
    stored_file(case, by=team)
    other = make_case("applied", by=team)
    start_support_early(other, agreed_on=TODAY, content="早期（見本）", on=TODAY, by=team, today=TODAY)
    record_outcome(case, kind="started_work", on=TODAY, note="就労（見本）", by=team, today=TODAY)
    people["supervising chief"] = supervised_by(make_member("chief_counsellor"), case, other)
    for each in (case, other):
        break_glass(each, reason="person_is_here", words="本人が窓口に来ていて、担当は外出している（見本）", by=people["broken glass"])
    block(case, people["relative"], reason="relative", words="いとこ（見本）", by=people["chief"])
    _, grant = refer_and_share(case, agency, people)
    grant.resume_reason = "本人の希望（見本）"
    grant.save()
    make_meeting(by=people["meeting"])  # before which the early start of the other case stands
    return people


def groups_seen(viewer: Account, row: Any) -> set[str]:  # Any: of any registered model
    """By what `reveal` really gives."""
    entry = registrations.registered()[type(row)]
    try:
        (opened,) = gate.reveal([row], viewer=viewer, channel="screen")
    except gate.Refused:
        return set()
    return {group for group, fields in entry.groups.items() if all(getattr(opened, name) is not NOT_ALLOWED for name in fields)}


@pytest.mark.parametrize("who", STANDS_ON)
def test_the_gate_gives_what_the_map_says(who: str, people: dict[str, Account]) -> None:
    """B1, B3: for every registered model, from the team to a guest without a grant."""
    seen, told = {}, {}
    for model, entry in registrations.registered().items():
        if model._meta.app_label not in OF_THE_CASE:
            continue
        rows = model._default_manager.exclude(client=None) if model is Revision else model._default_manager.all()
        row = rows.order_by("pk").first()
        assert row is not None, f"nothing of {model._meta.label} to ask about"
        seen[model._meta.label] = groups_seen(people[who], row)
        told[model._meta.label] = set().union(*(entry.grounds.get(ground, frozenset()) for ground in STANDS_ON[who]))
    if who == "granted":
        told["collaboration.Referral"] -= {"content"}  # which her grant does not name
    assert seen == told
