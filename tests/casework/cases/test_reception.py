from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Membership, Notice
from audit.models import AuditLine
from casework.cases.care_team import RECEIVED_AGAIN, note_team_seen
from casework.cases.models import Case, CaseUserObjectPermission, Duty, Event
from casework.cases.reception import correct_reception, receive_person
from casework.clients.models import Client, ContactWay
from casework.clients.people import CallerFacts, ContactFacts, PersonFacts
from disclosure import gate
from disclosure.opened import Opened
from foundation.errors import RuleViolation
from tests.factories.casework import RECEIVED, TODAY, close, make_case, make_member, refreshed

pytestmark = pytest.mark.usefixtures("centre")


def receive(**facts: Any) -> Case:
    return receive_person(**{"on": RECEIVED, "by": make_member(), "today": TODAY, "memo": "食べるものがない（見本）"} | facts)


def opened(*objects: Any, viewer: Any) -> list[Opened]:
    return gate.reveal(objects, viewer=viewer, channel="screen")


def test_a_memo_alone_makes_a_case_with_a_number_an_owner_a_team_and_a_duty() -> None:
    counsellor = make_member()

    case = receive(by=counsellor)

    assert (case.number, case.stage, case.owner) == ("R8-0001", "received", counsellor)
    assert CaseUserObjectPermission.objects.filter(user=counsellor, content_object=case).exists()
    duty = Duty.objects.get(case=case)
    assert (duty.kind, duty.due_on, duty.assigned_to) == ("case.screening", date(2026, 5, 18), counsellor)
    event = Event.objects.get(case=case)
    assert (event.kind, event.happened_on) == ("case.received", RECEIVED)
    assert AuditLine.objects.filter(action="case.received", verdict="write").count() == 1
    assert opened(case, viewer=counsellor)[0].memo == "食べるものがない（見本）"


def test_everything_that_was_heard_is_kept_under_the_right_key() -> None:
    counsellor = make_member()

    case = receive(
        by=counsellor,
        person=PersonFacts("𠮷野 見本", "よしの みほん", date(1974, 5, 3), "female"),
        concerns=["debt", "housing"],
        main_concern="debt",
        route="family_remote",
        urgency="today",
        contact_ways=[ContactFacts("mobile", "09000001234", "no", "夜はだめ")],
        caller=CallerFacts("sibling", "見本 妹", "09000005678"),
    )

    case, client, way, caller = opened(case, case.client, case.client.contact_ways.get(), case.caller, viewer=counsellor)
    assert (client.name, client.kana, client.birth_date, client.sex) == ("𠮷野 見本", "よしの みほん", date(1974, 5, 3), "female")
    assert (case.concerns, case.main_concern, case.route, case.urgency) == (["debt", "housing"], "debt", "family_remote", "today")
    assert (way.value, way.safe_to_use, way.note) == ("09000001234", "no", "夜はだめ")
    assert (caller.name, caller.phone, caller.relation) == ("見本 妹", "09000005678", "sibling")


def test_numbers_begin_anew_in_april() -> None:
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)]

    assert [receive(on=day).number for day in days] == ["R7-0001", "R8-0001", "R8-0002"]


def test_a_reception_that_fails_gives_its_number_back() -> None:
    receive()
    with pytest.raises(RuleViolation):
        receive(concerns=["no_such_concern"])

    assert receive().number == "R8-0002"


def test_a_return_is_a_new_case_of_the_same_client_who_is_completed_but_not_overwritten() -> None:
    counsellor = make_member()
    first = close(receive(by=counsellor, person=PersonFacts(name="見本 花子")), on=date(2026, 5, 20))

    again = receive(on=date(2026, 5, 21), by=counsellor, previous=first, person=PersonFacts(name="別の名", kana="みほん はなこ"))

    assert (again.client_id, again.previous) == (first.client_id, first)
    (client,) = opened(refreshed(again).client, viewer=counsellor)
    assert (client.name, client.kana) == ("見本 花子", "みほん はなこ")


def test_who_supported_her_is_told_when_somebody_else_says_she_called_again() -> None:
    """B1: receiving somebody again opens who she is; nobody does that unseen. Where the owner has left a chief is told."""
    owner, colleague, chief = make_member(), make_member(), make_member("chief_counsellor")
    first = close(receive(by=owner), on=date(2026, 5, 20))
    second = close(receive(by=owner, previous=first, on=date(2026, 5, 21)), on=date(2026, 5, 22))
    assert not Duty.objects.filter(kind=RECEIVED_AGAIN).exists(), "her own client"

    third = close(receive(by=colleague, previous=second, on=date(2026, 5, 23)), on=date(2026, 5, 24))
    with pytest.raises(PermissionDenied):
        note_team_seen(second, by=colleague)
    note_team_seen(second, by=owner)
    Membership.objects.filter(account=colleague).update(roles=["centre_admin"])
    receive(by=owner, previous=third, on=date(2026, 5, 25))

    told = Duty.objects.filter(kind=RECEIVED_AGAIN).order_by("opened_on", "pk").values_list("case", "assigned_to", "closed_by")
    assert set(told) == {(second.pk, owner.pk, owner.pk), (third.pk, chief.pk, None)}
    assert set(Notice.objects.filter(code="received_again").values_list("account", flat=True)) == {owner.pk, chief.pk}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"on": date(2026, 5, 30)}, "future"),
        ({"memo": " \n"}, "nothing_heard"),
        ({"route": "no_such_route"}, "unknown_code"),
        ({"urgency": "no_such_urgency"}, "unknown_code"),
        ({"person": PersonFacts(sex="no_such_sex")}, "unknown_code"),
        ({"concerns": ["debt", "no_such_concern"]}, "unknown_code"),
        ({"concerns": ["debt", "debt"]}, "repeated_code"),
        ({"concerns": ["debt"], "main_concern": "housing"}, "main_not_among_concerns"),
        ({"person": PersonFacts(birth_date=date(2026, 5, 12))}, "birth_after_reception"),
        ({"person": PersonFacts(name="名" * 81)}, "too_long"),
        ({"memo": "長" * 20001}, "too_long"),
        ({"contact_ways": [ContactFacts("pigeon", "1")]}, "unknown_code"),
        ({"contact_ways": [ContactFacts("mobile", "1", "perhaps")]}, "unknown_code"),
        ({"contact_ways": [ContactFacts("mobile", "  ")]}, "contact_without_value"),
        ({"contact_ways": [ContactFacts("address", "住" * 201)]}, "too_long"),
        ({"caller": CallerFacts("stranger")}, "unknown_code"),
        ({"caller": CallerFacts("parent", "名" * 81)}, "too_long"),
    ],
)
def test_a_reception_that_cannot_be_names_its_rule_and_changes_nothing(facts: dict[str, Any], code: str) -> None:
    by = make_member()

    with pytest.raises(RuleViolation) as refusal:
        receive(by=by, **facts)

    assert refusal.value.code == code
    assert [model.objects.count() for model in (Case, Client, Event, Duty)] == [0, 0, 0, 0]
    assert not AuditLine.objects.filter(verdict="write").exists()


@pytest.mark.parametrize("role", ["centre_admin", "analyst"])
def test_only_who_receives_people_may(role: str) -> None:
    with pytest.raises(PermissionDenied):
        receive(by=make_member(role))

    assert not Case.objects.exists()


def test_a_clerk_takes_a_call_and_may_put_it_right() -> None:
    clerk = make_member("clerk")
    case = receive(by=clerk)

    correct(case, by=clerk, memo="聞き直した（見本）")

    assert opened(refreshed(case), viewer=clerk)[0].memo == "聞き直した（見本）"


def test_no_one_returns_from_a_case_that_still_runs_or_returned_already_or_before_it_ended() -> None:
    by = make_member()
    running = receive(by=by)
    ended = close(receive(by=by), on=date(2026, 5, 20))
    for previous, on, code in [(running, TODAY, "previous_open"), (ended, date(2026, 5, 19), "before_closing")]:
        with pytest.raises(RuleViolation) as refusal:
            receive(by=by, previous=previous, on=on)
        assert refusal.value.code == code
    receive(by=by, previous=ended, on=TODAY)
    with pytest.raises(RuleViolation) as refusal:
        receive(by=by, previous=ended, on=TODAY)
    assert refusal.value.code == "already_returned"
    assert Case.objects.count() == 3


def test_someone_who_only_got_information_may_come_back_from_the_day_it_ended() -> None:
    by = make_member()
    ended = make_case("ended", by=by)

    with pytest.raises(RuleViolation) as refusal:
        receive(by=by, previous=ended, on=RECEIVED)

    assert refusal.value.code == "before_closing"
    assert receive(by=by, previous=ended, on=date(2026, 5, 12)).client_id == ended.client_id


def correct(case: Case, *, by: Any, version: int = 1, client_version: int = 1, **changes: Any) -> Case:
    more = {name: changes.pop(name) for name in ("contact_ways", "changed_ways") if name in changes}
    return correct_reception(case, version=version, client_version=client_version, changes=changes, by=by, today=TODAY, **more)


def test_a_correction_keeps_what_stood_before_and_raises_the_versions_of_what_changed() -> None:
    by = make_member()
    case = make_case(by=by)

    correct(case, by=by, memo="聞き直した（見本）", name="見本 改", birth_date=None)

    case = refreshed(case)
    now, client = opened(case, case.client, viewer=by)
    assert (now.memo, client.name, client.birth_date) == ("聞き直した（見本）", "見本 改", None)
    assert (case.version, case.client.version) == (2, 2)
    from casework.cases.models import Revision

    before = {row.object_label: row.changed for row in opened(*Revision.objects.all(), viewer=by)}
    assert before["cases.Case"] == {"memo": "家賃を2か月ためている（見本）"}
    assert before["clients.Client"]["birth_date"] == "1974-05-03"


def test_a_correction_that_changes_nothing_leaves_no_trace() -> None:
    by = make_member()
    case = make_case(by=by)

    correct(case, by=by, memo="家賃を2か月ためている（見本）", sex="female")

    assert refreshed(case).version == 1
    assert case.events.count() == 1
    assert not AuditLine.objects.filter(action="case.reception_corrected").exists()


def test_a_correction_adds_contact_ways_and_says_which_are_unsafe_or_no_longer_used() -> None:
    from casework.clients.people import WayChange

    by = make_member()
    case = make_case(by=by, contact_ways=[ContactFacts("mobile", "09000001111"), ContactFacts("email", "a@example.test")])
    mobile, email = case.client.contact_ways.get(kind="mobile"), case.client.contact_ways.get(kind="email")
    stranger = make_case(by=by, contact_ways=[ContactFacts("mobile", "09000002222")]).client.contact_ways.get()

    changes = [WayChange(mobile.pk, "no"), WayChange(email.pk, "yes", is_ended=True), WayChange(stranger.pk, "no", is_ended=True)]
    correct(case, by=by, changed_ways=changes, contact_ways=[ContactFacts("home_phone", "0665769897")])

    ways = {way.kind: (way.safe_to_use, way.ended_on) for way in ContactWay.objects.filter(client=case.client)}
    assert ways == {"mobile": ("no", None), "email": ("yes", TODAY), "home_phone": ("not_asked", None)}
    stranger.refresh_from_db()
    assert (stranger.safe_to_use, stranger.ended_on) == ("not_asked", None)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"version": 7, "memo": "新しい"}, "stale_version"),
        ({"client_version": 7, "name": "新しい"}, "stale_version"),
        ({"concerns": ["no_such_concern"]}, "unknown_code"),
        ({"concerns": ["debt"], "main_concern": "housing"}, "main_not_among_concerns"),
        ({"birth_date": date(2026, 5, 12)}, "birth_after_reception"),
        ({"memo": "長" * 20001}, "too_long"),
        ({"contact_ways": [ContactFacts("mobile", "")]}, "contact_without_value"),
    ],
)
def test_a_correction_that_cannot_be_names_its_rule_and_changes_nothing(facts: dict[str, Any], code: str) -> None:
    by = make_member()
    case = make_case(by=by)
    writes = AuditLine.objects.filter(verdict="write").count()

    with pytest.raises(RuleViolation) as refusal:
        correct(case, by=by, **facts)

    assert refusal.value.code == code
    case = refreshed(case)
    assert (case.version, case.client.version, case.events.count()) == (1, 1, 1)
    assert AuditLine.objects.filter(verdict="write").count() == writes


def test_a_reception_that_has_ended_is_not_rewritten() -> None:
    by = make_member()
    with pytest.raises(RuleViolation) as refusal:
        correct(make_case("ended", by=by), by=by, memo="あとから")
    assert refusal.value.code == "case_ended"


def test_a_colleague_who_is_not_on_the_team_cannot_correct() -> None:
    with pytest.raises(PermissionDenied):
        correct(make_case(), by=make_member(), memo="よその人")
