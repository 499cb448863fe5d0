"""The pages of the meetings: what stands on them for whom, and that a word is recorded in its row."""

import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from pypdf import PdfReader
from pytest_django import Settings

from audit.models import AuditLine
from casework.cases.applications import withdraw_consent
from casework.cases.emergency_starts import start_support_early
from casework.clients.models import Consent
from casework.meetings.decisions import decide_plan
from casework.meetings.masking import initials
from casework.meetings.meetings import hold_meeting
from casework.meetings.models import AgendaItem, SupportCoordinationMeeting
from tests.factories.casework import TODAY, make_case, make_member
from tests.factories.plans import PARTS, PLANNED, make_meeting, make_plan_at, refreshed

pytestmark = pytest.mark.usefixtures("centre")
OUTSIDE, INSIDE = ("centre", "municipality"), ("centre",)


@pytest.fixture(autouse=True)
def _today(settings: Settings) -> None:
    settings.AS_OF = TODAY


@pytest.fixture
def chief(at_centre):
    account = make_member("chief_counsellor", name="主任 見本")
    at_centre.force_login(account)
    return account


def url(name: str, *args) -> str:
    return reverse(f"meetings:{name}", args=args, urlconf="config.urls_centre")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def words_of_pdf(response) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages))


def word(plan, **overrides: Any) -> dict[str, Any]:
    return {
        "kind": "plan",
        "thing": str(plan.pk),
        "decision": "approved",
        "minutes": "",
        "reason": "",
        "idempotency_key": str(uuid4()),
    } | overrides


def withdraw(plan) -> None:
    withdraw_consent(Consent.objects.get(client=plan.case.client, kind="information_sharing"), on=TODAY, by=plan.made_by, today=TODAY)


def test_planned_meetings_stand_first_and_held_ones_come_fifty_a_page(at_centre, chief):
    planned = make_meeting(by=chief, on=TODAY + timedelta(days=2))
    for number in range(51):
        meeting = make_meeting(by=chief, on=TODAY - timedelta(days=number))
        hold_meeting(meeting, attendees=["centre"], attendee_names="", remarks="", version=1, by=chief, today=TODAY)

    first, second = at_centre.get(url("list")), at_centre.get(url("list"), {"page": 2})

    assert text_of(first).count("/meetings/") >= 51
    assert first.content.index(str(planned.pk).encode()) < first.content.index(b'id="held"')
    assert len(second.context["page"].object_list) == 1


def test_the_list_costs_the_same_for_one_meeting_and_for_many(at_centre, chief, django_assert_max_num_queries):
    for number in range(30):
        make_meeting(by=chief, on=TODAY + timedelta(days=number))
    at_centre.get(url("list"))

    with django_assert_max_num_queries(9):
        at_centre.get(url("list"))


def test_a_meeting_is_called_in_few_words(at_centre, chief):
    assert at_centre.get(url("call")).status_code == 200

    sent = {"held_on": "R8.6.3", "starts_at": "14:00", "place": "相談室", "kind": "regular", "attendees": list(OUTSIDE)}
    answer = at_centre.post(url("call"), sent | {"idempotency_key": str(uuid4())})

    meeting = SupportCoordinationMeeting.objects.get()
    assert answer.headers["Location"] == url("detail", meeting.pk)
    assert (meeting.held_on.isoformat(), meeting.attendees) == ("2026-06-03", list(OUTSIDE))
    assert "決定は、会議の日から" in text_of(at_centre.get(url("detail", meeting.pk)))


@pytest.mark.parametrize(
    "wrong", [{"held_on": "いつか"}, {"held_on": "R9.12.1"}, {"starts_at": "昼すぎ"}, {"kind": "party"}, {"attendees": ["nobody"]}]
)
def test_a_meeting_called_wrongly_is_answered_422_with_what_was_typed(at_centre, chief, wrong):
    sent = {"held_on": "R8.6.3", "kind": "regular", "place": "残る場所", "idempotency_key": str(uuid4())} | wrong

    answer = at_centre.post(url("call"), sent)

    assert answer.status_code == 422
    assert "残る場所" in text_of(answer)
    assert not SupportCoordinationMeeting.objects.exists()


def test_the_agenda_shows_whom_and_what_and_takes_a_word_in_the_row(at_centre, chief):
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=chief, attendees=OUTSIDE)

    page = text_of(at_centre.get(url("detail", meeting.pk)))
    assert PARTS["wishes"] in page
    answer = at_centre.post(url("decide", meeting.pk), word(plan, minutes="皆で確かめた（見本）"))

    assert answer.headers["Location"] == f"{url('detail', meeting.pk)}#plan-{plan.pk}"
    assert refreshed(plan).state == "approved"
    assert "皆で確かめた（見本）" in text_of(at_centre.get(url("detail", meeting.pk)))


def test_a_reason_left_out_is_asked_for_in_the_row_with_what_was_typed(at_centre, chief):
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=chief)

    answer = at_centre.post(url("decide", meeting.pk), word(plan, decision="held", minutes="残る議事（見本）"))

    assert answer.status_code == 422
    assert "修正・保留の理由を書いてください" in text_of(answer)
    assert "残る議事（見本）" in text_of(answer)
    assert refreshed(plan).state == "agreed"


def test_who_was_slower_sees_both_words_and_may_save_knowingly(at_centre, chief):
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=chief)
    decide_plan(meeting, plan, decision="approved", reason="", minutes="先に書いた（見本）", by=chief, today=TODAY)

    answer = at_centre.post(url("decide", meeting.pk), word(plan, decision="held", reason="あとから（見本）"))

    page = text_of(answer)
    assert answer.status_code == 409
    assert "先に書いた（見本）" in page
    assert "あとから（見本）" in page
    assert at_centre.post(url("decide", meeting.pk), word(plan, decision="held", reason="あとから（見本）", version="1")).status_code == 302


def test_reports_of_starts_and_the_closing_are_taken_on_the_same_page(at_centre, chief):
    case = make_case("applied")
    start = start_support_early(case, agreed_on=PLANNED, content="食料の支援（見本）", on=PLANNED, by=case.owner, today=TODAY)
    meeting = make_meeting(by=chief)
    assert "食料の支援（見本）" in text_of(at_centre.get(url("detail", meeting.pk)))

    report = {
        "kind": "emergency_start",
        "thing": str(start.pk),
        "decision": "reported",
        "minutes": "了承（見本）",
        "idempotency_key": str(uuid4()),
    }
    assert at_centre.post(url("decide", meeting.pk), report).status_code == 302
    closing = {"attendees": list(OUTSIDE), "attendee_names": "佐々木（見本）", "remarks": "次回は来月（見本）", "version": "1"}
    nobody = at_centre.post(url("hold", meeting.pk), closing | {"attendees": [], "idempotency_key": str(uuid4())})
    assert (nobody.status_code, "次回は来月（見本）" in text_of(nobody)) == (422, True)
    assert at_centre.post(url("hold", meeting.pk), closing | {"idempotency_key": str(uuid4())}).status_code == 302

    page = text_of(at_centre.get(url("detail", meeting.pk)))
    assert "佐々木（見本）" in page
    assert "会議を終える" not in page
    assert at_centre.post(url("decide", meeting.pk), report | {"version": "1", "idempotency_key": str(uuid4())}).status_code == 409


def test_a_withdrawn_consent_is_respected_at_once_where_others_sit_at_the_table(at_centre, chief):
    plan, other = make_plan_at("agreed"), make_plan_at("agreed")
    outside, inside = make_meeting(by=chief, attendees=OUTSIDE), make_meeting(by=chief, attendees=INSIDE)
    with_consent = at_centre.get(url("pdf", outside.pk))
    withdraw(plan)

    after, own = text_of(at_centre.get(url("detail", outside.pk))), text_of(at_centre.get(url("detail", inside.pk)))
    paper = words_of_pdf(at_centre.get(url("pdf", outside.pk)))

    assert words_of_pdf(with_consent).count("落ち着いて暮らしたい") == 2
    assert after.count(PARTS["wishes"]) == 1
    assert plan.case.number in after
    assert "情報共有の同意がないため" in after
    assert own.count(PARTS["wishes"]) == 2, "among the centre's own staff it stays support"
    assert paper.count("落ち着いて暮らしたい") == 1
    assert plan.case.number in paper
    assert "情報共有の同意がないため" in paper
    assert other.case.number in paper


def test_as_long_as_nobody_has_said_who_comes_the_papers_are_careful(at_centre, chief):
    plan = make_plan_at("agreed")
    withdraw(plan)

    assert PARTS["wishes"] not in text_of(at_centre.get(url("detail", make_meeting(by=chief).pk)))


def test_staff_from_outside_the_team_see_number_and_decision_only(at_centre, chief):
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=chief, attendees=OUTSIDE)
    decide_plan(meeting, plan, decision="approved", reason="", minutes="議事の中身（見本）", by=chief, today=TODAY)
    for role in ("employment_supporter", "counsellor", "clerk"):
        at_centre.force_login(make_member(role))

        page = text_of(at_centre.get(url("detail", meeting.pk)))

        assert plan.case.number in page
        assert "適切" in page
        assert "議事の中身（見本）" not in page
        assert PARTS["wishes"] not in page
        assert 'name="decision"' not in page
        assert at_centre.post(url("decide", meeting.pk), word(plan, version="1")).status_code == 403


def test_the_minutes_say_what_was_decided_and_their_printing_leaves_evidence(at_centre, chief):
    plan = make_plan_at("agreed")
    meeting = make_meeting(by=chief, attendees=OUTSIDE)
    decide_plan(meeting, plan, decision="to_revise", reason="期日を直す（見本）", minutes="皆で話した（見本）", by=chief, today=TODAY)
    hold_meeting(meeting, attendees=list(OUTSIDE), attendee_names="佐々木", remarks="次回は来月", version=1, by=chief, today=TODAY)

    answer = at_centre.get(url("pdf", meeting.pk))

    paper = words_of_pdf(answer)
    for words in ("議事録", "令和8年5月29日", "修正", "期日を直す", "皆で話した", "佐々木", "次回は来月"):
        assert words in paper, words
    line = AuditLine.objects.filter(action="record.read", channel="pdf", subjects__contains=[plan.case.client_id]).get()
    assert str(AgendaItem.objects.get().pk) in str(line.objects_touched)


def test_projected_names_give_way_to_initials(at_centre, chief):
    make_plan_at("agreed")
    meeting = make_meeting(by=chief, attendees=OUTSIDE)

    assert "data-projection" not in text_of(at_centre.get(url("detail", meeting.pk))).split("data-toggles-projection")[0]
    projected = at_centre.get(url("detail", meeting.pk), {"projection": "1"})

    assert "data-agenda data-projection" in text_of(projected)
    assert re.search(r'class="agenda-initials">[MRS]\.[HTS]', text_of(projected))
    assert (initials("みなと はなこ"), initials("おおた"), initials("")) == ("M.H", "O", "")


def test_an_ad_hoc_meeting_picks_its_items(at_centre, chief):
    plan, other = make_plan_at("agreed"), make_plan_at("agreed")
    meeting = make_meeting(by=chief, kind="ad_hoc", attendees=OUTSIDE)

    page = text_of(at_centre.get(url("detail", meeting.pk), {"pick": str(plan.pk)}))

    assert plan.case.number in page
    assert other.case.number not in page
    assert at_centre.get(url("detail", meeting.pk), {"pick": "x"}).status_code == 200


def test_an_agenda_of_many_costs_no_more_queries_than_one_of_few(at_centre, chief, django_assert_max_num_queries):
    for _ in range(8):
        make_plan_at("agreed")
    meeting = make_meeting(by=chief, attendees=OUTSIDE)
    at_centre.get(url("detail", meeting.pk))

    with django_assert_max_num_queries(24):
        at_centre.get(url("detail", meeting.pk))


def test_an_unknown_meeting_and_an_unknown_plan_are_not_there(at_centre, chief):
    meeting = make_meeting(by=chief)

    for name in ("detail", "pdf"):
        assert at_centre.get(url(name, uuid4())).status_code == 404
    missing = {"kind": "plan", "thing": str(uuid4()), "decision": "approved", "idempotency_key": str(uuid4())}
    assert at_centre.post(url("decide", meeting.pk), missing).status_code == 404
    assert at_centre.post(url("decide", meeting.pk), missing | {"thing": "x", "idempotency_key": str(uuid4())}).status_code == 422
