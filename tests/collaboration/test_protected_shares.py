"""What guests may still open when a client comes under protection, and what may be shared of her at all."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client

from accounts.models import Account
from audit.models import AuditLine
from casework.cases.models import Case, Duty
from casework.plans.closing import close_case
from casework.protection.protections import add_secret_place
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from network.collaboration.grants import end_share, share_referral
from network.collaboration.models import GuestGrant, Referral
from network.collaboration.pauses import resume_share
from network.collaboration.referrals import refer_client
from network.directory.models import Agency
from tests.factories.agencies import make_agency
from tests.factories.casework import make_case, make_member
from tests.factories.people import PASSWORD, guest
from tests.factories.protection import ALIAS, SCHOOL, add_party, flag

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture
def team() -> Account:
    return make_member()


@pytest.fixture
def agency() -> Agency:
    return make_agency()


@pytest.fixture
def partner(agency: Agency) -> Account:
    return guest(agency_id=agency.pk)


@pytest.fixture
def case(team: Account) -> Case:
    return make_case("applied", by=team)


def refer(case: Case, agency: Agency, by: Account, **said: Any) -> Referral:
    today = clock.today()
    words = {"name": "逃田 見本子", "kana": "にげた みほこ", "reason": "借金の相談（見本）", "content": "家賃の滞納（見本）"}
    return refer_client(case, agency=agency, follow_up_on=today, on=today, by=by, today=today, **words | said)


def share(referral: Referral, partner: Account, by: Account) -> GuestGrant:
    today = clock.today()
    return share_referral(referral, guest=partner, groups=["identity", "reason", "content"], until=today, by=by, today=today)


def test_a_flag_stops_every_share_at_once_and_asks_the_owner_about_each(
    at_centre: Client, case: Case, team: Account, agency: Agency, partner: Account
) -> None:
    """B27: shared before the flag; set the flag: paused in the same transaction, the guest meets 404, the owner gets a duty."""
    grant = share(refer(case, agency, team), partner, team)
    at_centre.force_login(partner)
    address = f"/shared/{grant.referral_id}/"
    assert at_centre.get(address).status_code == 200

    flag(case, make_member("clerk"))

    unknown = at_centre.get(f"/shared/{case.pk}/")
    gone = at_centre.get(address)
    assert (gone.status_code, gone.content) == (404, unknown.content)
    assert "借金" not in at_centre.get("/shared/").content.decode()
    duty = Duty.objects.get(kind="grant.decide", closed_on=None)
    assert (duty.assigned_to, duty.about_id) == (case.owner, grant.pk)


def test_a_flag_that_is_taken_back_with_its_transaction_stops_nothing(case: Case, team: Account, agency: Agency, partner: Account) -> None:
    """B27: one transaction: either both or neither."""
    grant = share(refer(case, agency, team), partner, team)

    def flagged_and_fallen() -> None:
        with transaction.atomic():
            flag(case, team)
            assert GuestGrant.objects.get(pk=grant.pk).paused_at is not None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        flagged_and_fallen()
    assert GuestGrant.objects.get(pk=grant.pk).paused_at is None


def test_going_on_needs_a_reason_and_ending_does_not(case: Case, team: Account, agency: Agency, partner: Account) -> None:
    grant = share(refer(case, agency, team), partner, team)
    flag(case, team)
    with pytest.raises(RuleViolation) as refused:
        resume_share(grant, reason=" ", by=team, today=clock.today())
    assert refused.value.code == "reason_required"
    with pytest.raises(PermissionDenied):
        resume_share(grant, reason="本人が望む（見本）", by=make_member(), today=clock.today())
    resume_share(grant, reason="本人が望む（見本）", by=team, today=clock.today())
    assert GuestGrant.objects.open_on(clock.today()).get() == grant
    assert not Duty.objects.filter(kind="grant.decide", closed_on=None).exists()
    with pytest.raises(WrongState):
        resume_share(grant, reason="もう一度（見本）", by=team, today=clock.today())
    flag(case, team)
    end_share(grant, by=team, today=clock.today())
    assert not Duty.objects.filter(kind="grant.decide", closed_on=None).exists()
    assert {"referral.share_paused", "referral.share_resumed"} <= set(AuditLine.objects.values_list("action", flat=True))


def test_the_owner_decides_on_its_page(at_centre: Client, case: Case, team: Account, agency: Agency, partner: Account) -> None:
    """A share begins and goes on only after a fresh proof; the referral itself is looked for first."""
    team.set_password(PASSWORD)
    team.save(update_fields=["password"])
    grant = share(refer(case, agency, team), partner, team)
    flag(case, team)
    at_centre.force_login(team)
    assert "保護のため停止中" in at_centre.get(f"/referrals/{grant.referral_id}/").content.decode()
    for path in (f"/grants/{grant.pk}/", f"/referrals/{grant.referral_id}/share/"):
        assert at_centre.post(path, {"reason": "本人が望む（見本）"}).status_code == 403, path
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert at_centre.post(f"/grants/{grant.pk}/", {"reason": ""}).status_code == 422
    assert at_centre.post(f"/grants/{grant.pk}/", {"reason": "本人が望む（見本）"}).status_code == 302
    assert "再開の理由：本人が望む（見本）" in at_centre.get(f"/referrals/{grant.referral_id}/").content.decode()


@pytest.mark.parametrize("named", ["agency", "guest"])
def test_nothing_is_shared_where_somebody_adverse_works(named: str, case: Case, team: Account, agency: Agency, partner: Account) -> None:
    """B27: an agency linked to the one she fled from: named itself, or through its person who signs in here."""
    grant = share(refer(case, agency, team), partner, team)
    flag(case, team)
    add_party(case, team, **({"agency_id": agency.pk} if named == "agency" else {"account": partner}))
    for act in (
        lambda: refer(case, agency, team),
        lambda: share(grant.referral, guest(agency_id=agency.pk), team),
        lambda: resume_share(grant, reason="本人が望む（見本）", by=team, today=clock.today()),
    ):
        with pytest.raises(RuleViolation) as refused:
            act()
        assert refused.value.code == "adverse_agency"


@pytest.mark.parametrize("said", [f"娘は{SCHOOL}に通う", "ヒカリガクエンの送り迎え", "見本ﾋｶﾘ学園まで"])
def test_a_place_in_free_text_is_found_before_it_is_shared(said: str, case: Case, team: Account, agency: Agency) -> None:
    """B37: the secret school in the shared text: refused, with the words marked."""
    flag(case, team)
    add_secret_place(case, kind="school", value=SCHOOL, aliases=[ALIAS], by=team, today=clock.today())
    with pytest.raises(RuleViolation) as refused:
        refer(case, agency, team, content=said)
    assert (refused.value.code, refused.value.field) == ("whereabouts_in_text", "content")
    span = refused.value.spans[0]
    assert f"【{said[span.start : span.end]}】" in str(refused.value.message)
    assert not Referral.objects.exists()
    assert refer(case, agency, team, content="娘は学校に通う（見本）").content is not None


def test_on_the_page_nothing_typed_is_lost(at_centre: Client, case: Case, team: Account, agency: Agency) -> None:
    """B37: 422, the span marked beside the field, every field as it was typed."""
    flag(case, team)
    add_secret_place(case, kind="school", value=SCHOOL, by=team, today=clock.today())
    at_centre.force_login(team)
    typed = {
        "agency": str(agency.pk), "referred_on": "今日", "follow_up_on": "+7", "name": "逃田 見本子",
        "reason": "送り迎えの手伝い（見本）", "content": f"娘の{SCHOOL}の近くで探す（見本）",
    }  # fmt: skip
    answer = at_centre.post(f"/cases/{case.pk}/refer/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"【{SCHOOL}】" in page
    assert typed["content"] in page
    assert typed["reason"] in page


def test_a_place_that_becomes_secret_later_keeps_its_referral_from_being_shared(
    case: Case, team: Account, agency: Agency, partner: Account
) -> None:
    """B37: looked through again when a share begins, and when it goes on."""
    referral = refer(case, agency, team, content=f"{SCHOOL}（見本）")
    flag(case, team)
    add_secret_place(case, kind="school", value=SCHOOL, by=team, today=clock.today())
    with pytest.raises(RuleViolation) as refused:
        share(referral, partner, team)
    assert refused.value.code == "whereabouts_in_text"


def test_an_unprotected_clients_address_may_be_told_with_consent(case: Case, team: Account, agency: Agency) -> None:
    assert refer(case, agency, team, content="大阪府見本市架空区例示町1-2-3（見本）").pk


def test_minutes_before_others_are_looked_through(case: Case, team: Account) -> None:
    """B37: what a meeting with others at its table writes down."""
    from casework.meetings.decisions import decide_plan
    from casework.plans.agreements import agree_plan
    from tests.factories.casework import TODAY, take_step
    from tests.factories.plans import PLANNED, make_draft, make_meeting

    chief = make_member("chief_counsellor")
    take_step(case, "assessed", by=team)
    plan = make_draft(case, by=team)
    agree_plan(plan, on=PLANNED, by=team, today=TODAY)
    flag(case, team)
    add_secret_place(case, kind="school", value=SCHOOL, by=team, today=clock.today())
    said = {"decision": "approved", "reason": "", "by": chief, "today": TODAY}
    with pytest.raises(RuleViolation) as refused:
        decide_plan(make_meeting(by=chief), plan, minutes=f"{SCHOOL}の迎え（見本）", **said)
    assert (refused.value.code, refused.value.field) == ("whereabouts_in_text", "minutes")


def test_a_share_that_was_stopped_does_not_go_on_after_its_case_was_closed(
    case: Case, team: Account, agency: Agency, partner: Account
) -> None:
    grant = share(refer(case, agency, team), partner, team)
    flag(case, make_member("clerk"))
    close_case(Case.objects.get(pk=case.pk), reason="resolved", on=clock.today(), by=team, today=clock.today())

    with pytest.raises(WrongState) as refusal:
        resume_share(grant, reason="本人が望む（見本）", by=team, today=clock.today())

    assert refusal.value.code == "case_ended"
    grant.refresh_from_db()
    assert grant.paused_at is not None
