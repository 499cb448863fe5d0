from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.departures import carry_out_due
from accounts.guests import end_guest, invite_guest
from accounts.models import Account
from audit.models import AuditLine
from casework.cases.applications import withdraw_consent
from casework.cases.blocks import block
from casework.cases.models import Case, Duty, Event
from casework.plans.closing import close_case
from disclosure import gate
from disclosure.opened import NOT_ALLOWED
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from network.collaboration.grants import end_share, share_referral
from network.collaboration.models import GuestGrant, Referral
from network.collaboration.opening import grants_open_to
from network.collaboration.referrals import record_answer, refer_client
from tests.factories.agencies import make_agency
from tests.factories.casework import make_case, make_member
from tests.factories.people import PASSWORD, guest, staff

pytestmark = pytest.mark.usefixtures("centre")
GROUPS = ["identity", "reason"]


def applied_case(by: Account | None = None) -> Case:
    return make_case("applied", by=by)


def refer(case: Case, **overrides: Any) -> Referral:
    today = clock.today()
    given = {
        "agency": overrides.pop("agency", None) or make_agency(),
        "name": "見本 花子", "kana": "みほん はなこ", "reason": "相談のため（見本）", "content": "渡す内容（見本）",
        "follow_up_on": today + timedelta(days=14), "on": today, "by": case.owner, "today": today,
    }  # fmt: skip
    return refer_client(case, **given | overrides)


def share(referral: Referral, to: Account | None = None, **overrides: Any) -> GuestGrant:
    today = clock.today()
    given = {"groups": GROUPS, "until": today + timedelta(days=10), "by": referral.case.owner, "today": today}
    return share_referral(referral, guest=to or guest(agency_id=referral.agency_id), **given | overrides)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"on": clock.today() + timedelta(days=1)}, "future"),
        ({"on": date(2020, 1, 1)}, "before_reception"),
        ({"reason": "  "}, "no_reason"),
        ({"follow_up_on": clock.today() - timedelta(days=1)}, "follow_up_before"),
    ],
)
def test_a_referral_that_cannot_be_names_its_rule_and_changes_nothing(overrides: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        refer(applied_case(), **overrides)

    assert refusal.value.code == code
    assert not Referral.objects.exists()
    assert not Event.objects.filter(kind="referral.made").exists()


def test_an_agency_that_rests_is_not_referred_to() -> None:
    with pytest.raises(RuleViolation) as refusal:
        refer(applied_case(), agency=make_agency(active=False))

    assert refusal.value.code == "agency_inactive"


def test_without_consent_nobody_is_handed_over() -> None:
    with pytest.raises(RuleViolation) as refusal:
        refer(make_case("screened"))

    assert refusal.value.code == "no_consent"


def test_a_colleague_outside_the_care_team_refers_nobody() -> None:
    with pytest.raises(PermissionDenied):
        refer(applied_case(), by=make_member())


def test_a_referral_leaves_event_duty_and_line_and_its_answer_closes_the_duty() -> None:
    case = applied_case()

    referral = refer(case)
    duty = Duty.objects.get(kind="referral.follow_up")
    assert (duty.due_on, duty.closed_on, duty.about_id) == (referral.follow_up_on, None, referral.pk)
    assert Event.objects.filter(case=case, kind="referral.made").exists()
    assert AuditLine.objects.filter(action="referral.made", subjects=[case.client_id]).exists()

    record_answer(referral, answer="会えました（見本）", on=clock.today(), by=case.owner, today=clock.today())
    duty.refresh_from_db()
    assert duty.closed_on == clock.today()


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"groups": []}, "nothing_to_show"),
        ({"groups": ["address"]}, "unknown_group"),
        ({"until": clock.today() - timedelta(days=1)}, "until_past"),
        ({"until": clock.today() + timedelta(days=400)}, "until_too_far"),
        ({"until": clock.today() + timedelta(days=60)}, "until_after_entry"),
    ],
)
def test_a_share_that_cannot_be_names_its_rule_and_opens_nothing(overrides: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        share(refer(applied_case()), **overrides)

    assert refusal.value.code == code
    assert not GuestGrant.objects.exists()


def test_another_agencys_guest_is_not_shared_with() -> None:
    with pytest.raises(RuleViolation) as refusal:
        share(refer(applied_case()), to=guest())

    assert refusal.value.code == "not_this_agency"


def test_a_guest_who_must_not_see_the_client_is_not_shared_with() -> None:
    """A relative who works at the agency: the refusal does not say why."""
    referral = refer(applied_case())
    relative = guest(agency_id=referral.agency_id)
    block(referral.case, relative, reason="relative", words="", by=make_member("chief_counsellor"))

    with pytest.raises(RuleViolation) as refusal:
        share(referral, relative)

    assert refusal.value.code == "guest_blocked"
    assert "親族" not in refusal.value.message
    assert not GuestGrant.objects.exists()


def test_a_second_share_with_the_same_person_waits_for_the_end_of_the_first() -> None:
    referral = refer(applied_case())
    visitor = guest(agency_id=referral.agency_id)
    grant = share(referral, visitor)

    with pytest.raises(RuleViolation) as refusal:
        share(referral, visitor)
    assert refusal.value.code == "already_shared"

    end_share(grant, by=referral.case.owner, today=clock.today())
    assert share(referral, visitor).pk != grant.pk


def test_a_guest_reads_the_fields_of_her_grant_and_no_other() -> None:
    referral = refer(applied_case())
    visitor = guest(agency_id=referral.agency_id)
    share(referral, visitor)

    (opened,) = gate.reveal([Referral.objects.get(pk=referral.pk)], viewer=visitor, channel="screen")

    assert (opened.name, opened.reason) == ("見本 花子", "相談のため（見本）")
    assert opened.content is NOT_ALLOWED


def shown(client: Client, referral: Referral) -> int:
    return client.get(f"/shared/{referral.pk}/").status_code


def test_the_team_sees_when_a_guest_last_looked(at_centre: Client) -> None:
    referral = refer(applied_case())
    visitor, other = (guest(agency_id=referral.agency_id) for _ in range(2))
    share(referral, visitor)

    def told() -> str:
        at_centre.force_login(referral.case.owner)
        return at_centre.get(f"/referrals/{referral.pk}/").content.decode()

    at_centre.force_login(visitor)
    at_centre.get("/shared/")  # the list tells her only that something is there
    assert "まだ見ていません" in told()
    at_centre.force_login(visitor)
    assert shown(at_centre, referral) == 200
    share(referral, other)
    page = told()
    assert (page.count("最後に見た日時"), page.count("まだ見ていません")) == (1, 1)


def test_a_guest_sees_the_one_referral_until_its_date(at_centre: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    referral, other = refer(applied_case()), refer(applied_case())
    visitor = guest(agency_id=referral.agency_id)
    share(referral, visitor)
    at_centre.force_login(visitor)

    assert shown(at_centre, referral) == 200
    page = at_centre.get("/shared/").content.decode()
    assert str(referral.pk) in page
    assert str(other.pk) not in page

    unknown = at_centre.get(f"/shared/{uuid4()}/")
    assert (unknown.status_code, unknown.content) == (404, at_centre.get(f"/shared/{other.pk}/").content)

    later = clock.today() + timedelta(days=11)
    monkeypatch.setattr("network.collaboration.views.clock.today", lambda: later)
    assert shown(at_centre, referral) == 404


def test_a_withdrawn_consent_ends_the_view_on_the_next_request(at_centre: Client) -> None:
    referral = refer(applied_case())
    visitor = guest(agency_id=referral.agency_id)
    share(referral, visitor)
    at_centre.force_login(visitor)
    assert shown(at_centre, referral) == 200

    withdraw_consent(referral.consent, on=clock.today(), by=referral.case.owner, today=clock.today())

    assert shown(at_centre, referral) == 404


def test_a_share_that_was_ended_is_gone_on_the_next_request(at_centre: Client) -> None:
    referral = refer(applied_case())
    visitor = guest(agency_id=referral.agency_id)
    grant = share(referral, visitor)
    at_centre.force_login(visitor)

    end_share(grant, by=referral.case.owner, today=clock.today())

    assert shown(at_centre, referral) == 404


def test_a_case_that_is_closed_is_shared_with_nobody_from_the_same_moment(at_centre: Client) -> None:
    """B26: what was shared closes with the case, and nothing of it is opened anew."""
    referral = refer(applied_case())
    visitor, other = (guest(agency_id=referral.agency_id) for _ in range(2))
    share(referral, visitor)
    at_centre.force_login(visitor)
    assert shown(at_centre, referral) == 200

    close_case(referral.case, reason="resolved", on=clock.today(), by=referral.case.owner, today=clock.today())

    assert shown(at_centre, referral) == 404
    assert not at_centre.get("/shared/").context["page"].object_list
    with pytest.raises(WrongState) as refusal:
        share(referral, other)
    assert refusal.value.code == "case_ended"
    at_centre.force_login(referral.case.owner)
    assert "共有を終える" not in (page := at_centre.get(f"/referrals/{referral.pk}/").content.decode())
    assert "この人に見せる" not in page


@pytest.mark.parametrize("how", ["by hand", "by the job", "by nobody yet"])
def test_a_guest_who_is_let_in_again_finds_nothing_that_was_shared_before(how: str) -> None:
    """B26: her entry ended, or was cut short and ran out; a new one, for whatever agency, opens no share of the old one."""
    referral, today = refer(applied_case()), clock.today()
    owner, visitor = referral.case.owner, guest(agency_id=referral.agency_id)
    grant = share(referral, visitor)
    if how == "by hand":
        end_guest(visitor.guest_entries.get(), by=owner)
    else:
        visitor.guest_entries.update(until_date=today - timedelta(days=1))
    if how == "by the job":
        carry_out_due(today)

    invite_guest(
        email=visitor.email, name=visitor.name, agency_id=uuid4(), agency_name="別の機関（見本）",
        until_date=today + timedelta(days=5), by=owner, today=today,
    )  # fmt: skip

    assert not grants_open_to(Account.objects.get(pk=visitor.pk)).exists()
    grant.refresh_from_db()
    assert (grant.ended_on, grant.ended_by) == (today, owner)
    assert AuditLine.objects.get(action="referral.share_ended").facts["reason"] == "guest_ended"
    assert Event.objects.filter(case=referral.case, kind="referral.share_ended").count() == 1


def test_every_look_of_a_guest_leaves_its_line(at_centre: Client) -> None:
    referral = refer(applied_case())
    visitor = guest(agency_id=referral.agency_id)
    share(referral, visitor)
    at_centre.force_login(visitor)

    shown(at_centre, referral)

    line = AuditLine.objects.filter(action="record.read", actor=visitor.pk).latest("id")
    assert (line.verdict, line.purpose, line.subjects) == ("read", "shared", [referral.case.client_id])


def test_staff_work_through_the_pages_from_referral_to_the_end_of_the_share(at_centre: Client) -> None:
    by = staff(password=PASSWORD)
    case, agency = applied_case(by=by), make_agency()
    at_centre.force_login(by)
    visitor = guest(agency_id=agency.pk)

    made = at_centre.post(
        f"/cases/{case.pk}/refer/",
        {"agency": agency.pk, "referred_on": "今日", "name": "見本 花子", "reason": "相談", "content": "内容", "follow_up_on": "+7"},
    )
    referral = Referral.objects.get()
    assert (made.status_code, made.headers["Location"]) == (302, f"/referrals/{referral.pk}/")

    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    shared = at_centre.post(f"/referrals/{referral.pk}/share/", {"guest": visitor.pk, "groups": GROUPS, "until_date": "+10"})
    grant = GuestGrant.objects.get()
    assert shared.status_code == 302
    assert "共有を終える" in at_centre.get(f"/referrals/{referral.pk}/").content.decode()

    assert at_centre.post(f"/referrals/{referral.pk}/answer/", {"answered_on": "今日", "answer": "会えた"}).status_code == 302
    assert at_centre.post(f"/grants/{grant.pk}/end/").status_code == 302
    assert at_centre.post(f"/grants/{grant.pk}/end/").status_code == 409


def test_bad_input_is_answered_with_422_and_keeps_what_was_typed(at_centre: Client) -> None:
    case = applied_case(by=(by := staff()))
    at_centre.force_login(by)

    answer = at_centre.post(
        f"/cases/{case.pk}/refer/", {"agency": uuid4(), "referred_on": "いつか", "reason": "消えない文", "follow_up_on": "x" * 500}
    )

    assert answer.status_code == 422
    assert "消えない文" in answer.content.decode()
    assert not Referral.objects.exists()
