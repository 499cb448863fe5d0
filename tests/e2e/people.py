"""Who signs in at the live stack, and the cases that lie there for the pages and for counting clicks. Made before a browser starts."""

from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from accounts import sealed_seeds
from accounts.models import Account, IdentityLink, IdentityProvider
from audit import reading
from casework.cases.applications import ConsentFacts, give_consent
from casework.cases.assessments import assess_case
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Case
from casework.cases.records import record_support
from casework.clients.people import PersonFacts
from casework.clients.search import find_clients
from casework.meetings.meetings import hold_meeting
from casework.oversight.alerts import raise_alert
from casework.oversight.models import AlertKind
from casework.oversight.rules import Finding
from disclosure import gate
from foundation import clock
from network.collaboration.grants import share_referral
from network.collaboration.referrals import refer_client
from network.directory.models import Agency
from tenants.activation import centre_active, headquarters_active, owner_active
from tests.factories.casework import TODAY, make_case, phone
from tests.factories.people import PASSWORD, guest, staff
from tests.factories.plans import make_meeting, make_plan_at

CHIEF, COUNSELLOR, COLLEAGUE = "chief@a.example.jp", "counsellor@a.example.jp", "colleague@a.example.jp"
ADMIN = "admin@a.example.jp"
GUEST, PLEDGED, NEIGHBOUR, ANALYST = (
    "guest@partner.example.jp",
    "pledged@partner.example.jp",
    "counsellor@b.example.jp",
    "analyst@hq.example.jp",
)
WITH_SECOND_FACTOR = "proof@a.example.jp"
SUBJECT = "kigyou-0001"  # by which the corporation's own sign-in knows a colleague who is linked
WITH_PASSKEY, LEFT_ALONE = "passkey@a.example.jp", "alone@a.example.jp"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SOUGHT = PersonFacts("湊 太郎", "みなと たろう", date(1974, 5, 3), "male")
SOUGHT_PHONE = "09000005678"
FLED_TO = "09000008765"

Paths = dict[str, str]


class Furnished(NamedTuple):
    """Addresses of what was made, by what it is."""

    paths: Paths
    sought: str  # the case that T1 looks for
    for_record: str
    for_plan: str


def furnish(issuer: str) -> Furnished:
    """`issuer` is where the corporation's own sign-in answers."""
    with owner_active():
        agency = Agency.objects.create(name="見本の法律相談所", kind="legal").pk
    with centre_active("test_b"):
        staff("counsellor", email=NEIGHBOUR, name="隣 架空", password=PASSWORD)
    with headquarters_active():
        staff("analyst", email=ANALYST, name="本部 統計", password=PASSWORD)
    with centre_active("test_a"):
        found = _furnish_centre(agency)
        _give_corporate_sign_in(issuer)
    return found


def _furnish_centre(agency: UUID) -> Furnished:
    staff("chief_counsellor", email=CHIEF, name="主任 見本", password=PASSWORD)
    staff("centre_admin", email=ADMIN, name="管理 見本", password=PASSWORD)
    counsellor = staff("counsellor", email=COUNSELLOR, name="担当 例子", password=PASSWORD)
    staff("counsellor", email=COLLEAGUE, name="同僚 試太", password=PASSWORD)
    staff("counsellor", email=WITH_PASSKEY, name="鍵持 例子", password=PASSWORD)
    staff("counsellor", email=LEFT_ALONE, name="席外 例子", password=PASSWORD)
    _give_second_factor(staff("counsellor", email=WITH_SECOND_FACTOR, name="鍵 仮名", password=PASSWORD))
    agency_person: dict[str, Any] = {"password": PASSWORD, "agency_id": agency, "until": date(2026, 12, 31)}
    guest(email=GUEST, name="法律 試代", pledged=False, **agency_person)
    pledged = guest(email=PLEDGED, name="法律 例次", **agency_person)
    for _ in range(4):
        make_plan_at("agreed", by=counsellor)
    for outcome in ("closed", "replan"):
        make_plan_at("evaluated", by=counsellor, outcome=outcome)
    sought = make_case("assessed", by=counsellor, person=SOUGHT, contact_ways=[phone(SOUGHT_PHONE)])
    paths = {
        **_stages(counsellor),
        **_plans(counsellor),
        **_meetings(counsellor),
        **_referral(sought, agency, counsellor, pledged),
        **_oversight(sought, counsellor),
        "case of a friend": _address(make_case("received", by=counsellor)),
        "case in flight": _address(make_case("received", by=counsellor, contact_ways=[phone(FLED_TO)])),
    }
    return Furnished(paths, _address(sought), _address(make_case("assessed", by=counsellor)), _address(_ready_for_a_plan(counsellor)))


def _give_second_factor(account: Account) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(account, TOTP_SECRET)


def _give_corporate_sign_in(issuer: str) -> None:
    """One who is linked to it already; all others may link."""
    made_by = Account.objects.get(email=ADMIN)
    facts = {"issuer": issuer, "client_id": "tsunagi-test", "made_by": made_by, "made_at": clock.now()}
    IdentityProvider.objects.create(sealed_secret=sealed_seeds.seal("himitsu-no-himitsu"), **facts)
    account = staff("counsellor", email="linked@a.example.jp", name="法人 例子")
    IdentityLink.objects.create(account=account, issuer=issuer, subject=SUBJECT, made_at=clock.now())


def _address(case: Case) -> str:
    return f"/cases/{case.pk}/"


def _stages(by: Account) -> Paths:
    stages = {stage: make_case(stage, by=by) for stage in ("received", "screened", "applied", "assessed", "ended")}
    early = stages["applied"]
    start_support_early(early, agreed_on=date(2026, 5, 27), content="食料を届けた（見本）", on=date(2026, 5, 27), by=by, today=TODAY)
    record = record_support(stages["assessed"], method="phone", text="電話で聞いた（見本）", on=TODAY, by=by, today=TODAY)
    give_consent(early, ConsentFacts("family_contact", "妹に"), on=TODAY, by=by, today=TODAY)
    consent = early.client.consents.get(kind="family_contact")
    return {f"case {stage}": _address(case) for stage, case in stages.items()} | {
        "record": f"/cases/records/{record.pk}/",
        "consent_withdraw": f"{_address(early)}consents/{consent.pk}/withdraw/",
    }


def _ready_for_a_plan(by: Account) -> Case:
    case = make_case("assessed", by=by, person=PersonFacts("計画 例子", "けいかく れいこ", date(1980, 1, 2), "female"))
    told = {"complaint": {"wishes": "子どもと同じ家で暮らしたい（見本）", "words": "家賃が払えない（見本）"}}
    traits = ["economic_hardship", "budget_management", "job_search_difficulty"]
    facts: dict[str, Any] = {"summary": "家賃の滞納（見本）", "direction": "家計の支援（見本）", "on": TODAY, "by": by, "today": TODAY}
    assess_case(case, sections=told, issue_traits=traits, based_on=1, **facts)
    return case


def _plans(by: Account) -> Paths:
    drawn = {state: make_plan_at(state, by=by) for state in ("draft", "agreed", "approved", "decided", "evaluated")}
    return {f"plan {state}": f"/plans/{plan.pk}/" for state, plan in drawn.items()} | {
        "close": f"/cases/{drawn['evaluated'].case_id}/close/",
    }


def _meetings(by: Account) -> Paths:
    planned = make_meeting(by=by, on=TODAY)
    held = make_meeting(by=by, on=TODAY - timedelta(days=7))
    hold_meeting(
        held, attendees=["centre"], attendee_names="担当 例子", remarks="特になし（見本）", version=held.version, by=by, today=TODAY
    )
    return {"meeting planned": f"/meetings/{planned.pk}/", "meeting held": f"/meetings/{held.pk}/"}


def _referral(case: Case, agency: UUID, by: Account, to: Account) -> Paths:
    referral = refer_client(
        case,
        agency=Agency.objects.get(pk=agency),
        name=SOUGHT.name,
        kana=SOUGHT.kana,
        reason="借金の相談（見本）",
        content="渡す内容（見本）",
        follow_up_on=TODAY + timedelta(days=14),
        on=TODAY,
        by=by,
        today=TODAY,
    )
    share_referral(referral, guest=to, groups=["identity", "reason"], until=TODAY + timedelta(days=10), by=by, today=TODAY)
    return {"referral": f"/referrals/{referral.pk}/", "shared": f"/shared/{referral.pk}/"}


def _oversight(case: Case, reader: Account) -> Paths:
    """Something for the chief to look at, one of it late."""
    gate.reveal([case.client, case], viewer=reader, channel="screen")
    find_clients(reader, reader.name)
    lines = list(reading.lines(actor=reader.pk, verdict="read")[:5])
    late = TODAY - timedelta(days=14)
    finding = Finding(AlertKind.NIGHT, reader.pk, str(late), late, [line.id for line in lines], [case.client_id], len(lines))
    alert = raise_alert(finding, today=late)
    assert alert is not None
    return {"alert": f"/oversight/reviews/{alert.pk}/", "who read": f"/oversight/cases/{case.pk}/"}
