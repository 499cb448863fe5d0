"""Setting a protection, what is covered at once, and for whom she does not exist."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client

from accounts.models import Account
from audit.models import AuditLine
from casework.cases.access import CaseClosedToYou, find_case
from casework.cases.models import Case
from casework.clients.models import ContactWay
from casework.clients.search import find_clients, find_similar
from casework.protection.models import Protection, SecretPlace
from casework.protection.protections import add_secret_place, protect, remove_secret_place, restore_secret_place
from disclosure import gate
from disclosure.channels import ON_SCREEN, Channel
from disclosure.opened import PROTECTED
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tests.factories.casework import TODAY, make_case, make_member, supervised_by
from tests.factories.people import PASSWORD, staff
from tests.factories.protection import ADDRESS, ALIAS, PHONE, SCHOOL, add_party, flag, make_protected

pytestmark = pytest.mark.usefixtures("centre")
NOTICE = "（保護のため非表示）"


@pytest.fixture(autouse=True)
def _stopped_calendar(settings: Any) -> None:
    settings.AS_OF = TODAY


@pytest.fixture
def team() -> Account:
    return make_member()


@pytest.fixture
def colleague() -> Account:
    return make_member()


@pytest.fixture
def chief() -> Account:
    return make_member("chief_counsellor")


@pytest.fixture
def her(team: Account) -> Case:
    return make_protected(team)


def ways_of(case: Case) -> list[ContactWay]:
    return list(ContactWay.objects.filter(client=case.client_id).order_by("kind"))


# -- setting it


def test_one_act_of_whoever_takes_the_call_protects_at_once(chief: Account) -> None:
    """A clerk who does not belong to her team may set it; from then on her case does not exist for the clerk."""
    clerk, case = make_member("clerk"), make_case()
    flag(case, clerk)
    assert Protection.objects.get(client=case.client_id).set_by == clerk
    assert AuditLine.objects.filter(action="protection.begun", actor=clerk.pk).count() == 1
    with pytest.raises(Http404):
        find_case(clerk, case.pk)
    assert find_case(supervised_by(chief, case), case.pk) == case


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "weather"}, "unknown_code"),
        ({"from_on": clock.add_months(TODAY, 1)}, "future"),
        ({"until_on": clock.add_months(TODAY, -1)}, "until_before_from"),
    ],
)
def test_what_is_refused(facts: dict[str, Any], code: str, team: Account) -> None:
    with pytest.raises(RuleViolation) as refused:
        protect(make_case(by=team), **{"kind": "dv", "by": team, "today": TODAY} | facts)
    assert refused.value.code == code


def test_an_administrator_and_a_guest_set_nothing(team: Account) -> None:
    with pytest.raises(PermissionDenied):
        flag(make_case(by=team), make_member("centre_admin"))


def test_a_place_needs_words(her: Case, team: Account) -> None:
    with pytest.raises(RuleViolation, match="場所"):
        add_secret_place(her, kind="home", value=" ", by=team, today=TODAY)


def test_a_colleague_adds_no_place(her: Case, colleague: Account) -> None:
    with pytest.raises(PermissionDenied):
        add_secret_place(her, kind="home", value="見本寮", by=colleague, today=TODAY)


def test_a_place_taken_away_by_mistake_comes_back_with_one_button(at_centre: Client, her: Case, team: Account) -> None:
    """Its value is covered even for her team, so nobody could have seen what she took away, nor write it again."""
    place = SecretPlace.objects.get(client=her.client_id)
    at_centre.force_login(team)
    removed = at_centre.post(f"/protection/{her.pk}/places/{place.pk}/remove/", follow=True)
    way_back = f"/protection/{her.pk}/places/{place.pk}/restore/"
    assert f'<form action="{way_back}" method="post">' in removed.content.decode()
    assert SecretPlace.objects.get(pk=place.pk).removed_at is not None

    at_centre.post(way_back)

    back = SecretPlace.objects.get(pk=place.pk)
    assert back.removed_at is None
    (opened,) = gate.reveal([back], viewer=team, channel="screen", opening=gate.Opening(team.pk, "contact"))
    assert (opened.value, opened.aliases) == (SCHOOL, [ALIAS])
    assert AuditLine.objects.filter(action="protection.place_restored", actor=team.pk).count() == 1


def test_only_her_team_brings_a_place_back_and_only_one_that_was_taken_away(her: Case, team: Account, colleague: Account) -> None:
    place = SecretPlace.objects.get(client=her.client_id)
    with pytest.raises(WrongState) as refused:
        restore_secret_place(place, case=her, by=team)
    assert refused.value.code == "not_removed"
    remove_secret_place(place, case=her, by=team)
    with pytest.raises(PermissionDenied):
        restore_secret_place(place, case=her, by=colleague)
    assert SecretPlace.objects.get(pk=place.pk).removed_at is not None


# -- what is covered


@pytest.mark.parametrize("channel", list(Channel))
def test_whereabouts_are_covered_through_every_channel_even_for_her_team(channel: str, her: Case, team: Account) -> None:
    """B5: B34: on screen, on paper, in a file, in the API, in a mail: her address reads as a notice by default."""
    rows = [*ways_of(her), *SecretPlace.objects.filter(client=her.client_id)]
    opened = gate.reveal([her.client, *rows], viewer=team, channel=channel)
    assert [str(row.value) for row in opened[1:]] == [NOTICE] * len(rows)
    assert {str(row.note) for row in opened[1:3]} == {NOTICE}
    assert opened[0].is_protected
    line = AuditLine.objects.latest("id")
    assert (line.action, "clients.ContactWay" in line.fields and line.fields["clients.ContactWay"]) == ("record.read", [])


def test_the_cover_falls_with_the_flag_itself_and_not_later(team: Account) -> None:
    """The protection counts as it stands at that moment, not as it stood when the page was opened."""
    case = make_protected(team)
    Protection.objects.update(ended_at=clock.now())
    assert gate.reveal(ways_of(case), viewer=team, channel="screen")[0].value == ADDRESS
    flag(case, team)
    assert gate.reveal(ways_of(case), viewer=team, channel="screen")[0].value is PROTECTED


def test_a_text_that_names_a_place_is_covered_where_it_leaves_and_read_on_the_teams_screen(team: Account) -> None:
    """B5: B34: narrative that says where she is stays whole inside and is covered on paper, in files, in JSON and before guests."""
    case = make_protected(team, memo="娘は見本ヒカリ学園に通っている（見本）", concerns=["housing"])
    seen = {channel: gate.reveal([case], viewer=team, channel=channel)[0] for channel in Channel}
    assert {channel for channel, opened in seen.items() if "学園" in str(opened.memo)} == set(ON_SCREEN)
    assert {str(seen[channel].memo) for channel in set(Channel) - ON_SCREEN} == {NOTICE}
    assert seen[Channel.PDF].concerns == ["housing"]
    (shared,) = gate.reveal([case], viewer=team, channel="screen", to_others=True)
    assert shared.memo is PROTECTED


def test_an_opening_lifts_the_cover_for_its_own_viewer_and_this_answer(her: Case, team: Account, chief: Account) -> None:
    opening = gate.Opening(team.pk, "contact")
    opened = gate.reveal([her.client, *ways_of(her)], viewer=team, channel="screen", opening=opening)
    assert [opened[1].value, opened[2].value] == [ADDRESS, PHONE]
    line = AuditLine.objects.latest("id")
    assert (line.action, line.purpose) == ("protection.opened", "contact")
    assert gate.reveal(ways_of(her), viewer=team, channel="screen")[0].value is PROTECTED
    assert gate.reveal(ways_of(her), viewer=chief, channel="screen", opening=opening)[0].value is PROTECTED


def test_her_address_is_opened_on_its_page_with_a_purpose_and_a_fresh_proof(at_centre: Client, her: Case) -> None:
    """B5: without the proof the page leads to it; with it and without a purpose nothing is shown; the next page covers it again."""
    member = supervised_by(staff("chief_counsellor", password=PASSWORD), her)
    at_centre.force_login(member, backend="accounts.authentication.SignInBackend")
    path = f"/protection/{her.pk}/open/"
    assert at_centre.get(path)["Location"].startswith("/accounts/reauthenticate/")
    assert at_centre.post(path, {"purpose": "contact"}).status_code == 403
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert at_centre.post(path, {}).status_code == 422
    shown = at_centre.post(path, {"purpose": "contact"}).content.decode()
    assert ADDRESS in shown
    assert "090-0000-9991" in shown
    assert SCHOOL in shown
    assert "no-store" in at_centre.post(path, {"purpose": "contact"})["Cache-Control"]
    covered = at_centre.get(f"/cases/{her.pk}/").content.decode()
    assert NOTICE in covered
    assert ADDRESS not in covered
    assert "保護中の人です" in covered


def test_every_page_of_her_case_says_so_and_no_page_of_another(at_centre: Client, her: Case, team: Account) -> None:
    at_centre.force_login(team)
    for page in ("", "edit/", "consents/", "team/", "screen/"):
        shown = at_centre.get(f"/cases/{her.pk}/{page}").content.decode()
        assert "保護中の人です" in shown, page
        assert "見本ハイツ" not in shown, page
    other = make_case(by=team)
    assert "保護中の人です" not in at_centre.get(f"/cases/{other.pk}/").content.decode()


def test_saving_the_reception_of_a_protected_person_keeps_what_was_covered(at_centre: Client, her: Case, team: Account) -> None:
    at_centre.force_login(team)
    her.refresh_from_db()
    typed = {"version": her.version, "client_version": her.client.version, "memo": "新しい話（見本）", "name": "逃田 見本子"}
    assert at_centre.post(f"/cases/{her.pk}/edit/", typed).status_code == 302
    opened = gate.reveal(ways_of(her), viewer=team, channel="screen", opening=gate.Opening(team.pk, "contact"))
    assert [row.value for row in opened] == [ADDRESS, PHONE]


# -- for whom she does not exist


def test_for_a_colleague_her_case_is_an_id_that_nobody_has(at_centre: Client, her: Case, colleague: Account) -> None:
    """B30: the very bytes of an unknown id, where an unprotected case would name its number and owner."""
    at_centre.force_login(colleague)
    nobody = at_centre.get(f"/cases/{uuid4()}/")
    hers = at_centre.get(f"/cases/{her.pk}/")
    assert (hers.status_code, hers.content) == (nobody.status_code, nobody.content) == (404, nobody.content)
    with pytest.raises(CaseClosedToYou):
        find_case(colleague, make_case().pk)


@pytest.mark.parametrize("role", ["counsellor", "clerk"])
def test_no_search_finds_her_for_others_and_every_search_for_her_team(role: str, her: Case, team: Account, chief: Account) -> None:
    """B30: by name, reading, Latin letters, number, the end of her phone: nobody outside her team."""
    other = make_member(role)
    for term in ("逃田", "にげた", "nigeta", her.number, "9991", PHONE):
        assert find_clients(other, term) == [], term
        assert find_clients(team, term) == find_clients(chief, term) == [her.client_id], term
    assert find_similar(other, name="逃田", phone=PHONE) == []
    assert find_similar(team, name="逃田", phone=PHONE) == [her.client_id]


def test_no_list_and_no_count_holds_her_for_others(at_centre: Client, her: Case, colleague: Account, chief: Account) -> None:
    """B30: the register of all cases, its tabs, its owners, the receptions of the month."""
    assert list(Case.objects.seen_by(colleague)) == []
    assert list(Case.objects.seen_by(chief)) == [her]
    at_centre.force_login(colleague)
    page = at_centre.get("/cases/?view=all").content.decode()
    assert her.number not in page
    assert her.owner.name not in page
    assert "全部 0件" in page
    assert "今月は0件" in at_centre.get("/").content.decode()


def test_a_reception_cannot_be_tied_to_her_by_her_cases_id(at_centre: Client, her: Case, colleague: Account) -> None:
    at_centre.force_login(colleague)
    hers = at_centre.post("/cases/reception/", {"memo": "話（見本）", "previous": str(her.pk)})
    nobodys = at_centre.post("/cases/reception/", {"memo": "話（見本）", "previous": str(uuid4())})
    assert (hers.status_code, nobodys.status_code) == (422, 422)


def test_a_relative_on_the_staff_and_even_on_her_team_does_not_find_her(her: Case, chief: Account, team: Account) -> None:
    """B32: the block beats the care team and the chief's supervision."""
    from casework.cases.care_team import join_team

    relative = make_member()
    join_team(her, relative, by=team, today=TODAY)
    assert find_case(relative, her.pk) == her
    add_party(her, team, account=relative)
    add_party(her, team, account=chief)
    for who in (relative, chief):
        with pytest.raises(Http404):
            find_case(who, her.pk)
        assert find_clients(who, "逃田") == []
        with pytest.raises(gate.Refused):
            gate.reveal([her.client], viewer=who, channel="screen")
