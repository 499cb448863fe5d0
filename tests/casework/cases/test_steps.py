"""Screening, application, consents, early start, assessment, records, outcomes: what each does and how each says no."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditLine
from casework.cases.applications import ConsentFacts, apply_for_support, give_consent, withdraw_consent
from casework.cases.assessments import assess_case, prefill
from casework.cases.emergency_starts import mark_reported, start_support_early
from casework.cases.models import Assessment, Case, Duty, EmergencyStart, EmploymentOutcome, Event, Revision, Screening, SupportRecord
from casework.cases.outcomes import record_outcome
from casework.cases.records import record_support, revise_record
from casework.cases.screening import screen_case
from casework.clients.consents import INFORMATION_SHARING, clients_with_consent, has_consent
from casework.clients.models import Consent
from disclosure import gate
from foundation.errors import RuleViolation
from tests.factories.casework import RECEIVED, TODAY, close, make_case, make_member, refreshed, supervised_by
from tests.factories.plans import make_plan_at

pytestmark = pytest.mark.usefixtures("centre")

LATER = date(2026, 5, 30)
EARLY = date(2026, 5, 10)


def screen(case: Case, **facts: Any) -> Screening:
    return screen_case(case, **{"result": "continue_plan", "on": date(2026, 5, 12), "by": case.owner, "today": TODAY} | facts)


def apply(case: Case, **facts: Any) -> Case:
    given = {"consents": [ConsentFacts(INFORMATION_SHARING)], "on": date(2026, 5, 13), "by": case.owner, "today": TODAY}
    return apply_for_support(case, **given | facts)


def give(case: Case, kind: str = INFORMATION_SHARING, scope: str = "市", **facts: Any) -> Consent:
    return give_consent(case, ConsentFacts(kind, scope), **{"on": date(2026, 5, 13), "by": case.owner, "today": TODAY} | facts)


def start(case: Case, **facts: Any) -> EmergencyStart:
    given = {"agreed_on": date(2026, 5, 14), "content": "食料を届けた（見本）", "on": date(2026, 5, 15), "by": case.owner, "today": TODAY}
    return start_support_early(case, **given | facts)


def assess(case: Case, **facts: Any) -> Assessment:
    given = {"sections": {}, "issue_traits": ["debt"], "summary": "まとめ", "on": date(2026, 5, 18), "by": case.owner, "today": TODAY}
    return assess_case(case, **given | facts)


def record(case: Case, **facts: Any) -> SupportRecord:
    return record_support(
        case, **{"method": "phone", "text": "電話した", "on": date(2026, 5, 18), "by": case.owner, "today": TODAY} | facts
    )


def outcome(case: Case, **facts: Any) -> EmploymentOutcome:
    return record_outcome(case, **{"kind": "started_work", "on": date(2026, 5, 18), "by": case.owner, "today": TODAY} | facts)


REFUSALS: list[tuple[str, Callable[..., Any], dict[str, Any], str]] = [
    ("received", screen, {"result": "no_such_result"}, "unknown_code"),
    ("received", screen, {"on": LATER}, "future"),
    ("received", screen, {"on": EARLY}, "before_reception"),
    ("received", screen, {"note": "長" * 4001}, "too_long"),
    ("screened", screen, {}, "already_screened"),
    ("applied", screen, {}, "already_screened"),
    ("ended", screen, {}, "case_ended"),
    ("received", apply, {}, "not_screened"),
    ("applied", apply, {}, "already_applied"),
    ("ended", apply, {}, "case_ended"),
    ("screened", apply, {"on": LATER}, "future"),
    ("screened", apply, {"on": EARLY}, "before_reception"),
    ("screened", apply, {"on": RECEIVED}, "before_screening"),
    ("screened", apply, {"consents": [ConsentFacts("no_such_kind")]}, "unknown_code"),
    ("screened", apply, {"consents": [ConsentFacts(INFORMATION_SHARING)] * 2}, "repeated_code"),
    ("screened", apply, {"consents": [ConsentFacts(INFORMATION_SHARING, "長" * 401)]}, "too_long"),
    ("ended", give, {}, "case_ended"),
    ("applied", give, {"on": LATER}, "future"),
    ("applied", give, {"on": EARLY}, "before_reception"),
    ("applied", give, {"kind": "no_such_kind"}, "unknown_code"),
    ("applied", give, {"scope": "長" * 401}, "too_long"),
    ("ended", start, {}, "case_ended"),
    ("applied", start, {"content": " "}, "no_content"),
    ("applied", start, {"content": "長" * 4001}, "too_long"),
    ("applied", start, {"on": LATER}, "future"),
    ("applied", start, {"on": EARLY}, "before_reception"),
    ("applied", start, {"agreed_on": EARLY}, "before_reception"),
    ("applied", start, {"agreed_on": date(2026, 5, 16)}, "agreed_after_start"),
    ("ended", assess, {}, "case_ended"),
    ("screened", assess, {}, "not_applied"),
    ("assessed", assess, {"based_on": 0}, "stale_version"),
    ("applied", assess, {"based_on": 1}, "stale_version"),
    ("applied", assess, {"issue_traits": [], "summary": " "}, "nothing_assessed"),
    ("applied", assess, {"issue_traits": ["no_such_trait"]}, "unknown_code"),
    ("applied", assess, {"issue_traits": ["debt", "debt"]}, "repeated_code"),
    ("applied", assess, {"sections": {"no_such_section": {}}}, "unknown_item"),
    ("applied", assess, {"sections": {"money": {"no_such_item": "x"}}}, "unknown_item"),
    ("applied", assess, {"sections": {"money": "x"}}, "unknown_item"),
    ("applied", assess, {"sections": {"money": {"tax": "no_such_code"}}}, "unknown_code"),
    ("applied", assess, {"sections": {"money": {"benefits": ["other", "other"]}}}, "repeated_code"),
    ("applied", assess, {"sections": {"money": {"own_income": -1}}}, "number_out_of_range"),
    ("applied", assess, {"sections": {"money": {"own_income": "120000"}}}, "number_out_of_range"),
    ("applied", assess, {"sections": {"money": {"own_income": True}}}, "number_out_of_range"),
    ("applied", assess, {"sections": {"complaint": {"words": "長" * 4001}}}, "too_long"),
    ("applied", assess, {"sections": {"complaint": {"words": 3}}}, "too_long"),
    ("applied", assess, {"summary": "長" * 20001}, "too_long"),
    ("applied", assess, {"on": LATER}, "future"),
    ("applied", assess, {"on": EARLY}, "before_reception"),
    ("applied", assess, {"on": date(2026, 5, 12)}, "before_application"),
    ("assessed", assess, {"on": date(2026, 5, 13)}, "before_last_version"),
    ("received", record, {"text": "\n"}, "no_text"),
    ("received", record, {"method": "no_such_method"}, "unknown_code"),
    ("received", record, {"minutes": 0}, "minutes_out_of_range"),
    ("received", record, {"minutes": 1441}, "minutes_out_of_range"),
    ("received", record, {"on": LATER}, "future"),
    ("received", record, {"on": EARLY}, "before_reception"),
    ("received", record, {"counterpart": "長" * 201}, "too_long"),
    ("received", outcome, {"kind": "no_such_kind"}, "unknown_code"),
    ("received", outcome, {"on": LATER}, "future"),
    ("received", outcome, {"on": EARLY}, "before_reception"),
    ("received", outcome, {"note": "長" * 2001}, "too_long"),
]


def traces(case: Case) -> tuple[Any, ...]:
    case.refresh_from_db()
    rows = (Screening, Consent, EmergencyStart, Assessment, SupportRecord, EmploymentOutcome, Event, Revision)
    written = AuditLine.objects.filter(verdict="write").count()
    return case.stage, case.applied_on, *(model.objects.count() for model in rows), written, list(Duty.objects.order_by("pk").values_list())


@pytest.mark.parametrize(("stage", "act", "facts", "code"), REFUSALS)
def test_a_step_that_cannot_be_names_its_rule_and_changes_nothing(
    stage: str, act: Callable[..., Any], facts: dict[str, Any], code: str
) -> None:
    case = make_case(stage)
    before = traces(case)

    with pytest.raises(RuleViolation) as refusal:
        act(case, **facts)

    assert refusal.value.code == code
    assert any("ぁ" <= letter <= "ん" for letter in refusal.value.message)
    assert traces(case) == before


@pytest.mark.parametrize("act", [screen, apply, give, start, assess, record, outcome])
@pytest.mark.parametrize("role", ["counsellor", "clerk", "centre_admin"])
def test_only_the_care_team_and_the_chief_take_a_step(act: Callable[..., Any], role: str) -> None:
    case = make_case("received")

    with pytest.raises(PermissionDenied):
        act(case, by=make_member(role))


def test_the_chief_may_take_a_step_in_any_case_once_she_has_said_what_for() -> None:
    case, chief = make_case(), make_member("chief_counsellor")
    with pytest.raises(PermissionDenied):
        screen(case, by=chief)
    supervised_by(chief, case)
    assert screen(case, by=chief).result == "continue_plan"


def open_duties(case: Case) -> dict[str, date]:
    return dict(Duty.objects.filter(case=case, closed_on=None).values_list("kind", "due_on"))


@pytest.mark.parametrize("result", ["info_only", "referred", "lost_before_screening"])
def test_three_results_of_screening_end_the_case_and_all_that_was_due(result: str) -> None:
    case = make_case()

    screening = screen(case, result=result, note="ほかへ（見本）")

    assert refreshed(case).stage == "ended"
    assert open_duties(case) == {}
    assert gate.reveal([screening], viewer=case.owner, channel="screen")[0].note == "ほかへ（見本）"
    assert Event.objects.get(kind="case.screened").facts == {"result": result}


def test_pending_consent_keeps_the_case_open_and_is_screened_once_more() -> None:
    case = make_case()

    screen(case, result="consent_pending")
    assert (refreshed(case).stage, open_duties(case)) == ("screened", {"case.consent": date(2026, 6, 9)})
    with pytest.raises(RuleViolation) as refusal:
        screen(case, on=RECEIVED)
    assert refusal.value.code == "before_screening"

    screen(case, result="continue_plan", on=date(2026, 5, 19))
    assert open_duties(case) == {"case.application": date(2026, 6, 2)}
    with pytest.raises(RuleViolation) as refusal:
        screen(case, on=date(2026, 5, 20))
    assert refusal.value.code == "already_screened"


def test_an_application_records_its_consents_and_asks_for_an_assessment() -> None:
    case = make_case("screened")

    apply(case, consents=[ConsentFacts(INFORMATION_SHARING, "市と社協"), ConsentFacts("family_contact")])

    case = refreshed(case)
    assert (case.stage, case.applied_on) == ("applied", date(2026, 5, 13))
    assert open_duties(case) == {"case.assessment": date(2026, 5, 27)}
    consents = gate.reveal(case.client.consents.order_by("kind"), viewer=case.owner, channel="screen")
    assert [(consent.kind, consent.scope) for consent in consents] == [("family_contact", None), (INFORMATION_SHARING, "市と社協")]
    assert AuditLine.objects.get(action="case.applied").facts["consents"] == [INFORMATION_SHARING, "family_contact"]


def test_someone_who_agreed_at_last_may_apply_without_another_screening() -> None:
    case = make_case()
    screen(case, result="consent_pending")

    assert apply(case).stage == "applied"


def test_a_withdrawn_consent_ends_at_once_with_all_others_of_its_kind() -> None:
    case = make_case("applied")
    first, second, other = case.client.consents.get(), give(case), give(case, "case_study")

    withdraw_consent(first, on=TODAY, by=case.owner, today=TODAY)

    assert not has_consent(case.client, INFORMATION_SHARING, on=TODAY)
    assert has_consent(case.client, INFORMATION_SHARING, on=date(2026, 5, 28))
    assert has_consent(case.client, "case_study", on=TODAY)
    assert clients_with_consent([case.client_id], INFORMATION_SHARING, on=TODAY) == set()
    assert set(Consent.objects.filter(withdrawn_on=TODAY)) == {first, second}
    assert other.withdrawn_on is None
    assert Event.objects.get(kind="case.consent_withdrawn").about_id == first.pk


def test_a_consent_is_withdrawn_after_closing_too() -> None:
    case = make_case("applied")
    close(case, on=date(2026, 5, 20))

    withdraw_consent(case.client.consents.get(), on=TODAY, by=case.owner, today=TODAY)

    assert not has_consent(case.client, INFORMATION_SHARING, on=TODAY)


def test_a_withdrawal_is_refused_twice_before_the_consent_in_the_future_and_by_strangers() -> None:
    case = make_case("applied")
    consent = case.client.consents.get()
    for on, code in [(LATER, "future"), (date(2026, 5, 12), "before_given")]:
        with pytest.raises(RuleViolation) as refusal:
            withdraw_consent(consent, on=on, by=case.owner, today=TODAY)
        assert refusal.value.code == code
    with pytest.raises(PermissionDenied):
        withdraw_consent(consent, on=TODAY, by=make_member(), today=TODAY)
    assert has_consent(case.client, INFORMATION_SHARING, on=TODAY)
    withdraw_consent(consent, on=TODAY, by=case.owner, today=TODAY)
    with pytest.raises(RuleViolation) as refusal:
        withdraw_consent(consent, on=TODAY, by=case.owner, today=TODAY)
    assert refusal.value.code == "already_withdrawn"


def test_an_early_start_is_a_red_clock_from_the_next_working_day_until_a_meeting_has_heard_of_it() -> None:
    case = make_case("applied")

    begun = start(case)

    assert open_duties(case)["emergency_start.report"] == date(2026, 5, 18)
    reported = mark_reported(begun, on=date(2026, 5, 20), by=case.owner)
    assert reported.reported_on == date(2026, 5, 20)
    assert "emergency_start.report" not in open_duties(case)
    assert Event.objects.filter(kind__startswith="emergency_start.").count() == 2


@pytest.mark.parametrize(("reported", "on", "code"), [(None, date(2026, 5, 14), "before_start"), (TODAY, TODAY, "already_reported")])
def test_a_meeting_cannot_have_heard_of_an_early_start_before_it_or_twice(reported: date | None, on: date, code: str) -> None:
    case = make_case("applied")
    begun = start(case)
    if reported:
        mark_reported(begun, on=reported, by=case.owner)

    with pytest.raises(RuleViolation) as refusal:
        mark_reported(begun, on=on, by=case.owner)

    assert refusal.value.code == code


def test_support_that_is_decided_does_not_start_early_but_may_again_between_two_plans() -> None:
    case = make_plan_at("decided").case

    with pytest.raises(RuleViolation) as refusal:
        start(case, on=TODAY, agreed_on=TODAY)

    assert refusal.value.code == "already_decided"
    next_to_come = make_plan_at("evaluated", outcome="replan").case
    assert start(next_to_come, on=TODAY, agreed_on=TODAY).reported_on is None


def test_food_may_be_given_on_the_first_day_but_its_case_does_not_end_before_a_meeting_has_heard_of_it() -> None:
    case = make_case("received")
    begun = start(case, on=RECEIVED, agreed_on=RECEIVED)

    with pytest.raises(RuleViolation) as refusal:
        screen(case, result="referred")

    assert refusal.value.code == "emergency_start_unreported"
    mark_reported(begun, on=TODAY, by=case.owner)
    screen(case, result="referred")
    assert refreshed(case).stage == "ended"


def test_a_consent_that_comes_on_the_same_day_ends_the_screening() -> None:
    case = make_case("received")
    screen(case, result="consent_pending")
    screen(case, result="continue_plan")

    with pytest.raises(RuleViolation) as refusal:
        screen(case, result="info_only")

    assert refusal.value.code == "already_screened"


def test_each_assessment_is_a_version_of_its_own_and_only_the_first_moves_the_case() -> None:
    case = make_case("applied")
    sections = {"money": {"own_income": 120000, "tax": "not_asked", "benefits": ["child_allowance"]}, "complaint": {}}

    first = assess(case, sections=sections, based_on=0)
    second = assess(case, based_on=1, summary="二度目")

    assert (first.number, second.number, refreshed(case).stage) == (1, 2, "assessed")
    assert open_duties(case) == {"plan.make": date(2026, 6, 1)}
    (opened,) = gate.reveal([first], viewer=case.owner, channel="screen")
    assert (opened.sections, opened.issue_traits) == ({"money": sections["money"]}, ["debt"])


def test_the_sheet_starts_from_what_reception_heard_and_later_from_the_last_version() -> None:
    case = make_case("applied")
    assert prefill(case, case.owner).sections == {"complaint": {"words": "家賃を2か月ためている（見本）"}}

    assess(case, summary="一度目", direction="家計から")

    assert prefill(case, case.owner) == (1, {}, ["debt"], "一度目", "家計から")


def test_a_record_says_who_did_what_and_moves_the_day_of_the_last_contact_only_forward() -> None:
    case = make_case()

    kept = record(case, minutes=25, started_at=time(10, 5), counterpart="大家", next_step="分納の相談")
    record(case, on=date(2026, 5, 12))

    assert refreshed(case).last_contact_on == date(2026, 5, 18)
    (opened,) = gate.reveal([kept], viewer=case.owner, channel="screen")
    assert (opened.text, opened.counterpart, opened.next_step, opened.minutes) == ("電話した", "大家", "分納の相談", 25)
    assert not kept.is_after_care


def test_after_closing_a_record_is_after_care_and_an_outcome_still_counts() -> None:
    case = close(make_case("assessed"), on=date(2026, 5, 20))

    assert record(case, on=date(2026, 5, 20)).is_after_care
    assert not record(case, on=date(2026, 5, 19)).is_after_care
    assert outcome(case, on=TODAY).kind == "started_work"


def test_a_revised_record_keeps_its_former_words_and_moves_on_the_timeline() -> None:
    case = make_case()
    kept = record(case, started_at=time(9, 0))

    again = revise(kept, text="折り返しを待つ", on=date(2026, 5, 19))

    assert again.version == 2
    assert Event.objects.get(about_id=kept.pk).happened_on == date(2026, 5, 19)
    (before,) = gate.reveal(Revision.objects.all(), viewer=case.owner, channel="screen")
    assert before.changed == {"text": "電話した", "happened_on": "2026-05-18", "started_at": "09:00:00"}


def revise(kept: SupportRecord, **facts: Any) -> SupportRecord:
    given = {"version": 1, "method": "phone", "text": "電話した", "on": date(2026, 5, 18), "by": kept.case.owner, "today": TODAY}
    return revise_record(kept, **given | facts)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"version": 2}, "stale_version"),
        ({"text": ""}, "no_text"),
        ({"method": "no_such_method"}, "unknown_code"),
        ({"minutes": -5}, "minutes_out_of_range"),
        ({"on": LATER}, "future"),
        ({"on": EARLY}, "before_reception"),
        ({"next_step": "長" * 2001}, "too_long"),
    ],
)
def test_a_revision_that_cannot_be_names_its_rule_and_changes_nothing(facts: dict[str, Any], code: str) -> None:
    case = make_case()
    kept = record(case)
    before = traces(case)

    with pytest.raises(RuleViolation) as refusal:
        revise(kept, **facts)

    assert refusal.value.code == code
    assert traces(case) == before


def test_saving_a_record_unchanged_leaves_no_trace() -> None:
    case = make_case()
    kept = record(case)
    before = traces(case)

    assert revise(kept).version == 1
    assert traces(case) == before


def test_every_step_has_its_line_of_evidence_and_its_event() -> None:
    case = make_case("assessed")
    start(case)
    record(case)
    outcome(case)
    give(case)

    kinds = set(Event.objects.filter(case=case).values_list("kind", flat=True))
    lines = set(AuditLine.objects.filter(verdict="write").values_list("action", flat=True))
    assert (
        kinds
        == lines
        == {
            "case.received",
            "case.screened",
            "case.applied",
            "case.assessed",
            "emergency_start.begun",
            "case.support_recorded",
            "case.outcome_recorded",
            "case.consent_given",
        }
    )
    assert all(line.subjects == [case.client_id] for line in AuditLine.objects.filter(verdict="write"))
