"""A chief outside the team says what for; somebody in an emergency breaks the glass. Read, written down, told, looked at."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client

from accounts import approvals
from accounts.models import Account, Notice
from audit.models import AuditLine
from casework.cases.access import CaseClosedToYou, PurposeNeeded, can_read_case, can_work_on_case, find_case, ground_of
from casework.cases.blocks import block
from casework.cases.broken_glass import break_glass, end_glass, end_run_out, may_break_glass, review_glass, used_lately
from casework.cases.models import Case, Duty, Event
from casework.cases.models_access import CaseOpening
from casework.cases.openings import supervise
from casework.cases.records import record_support
from casework.protection.protections import protect
from disclosure import gate
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tests.factories.casework import make_case, make_member, supervised_by
from tests.factories.people import PASSWORD, staff

pytestmark = pytest.mark.usefixtures("centre")
TOKYO = ZoneInfo("Asia/Tokyo")
WORDS = "救急隊から、服薬と持病の照会が至急で来ている（見本）"


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says which moment it is; at first a Thursday at ten."""

    def set_to(at: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)
        monkeypatch.setattr(clock, "today", lambda: at.date())

    set_to(datetime(2026, 5, 28, 10, tzinfo=TOKYO))
    return set_to


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=TOKYO)


def smash(case: Case, by: Account, words: str = WORDS) -> CaseOpening:
    return break_glass(case, reason="called_from_outside", words=words, by=by)


def code_of(act: Any) -> str:
    with pytest.raises(RuleViolation) as refusal:
        act()
    return str(refusal.value.code)


# --- supervision


def test_a_chief_outside_the_team_reads_nothing_until_she_has_said_what_for(moment: Any) -> None:
    """B1: even the chief needs a purpose; with it every line of her reading carries it, until the day is over."""
    case, chief = make_case("assessed"), make_member("chief_counsellor")
    with pytest.raises(PurposeNeeded):
        find_case(chief, case.pk)
    for thing in (case, case.assessments.get(), case.client.consents.get()):
        with pytest.raises(gate.Refused):
            gate.reveal([thing], viewer=chief, channel="screen")
    assert not can_work_on_case(chief, case)

    supervise(case, reason="complaint", words="家族からの苦情（見本）", by=chief)

    assert find_case(chief, case.pk) == case
    assert can_work_on_case(chief, case)
    gate.reveal([case, case.client], viewer=chief, channel="screen")
    line = AuditLine.objects.latest("id")
    assert (line.purpose, line.facts) == ("supervision", {"reasons": ["complaint"]})

    moment(at(28, 23, 59))
    assert ground_of(chief, case) == "supervision"
    moment(at(29, 0, 0))
    assert ground_of(chief, case) == "oversight"
    assert not can_read_case(chief, case)


def test_a_chief_is_asked_once_a_case_and_day_and_only_with_a_reason_of_the_list(moment: Any) -> None:
    case, chief = make_case(), make_member("chief_counsellor")
    assert code_of(lambda: supervise(case, reason="life_in_danger", words="", by=chief)) == "unknown_reason"
    first = supervise(case, reason="handover", words="", by=chief)
    assert supervise(case, reason="meeting", words="", by=chief) == first
    with pytest.raises(PermissionDenied):
        supervise(case, reason="handover", words="", by=make_member())


def test_who_is_chief_no_more_supervises_nothing(moment: Any) -> None:
    case = make_case()
    chief = supervised_by(make_member("chief_counsellor"), case)
    chief.memberships.update(roles=["counsellor"])
    chief.forget_standing()
    assert ground_of(chief, case) is None


def test_the_page_asks_and_leads_where_she_wanted_to_go(at_centre: Client) -> None:
    case, chief = make_case("assessed"), make_member("chief_counsellor")
    at_centre.force_login(chief)
    wanted = f"/cases/{case.pk}/assessment/"
    asked = at_centre.get(wanted)
    assert (asked.status_code, asked["Location"]) == (302, f"/cases/{case.pk}/purpose/?next=%2Fcases%2F{case.pk}%2Fassessment%2F")
    shown = at_centre.get(asked["Location"])
    assert shown.status_code == 200
    assert "見本 花子" not in shown.content.decode()

    answer = at_centre.post(
        asked["Location"], {"reason": "meeting", "next": wanted, "idempotency_key": "5f0c3d6e-0000-4000-8000-000000000001"}
    )

    assert answer["Location"] == wanted
    assert at_centre.get(wanted).status_code == 200
    assert at_centre.get(f"/cases/{case.pk}/purpose/")["Location"] == f"/cases/{case.pk}/"


@pytest.mark.parametrize("elsewhere", ["//boese.example.jp/", "https://boese.example.jp/", "javascript:alert(1)", "/\\boese.example.jp"])
def test_the_page_leads_nowhere_else(at_centre: Client, elsewhere: str) -> None:
    case = make_case()
    at_centre.force_login(make_member("chief_counsellor"))
    key = "5f0c3d6e-0000-4000-8000-000000000002"
    answer = at_centre.post(f"/cases/{case.pk}/purpose/", {"reason": "meeting", "next": elsewhere, "idempotency_key": key})
    assert answer["Location"] == f"/cases/{case.pk}/"


def test_what_a_chief_sends_without_a_purpose_is_not_taken(at_centre: Client) -> None:
    case = make_case()
    at_centre.force_login(make_member("chief_counsellor"))
    answer = at_centre.post(
        f"/cases/{case.pk}/records/", {"text": "書いた（見本）", "idempotency_key": "5f0c3d6e-0000-4000-8000-000000000003"}
    )
    assert answer.status_code == 403
    assert "監督の目的" in answer.content.decode()
    assert not case.records.exists()


# --- broken glass


def test_broken_glass_opens_one_case_for_an_hour_to_read_and_is_told_at_once(moment: Any) -> None:
    """B1: a reason gives 200, one grant row, one notice to the owner; after sixty minutes it is closed again."""
    case, other, colleague, chief = make_case("assessed"), make_case(), make_member(), make_member("chief_counsellor")
    with pytest.raises(CaseClosedToYou):
        find_case(colleague, case.pk, to_look=True)

    opening = smash(case, colleague)

    assert CaseOpening.objects.filter(account=colleague).count() == 1
    assert find_case(colleague, case.pk, to_look=True) == case
    with pytest.raises(CaseClosedToYou):
        find_case(colleague, case.pk)
    with pytest.raises(CaseClosedToYou):
        find_case(colleague, other.pk, to_look=True)
    assert set(Notice.objects.values_list("account", "code")) == {(case.owner_id, "break_glass"), (chief.pk, "break_glass")}
    duties = {duty.kind: (duty.assigned_to, duty.due_on) for duty in Duty.objects.filter(about_id=opening.pk)}
    assert duties == {"break_glass.review": (case.owner, date(2026, 6, 2)), "break_glass.told": (chief, date(2026, 6, 2))}
    assert Event.objects.filter(case=case, kind="break_glass.begun").count() == 1
    gate.reveal([case, case.client], viewer=colleague, channel="screen")
    line = AuditLine.objects.latest("id")
    assert (line.purpose, line.facts) == ("break_glass", {"reasons": ["called_from_outside"]})

    moment(at(28, 10, 59))
    assert ground_of(colleague, case) == "break_glass"
    moment(at(28, 11, 0))
    with pytest.raises(CaseClosedToYou):
        find_case(colleague, case.pk, to_look=True)
    with pytest.raises(gate.Refused):
        gate.reveal([case], viewer=colleague, channel="screen")


def test_nothing_is_written_behind_broken_glass_nor_does_it_leave_on_paper(moment: Any) -> None:
    case, colleague = make_case("assessed"), make_member()
    smash(case, colleague)
    assert not can_work_on_case(colleague, case)
    with pytest.raises(PermissionDenied):
        record_support(case, method="phone", text="書いた（見本）", on=case.received_on, by=colleague, today=clock.today())
    for channel in ("pdf", "xlsx", "print", "json", "email"):
        with pytest.raises(PermissionDenied):
            gate.reveal([case], viewer=colleague, channel=channel)
        assert AuditLine.objects.latest("id").verdict == "refused"


def test_each_hour_has_its_beginning_and_its_end_in_the_trail(moment: Any) -> None:
    first, second = make_case(), make_case()
    colleague = make_member()
    early = smash(first, colleague)
    smash(second, colleague)
    with pytest.raises(PermissionDenied):
        end_glass(early, by=make_member())
    end_glass(early, by=colleague)
    assert ground_of(colleague, first) is None
    assert code_of(lambda: end_glass(early, by=colleague)) == "ended_already"
    moment(at(28, 12))
    assert (end_run_out(), end_run_out()) == (1, 0)
    ends = AuditLine.objects.filter(action="break_glass.ended").order_by("id")
    assert [line.facts["how"] for line in ends] == ["early", "run_out"]
    assert AuditLine.objects.filter(action="break_glass.begun").count() == 2


@pytest.mark.parametrize(
    ("reason", "words", "code"),
    [
        ("called_from_outside", "短い", "words_too_short"),
        ("called_from_outside", "　 " * 30, "words_too_short"),
        ("called_from_outside", "あ" * 19, "words_too_short"),
        ("regular_check", WORDS, "unknown_reason"),
        ("called_from_outside", "あ" * 2001, "too_long"),
    ],
)
def test_glass_is_not_broken_without_a_reason_that_can_be_looked_into(reason: str, words: str, code: str) -> None:
    """B58: at least twenty characters, spaces not counted."""
    case, colleague = make_case(), make_member()
    assert code_of(lambda: break_glass(case, reason=reason, words=words, by=colleague)) == code
    assert not CaseOpening.objects.exists()


@pytest.mark.parametrize("role", ["clerk", "centre_admin", "chief_counsellor", "analyst"])
def test_only_staff_who_support_people_break_glass(role: str) -> None:
    case, stranger = make_case(), make_member(role)
    assert not may_break_glass(stranger, case)
    with pytest.raises(PermissionDenied):
        smash(case, stranger)


def test_the_fourth_time_in_thirty_days_needs_a_chief(moment: Any) -> None:
    """B58: a quota; the fourth use waits for the chief and opens nothing before."""
    colleague, chief, other = make_member(), make_member("chief_counsellor"), make_member()
    for day in (1, 10, 20):
        moment(at(day, 9))
        smash(make_case(), colleague)
    moment(at(28, 9))
    case = make_case()

    asked = smash(case, colleague)

    assert asked.opened_at is None
    assert ground_of(colleague, case) is None
    assert code_of(lambda: smash(case, colleague)) == "already_waiting"
    (approval,) = approvals.waiting("case.break_glass")
    for nobody in (colleague, other):
        with pytest.raises(PermissionDenied):
            approvals.approve(approval, by=nobody)
    assert Duty.objects.get(kind="break_glass.approval").assigned_to == chief

    moment(at(28, 15))
    approvals.approve(approval, by=chief)

    assert ground_of(colleague, case) == "break_glass"
    assert not Duty.objects.filter(kind="break_glass.approval", closed_on=None).exists()
    moment(at(28, 16))
    assert ground_of(colleague, case) is None
    moment(datetime(2026, 6, 1, 9, tzinfo=TOKYO))
    assert used_lately(colleague) == 3, "the first of May is more than thirty days ago"


def test_a_chief_who_declines_opens_nothing_and_her_duty_is_done(moment: Any) -> None:
    colleague, chief, case = make_member(), make_member("chief_counsellor"), make_case()
    for _ in range(3):
        smash(make_case(), colleague)
    smash(case, colleague)
    approvals.decline(approvals.waiting("case.break_glass").get(), by=chief)
    assert ground_of(colleague, case) is None
    assert not Duty.objects.filter(kind="break_glass.approval", closed_on=None).exists()


def test_somebody_else_looks_into_it_within_three_working_days(moment: Any) -> None:
    """B58: the review is due in three working days, red after that for owner and chief, and never the user's own."""
    case, colleague, chief = make_case(), make_member(), make_member("chief_counsellor")
    opening = smash(case, colleague)
    for nobody in (colleague, make_member()):
        with pytest.raises(PermissionDenied):
            review_glass(opening, result="justified", words="", by=nobody)
    assert code_of(lambda: review_glass(opening, result="unjustified", words=" ", by=case.owner)) == "words_missing"
    overdue = Duty.objects.filter(about_id=opening.pk, closed_on=None)
    assert [duty.is_overdue(date(2026, 6, 2)) for duty in overdue] == [False, False]
    assert [duty.is_overdue(date(2026, 6, 3)) for duty in overdue] == [True, True]

    review_glass(opening, result="justified", words="", by=case.owner)

    assert not Duty.objects.filter(about_id=opening.pk, closed_on=None).exists()
    assert AuditLine.objects.get(action="break_glass.reviewed").facts == {"result": "justified"}
    with pytest.raises(WrongState):
        review_glass(opening, result="unclear", words="もう一度（見本）", by=chief)


def test_nobody_reviews_her_own_through_another_account(moment: Any) -> None:
    """B58: two accounts of one mailbox are one person."""
    colleague = staff("counsellor", email="hana@example.jp")
    opening = smash(make_case(), colleague)

    with pytest.raises(PermissionDenied):
        review_glass(opening, result="justified", words="", by=staff("chief_counsellor", email="hana+2@example.jp"))


def test_where_the_owner_broke_it_or_is_blocked_a_chief_reviews(moment: Any) -> None:
    case, colleague, chief = make_case(), make_member(), make_member("chief_counsellor")
    opening = smash(case, colleague)
    Case.objects.filter(pk=case.pk).update(owner=colleague)
    opening.refresh_from_db()
    with pytest.raises(PermissionDenied):
        review_glass(opening, result="justified", words="", by=colleague)
    review_glass(opening, result="justified", words="", by=chief)


def test_no_glass_breaks_before_a_protected_person(moment: Any) -> None:
    case, colleague = make_case(), make_member()
    protect(case, kind="dv", by=case.owner, today=clock.today())
    with pytest.raises(Http404):
        find_case(colleague, case.pk, to_look=True)
    with pytest.raises(PermissionDenied):
        smash(case, colleague)
    assert find_case(case.owner, case.pk) == case


def test_who_is_blocked_breaks_nothing() -> None:
    """B32: the block list beats broken glass."""
    case, relative = make_case(), make_member()
    smash(case, relative)
    assert ground_of(relative, case) == "break_glass"
    block(case, relative, reason="relative", words="", by=relative)
    assert ground_of(relative, case) is None
    with pytest.raises(PermissionDenied):
        smash(case, relative)


def test_the_whole_way_on_the_pages(at_centre: Client) -> None:
    case, colleague = make_case("assessed"), make_member()
    colleague.set_password(PASSWORD)
    colleague.save()
    at_centre.force_login(colleague, backend="accounts.authentication.SignInBackend")
    closed = at_centre.get(f"/cases/{case.pk}/")
    assert closed.status_code == 403
    assert f"/cases/{case.pk}/break-glass/" in closed.content.decode()
    assert "/accounts/reauthenticate/" in at_centre.get(f"/cases/{case.pk}/break-glass/")["Location"], "a fresh proof first"
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    form = at_centre.get(f"/cases/{case.pk}/break-glass/")
    assert "記録され、主担当と主任相談支援員に知らせます" in form.content.decode()
    key = {"idempotency_key": "5f0c3d6e-0000-4000-8000-000000000004"}
    assert at_centre.post(f"/cases/{case.pk}/break-glass/", {"reason": "called_from_outside", "words": WORDS} | key).status_code == 302

    page = at_centre.get(f"/cases/{case.pk}/").content.decode()

    assert "緊急閲覧中です。あと60分" in page
    assert 'id="composer"' not in page
    assert 'name="csrfmiddlewaretoken"' in page.partition("break-glass/end/")[2].partition("</form>")[0], "or nobody can end it early"
    for path in ("edit/", "assessment/", "team/", "screen/"):
        assert at_centre.get(f"/cases/{case.pk}/{path}").status_code == 403
    assert (
        at_centre.post(
            f"/cases/{case.pk}/records/", {"text": "x"} | key | {"idempotency_key": "5f0c3d6e-0000-4000-8000-000000000005"}
        ).status_code
        == 403
    )
    key = {"idempotency_key": "5f0c3d6e-0000-4000-8000-000000000006"}
    assert at_centre.post(f"/cases/{case.pk}/break-glass/end/", key).status_code == 302
    assert at_centre.get(f"/cases/{case.pk}/").status_code == 403

    at_centre.force_login(case.owner)
    today = at_centre.get("/").content.decode()
    assert "緊急閲覧の確認" in today
    shown = at_centre.get(f"/cases/{case.pk}/openings/").content.decode()
    assert WORDS in shown
    opening = CaseOpening.objects.get()
    key = {"idempotency_key": "5f0c3d6e-0000-4000-8000-000000000007"}
    answer = at_centre.post(f"/cases/{case.pk}/openings/", {"opening": str(opening.pk), "result": "justified"} | key)
    assert answer.status_code == 302
    assert timedelta(0) <= clock.now() - CaseOpening.objects.get().reviewed_at < timedelta(minutes=1)
