import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from audit.models import AuditLine
from casework.cases.models import Case, Duty, Event
from casework.erasures.erasures import erase_further
from casework.history.importing import Imported, import_history
from casework.history.lines import BadLine, read_lines
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
def test_what_is_kept_of_a_line_lets_nobody_without_the_key_try_whether_it_was_she() -> None:
    """B51: neither from a dump, nor after she was erased."""
    line = reception(person={"name": "見本 花子", "phone": "090-0000-0000"})
    run(line)
    (read,) = read_lines([json.dumps(line, ensure_ascii=False).encode()])

    assert ImportedLine.objects.get().digest != read.digest


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
        pytest.param([reception(memo=" ")], 1, "memo", id="empty text"),
        pytest.param([json.dumps(reception(memo="\ud800")).encode()], 1, "memo", id="half a character"),
        pytest.param([reception("C" * 201)], 1, "case", id="endless name"),
        pytest.param([reception(on="2025-W14-2")], 1, "on", id="a week's day"),
        pytest.param([b'{"on": "2025-04-01", "kind": "reception", "case": "C1", "case": "C2", "memo": "a"}'], 1, "case", id="member twice"),
        pytest.param([reception(person={"birth_date": "2025-04-02"})], 1, "person.birth_date", id="born later"),
        pytest.param([reception(concerns=["debt"], main_concern="housing")], 1, "main_concern", id="main concern is no concern"),
        pytest.param([reception(route="by_balloon")], 1, "route", id="unknown route"),
        pytest.param([reception(concerns=["housing", "balloon"], main_concern="housing")], 1, "concerns", id="unknown concern"),
        pytest.param([reception(), reception(on="2025-04-02")], 2, "case", id="case twice"),
        pytest.param([reception(previous="C9")], 1, "previous", id="unknown former case"),
        pytest.param([reception(), reception("C2", on="2025-04-02", previous="C1")], 2, "previous", id="former case still open"),
        pytest.param([reception(), SCREENED | {"case": "C9"}], 2, "case", id="unknown case"),
        pytest.param([reception(), SCREENED | {"result": "maybe"}], 2, "result", id="unknown result"),
        pytest.param([reception(), SCREENED, SCREENED | {"on": "2025-04-03"}], 3, "case", id="screened twice"),
        pytest.param([reception(), APPLIED], 2, "case", id="application before screening"),
        pytest.param([reception(), SCREENED, ASSESSED], 3, "case", id="assessment before application"),
        pytest.param([reception(), SCREENED, APPLIED, PLAN], 4, "case", id="plan before assessment"),
        *(
            pytest.param(
                [reception(), SCREENED, APPLIED, ASSESSED, {name: part for name, part in PLAN.items() if name != missing}],
                5, missing, id=f"plan without {missing}",
            )
            for missing in ("wishes", "issues", "goals", "actions", "cautions")
        ),
        pytest.param(
            [reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, HELD | {"items": HELD["items"] * 2}], 7, "items[2].plan", id="plan heard twice",
        ),
        pytest.param([reception(), AGREED], 2, "plan", id="unknown plan"),
        pytest.param([reception(), SCREENED, APPLIED, ASSESSED, PLAN, HELD], 6, "items[1].plan", id="meeting before agreement"),
        pytest.param([reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, DECIDED], 7, "plan", id="decision before meeting"),
        pytest.param(
            [reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, HELD | {"items": [{"plan": "P1", "decision": "held"}]}],
            7, "items[1].reason", id="held without reason",
        ),
        pytest.param(
            [reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, HELD | {"items": [{"emergency_start": "C1", "decision": "reported"}]}],
            7, "items[1].emergency_start", id="nothing to report",
        ),
        pytest.param([reception(), SCREENED, APPLIED, ASSESSED, PLAN, AGREED, HELD, DECIDED, CLOSING], 9, "case", id="closing before evaluation"),
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


def case_named(name: str) -> Case:
    return Case.objects.get(pk=ImportReference.objects.get(kind="case", name=name).object_id)


@pytest.mark.usefixtures("centre")
def test_the_names_of_a_file_go_with_the_client_and_go_again_after_a_restore() -> None:
    """K7: they lie in clear, so a backup of the app brings them back."""
    run(reception("C1"), reception("C2"), SCREENED, APPLIED, ASSESSED, PLAN)
    client, known = case_named("C1").client, list(ImportReference.objects.all())
    erase_further(client.pk)
    assert [one.name for one in ImportReference.objects.all()] == ["C2"]
    ImportReference.objects.bulk_create(one for one in known if one.name != "C2")
    erase_further(client.pk)
    assert [one.name for one in ImportReference.objects.all()] == ["C2"]


@pytest.mark.usefixtures("centre")
def test_what_an_old_table_leaves_empty_of_a_person_is_not_known() -> None:
    run(reception(person={"name": None, "kana": "", "sex": None, "birth_date": None, "phone": ""}))

    client = Case.objects.get().client
    assert (client.name, client.birth_date, client.contact_ways.count()) == (None, None, 0)


@pytest.mark.usefixtures("centre")
def test_a_main_concern_alone_is_the_one_concern() -> None:
    run(reception(main_concern="debt"))

    assert Case.objects.get().concerns is not None


@pytest.mark.usefixtures("centre")
def test_whoever_returns_again_follows_her_last_case_whichever_of_them_the_file_names() -> None:
    over = {"on": "2025-04-01", "kind": "screening", "result": "info_only"}

    run(reception(), over | {"case": "C1"}, reception("C2", previous="C1"), over | {"case": "C2"}, reception("C3", previous="C1"))

    assert case_named("C3").previous == case_named("C2")
    assert len({case_named(name).client_id for name in ("C1", "C2", "C3")}) == 1


@pytest.mark.usefixtures("centre")
def test_a_whole_path_fits_in_one_day() -> None:
    path = [reception(), SCREENED | {"result": "consent_pending"}, SCREENED]
    start = {"kind": "emergency_start", "case": "C1", "agreed_on": "2025-04-01", "content": "見本"}
    revise = HELD | {"meeting": "M0", "items": [{"plan": "P1", "decision": "to_revise", "reason": "見本"}]}
    heard = HELD | {"items": [*HELD["items"], {"emergency_start": "C1", "decision": "reported"}]}
    outcome = {"kind": "outcome", "case": "C1", "outcome": "started_work"}
    evaluation = {"kind": "evaluation", "plan": "P1", "outcome": "closed", "goals": ["achieved"]}
    path += [start, APPLIED, ASSESSED, PLAN, AGREED, revise, AGREED, heard, outcome, DECIDED, evaluation, CLOSING]
    path += [reception("C2", previous="C1")]

    assert run(*(line | {"on": "2025-04-01"} for line in path)).added == len(path)
    series = monthly_figures(Month.parse("2025-04")).as_series()
    assert {name: series[name] for name in ("new_consultations", "plans_made", "started_work_of_targets", "meetings_held", "closed_cases")} == {
        "new_consultations": 2, "plans_made": 1, "started_work_of_targets": 1, "meetings_held": 2, "closed_cases": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["absent.jsonl", ".", "empty.jsonl"])
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"\n \n")

    with pytest.raises(CommandError, match=r"その場所にありません|フォルダーです|1行もありません"):
        call_command("import_history", "no_matter", str(tmp_path / name), "--as", "nobody@example.test")
