import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditLine
from casework.cases.models import Case, Duty, Event
from casework.history.importing import Imported, import_history
from casework.history.lines import BadLine
from casework.history.models import ImportedLine, ImportReference
from casework.reporting.figures import monthly_figures
from casework.reporting.months import Month
from tests.factories.casework import make_member
from vault.models import ClientKey

DATA = Path(__file__).resolve().parents[2] / "data"
YEAR = (DATA / "minato-2025.jsonl").read_bytes().splitlines()
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "minato-2025.expected.json").read_text())


def reception(case: str = "C1", on: str = "2025-04-01", **members: Any) -> dict[str, Any]:
    return {"on": on, "kind": "reception", "case": case, "memo": "見本"} | members


def run(*lines: dict[str, Any] | bytes) -> Imported:
    return import_history(
        [line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines],
        by=make_member("chief_counsellor"),
    )


@pytest.mark.usefixtures("centre")
def test_the_year_of_the_file_gives_the_expected_series_of_all_twelve_months_and_a_second_run_changes_nothing() -> None:
    chief = make_member("chief_counsellor")

    assert import_history(YEAR, by=chief) == Imported(added=len(YEAR), known=0)
    made = {month: monthly_figures(Month.parse(month)).as_series() for month in EXPECTED}
    assert made == EXPECTED

    before = (Case.objects.count(), Event.objects.count(), AuditLine.objects.count())
    assert import_history(YEAR, by=chief) == Imported(added=0, known=len(YEAR))
    assert (Case.objects.count(), Event.objects.count(), AuditLine.objects.count()) == before


@pytest.mark.usefixtures("centre")
def test_a_longer_file_adds_only_what_is_new() -> None:
    run(reception("C1"))

    assert run(reception("C1"), reception("C2", on="2025-04-02")) == Imported(added=1, known=1)
    assert Case.objects.count() == 2


@pytest.mark.usefixtures("centre")
def test_two_equal_records_of_one_file_are_two_records() -> None:
    run(reception(), RECORD, RECORD)

    assert Case.objects.get().records.count() == 2


SCREENED = {"on": "2025-04-02", "kind": "screening", "case": "C1", "result": "continue_plan"}
APPLIED = {"on": "2025-04-03", "kind": "application", "case": "C1", "consents": ["information_sharing"]}
ASSESSED = {"on": "2025-04-04", "kind": "assessment", "case": "C1", "issue_traits": ["debt"], "summary": "見本"}
PLAN = {
    "on": "2025-04-05", "kind": "plan", "case": "C1", "plan": "P1", "wishes": "望み", "issues": "課題", "cautions": "注意",
    "goals": [{"text": "目標", "target_date": "2025-10-01"}], "actions": [{"text": "面談", "actor": "counsellor"}],
    "service_uses": ["legal_advice"], "employment_target": True,
}  # fmt: skip
AGREED = {"on": "2025-04-06", "kind": "agreement", "plan": "P1"}
HELD = {
    "on": "2025-04-09", "kind": "meeting", "meeting": "M1", "attendees": ["centre"], "items": [{"plan": "P1", "decision": "approved"}],
}  # fmt: skip
DECIDED = {"on": "2025-04-10", "kind": "decision", "plan": "P1", "decision_kind": "decision"}
RECORD = {"on": "2025-04-02", "kind": "record", "case": "C1", "method": "phone", "minutes": 30, "text": "見本"}
CLOSING = {"on": "2025-04-11", "kind": "closing", "case": "C1", "reason": "resolved"}


@pytest.mark.parametrize(
    ("lines", "number", "field"),
    [
        pytest.param([reception(), b"{not json"], 2, "", id="no json"),
        pytest.param([reception(), b"[1]"], 2, "", id="no object"),
        pytest.param([reception(), b'{"on": "2025-04-02", "kind": "record", "minutes": NaN}'], 2, "", id="no number"),
        pytest.param([reception(), b"\xff\xfe"], 2, "", id="no text"),
        pytest.param([reception(), {"on": "2025-04-02", "kind": "party"}], 2, "kind", id="unknown kind"),
        pytest.param([reception(), SCREENED | {"colour": "red"}], 2, "colour", id="unknown member"),
        pytest.param([{"on": "2025-04-01", "kind": "reception"}], 1, "case", id="member missing"),
        pytest.param([reception(on="2025-02-30")], 1, "on", id="no such day"),
        pytest.param([reception(on="2999-01-01")], 1, "on", id="a day to come"),
        pytest.param([reception(), reception("C2", on="2025-03-31")], 2, "on", id="not in order"),
        pytest.param([reception(person={"name": 5})], 1, "person.name", id="wrong type inside"),
        pytest.param([reception(person={"phone": ""})], 1, "person.phone", id="empty text"),
        pytest.param([reception(route="by_balloon")], 1, "route", id="unknown route"),
        pytest.param([reception(concerns=["housing", "balloon"], main_concern="housing")], 1, "concerns", id="unknown concern"),
        pytest.param([reception(), reception(on="2025-04-02")], 2, "case", id="case twice"),
        pytest.param([reception(previous="C9")], 1, "previous", id="unknown former case"),
        pytest.param([reception(), reception("C2", on="2025-04-02", previous="C1")], 2, "", id="former case still open"),
        pytest.param([reception(), SCREENED | {"case": "C9"}], 2, "case", id="unknown case"),
        pytest.param([reception(), SCREENED | {"result": "maybe"}], 2, "result", id="unknown result"),
        pytest.param([reception(), SCREENED, SCREENED | {"on": "2025-04-03"}], 3, "", id="screened twice"),
        pytest.param([reception(), APPLIED], 2, "", id="application before screening"),
        pytest.param([reception(), SCREENED, ASSESSED], 3, "", id="assessment before application"),
        pytest.param([reception(), SCREENED, APPLIED, PLAN], 4, "", id="plan before assessment"),
        pytest.param([reception(), AGREED], 2, "plan", id="unknown plan"),
        pytest.param([reception(), SCREENED, APPLIED, ASSESSED, PLAN, HELD], 6, "items[1]", id="meeting before agreement"),
        pytest.param([reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, DECIDED], 7, "", id="decision before meeting"),
        pytest.param(
            [reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, HELD | {"items": [{"plan": "P1", "decision": "held"}]}],
            7, "items[1]", id="held without reason",
        ),
        pytest.param(
            [reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, HELD | {"items": [{"emergency_start": "C1", "decision": "reported"}]}],
            7, "items[1].emergency_start", id="nothing to report",
        ),
        pytest.param([reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, HELD, DECIDED, CLOSING], 9, "", id="closing before evaluation"),
        pytest.param([reception(), RECORD | {"minutes": -5}], 2, "minutes", id="less than no time"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("centre")
def test_a_wrong_line_is_named_with_its_member_and_nothing_of_the_file_remains(lines: list[Any], number: int, field: str) -> None:
    with pytest.raises(BadLine) as wrong:
        run(*lines)

    assert (wrong.value.number, wrong.value.field) == (number, field), str(wrong.value)
    assert wrong.value.reason
    for model in (Case, Event, Duty, ImportedLine, ImportReference):
        assert not model.objects.exists(), model
    assert not ClientKey.objects.filter(subject__isnull=False).exists()
    assert not AuditLine.objects.filter(verdict="write").exists()


@pytest.mark.usefixtures("centre")
def test_a_wrong_line_leaves_a_centre_with_earlier_work_as_it_was() -> None:
    run(reception("C1"))
    before = list(Case.objects.values_list("number", "stage", "version"))

    with pytest.raises(BadLine, match="3行目"):
        run(reception("C1"), reception("C2", on="2025-04-02"), SCREENED | {"result": "maybe", "on": "2025-04-03"})

    assert list(Case.objects.values_list("number", "stage", "version")) == before


@pytest.mark.usefixtures("centre")
def test_a_counsellor_may_not_take_a_past_over() -> None:
    with pytest.raises(PermissionDenied):
        import_history([json.dumps(reception()).encode()], by=make_member("counsellor"))


@pytest.mark.usefixtures("centre")
def test_the_days_of_the_file_are_the_days_of_the_case_and_its_account_the_one_who_records() -> None:
    chief = make_member("chief_counsellor")

    import_history([json.dumps(reception()).encode()], by=chief)

    case = Case.objects.get()
    assert (case.received_on, case.received_by, case.number) == (date(2025, 4, 1), chief, "R7-0001")
