"""Personal data leaves as a file with a purpose, a mark, evidence, and beyond twenty people a second person (B4)."""

import csv
import hashlib
import io
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader
from pytest_django import Settings

from accounts import approvals
from accounts.models import Account
from accounts.proofs import PROOF
from audit.models import AuditLine
from casework.cases.models import Case
from exports import exports
from exports.exports import NeedsSecondPerson
from exports.models import Export, ExportState
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants.hosts import Host
from tests.factories.casework import make_case
from tests.factories.people import PASSWORD, staff
from tests.factories.plans import make_draft

LIST = {"view": "all", "format": "xlsx"}
Make = Callable[[], None]


@pytest.fixture
def chief(centre: Host) -> Account:
    return staff("chief_counsellor", email="chief@example.jp", name="主任 見本", password=PASSWORD)


@pytest.fixture
def second(centre: Host) -> Account:
    return staff("centre_admin", name="管理 見本")


@pytest.fixture
def cases(chief: Account) -> list[Case]:
    return [make_case("assessed", by=chief) for _ in range(3)]


@pytest.fixture
def few(settings: Settings) -> None:
    """Three people are already too many."""
    settings.EXPORT_PEOPLE_ALONE = 2


def ask(by: Account, details: Mapping[str, str] = LIST, purpose: str = "check") -> Export:
    return exports.ask("cases.list", details, purpose=purpose, by=by)


def lines(action: str) -> list[AuditLine]:
    return list(AuditLine.objects.filter(action=action).order_by("id"))


def test_a_file_carries_its_mark_and_leaves_one_line_with_whose_and_digest(chief: Account, cases: list[Case]) -> None:
    """B4: who, when, what for and the number stand on the sheet; the trail says of whom and which bytes."""
    export = ask(chief)
    file = exports.hand_over(export, by=chief)
    sheet = load_workbook(io.BytesIO(file.content)).active
    for words in ("主任 見本", "目的：支援の進み具合を確かめる", export.number):
        assert words in sheet["A1"].value
        assert words in sheet.oddFooter.left.text
    assert [row[0].value for row in sheet.iter_rows(min_row=3)] == [case.number for case in sorted(cases, key=lambda case: -case.sequence)]
    (line,) = lines("export.handed_over")
    assert set(line.subjects) == {case.client_id for case in cases}
    assert line.purpose == "check"
    assert line.facts["sha256"] == hashlib.sha256(file.content).hexdigest()
    assert (line.facts["number"], line.facts["people"]) == (export.number, 3)


def test_a_csv_file_carries_it_in_every_row(chief: Account, cases: list[Case]) -> None:
    """B4"""
    export = ask(chief, {"view": "all", "format": "csv"})
    file = exports.hand_over(export, by=chief)
    head, *rows = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    assert len(rows) == 3
    assert all(export.number in row[-1] and "主任 見本" in row[-1] for row in rows)
    assert head[-1] == "書き出し"
    assert {lines(action)[0].channel for action in ("export.asked", "export.handed_over", "record.read")} == {"csv"}


def test_it_is_handed_over_once_and_not_late(chief: Account, cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    export = ask(chief)
    exports.hand_over(export, by=chief)
    with pytest.raises(WrongState, match="受け取れません"):
        exports.hand_over(export, by=chief)
    late, now = ask(chief), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=2))
    with pytest.raises(WrongState, match="受け取れません"):
        exports.hand_over(late, by=chief)


def test_more_people_wait_for_somebody_else(few: None, chief: Account, second: Account, cases: list[Case]) -> None:
    """B4: not ready before a second person said yes, and she is never the one who asked."""
    export = ask(chief)
    assert export.state == ExportState.WAITING
    with pytest.raises(WrongState):
        exports.hand_over(export, by=chief)
    approval = exports.approval_of(export)
    assert approval is not None
    with pytest.raises(PermissionDenied):
        approvals.approve(approval, by=chief)
    with pytest.raises(PermissionDenied):
        approvals.approve(approval, by=staff("counsellor"))
    assert list(exports.waiting_for(second)) == [export]
    approvals.approve(approval, by=second)
    assert exports.hand_over(export, by=chief).content
    with pytest.raises(WrongState):
        exports.hand_over(export, by=chief)


def test_twenty_are_few_and_twenty_one_are_many(settings: Settings) -> None:
    assert settings.EXPORT_PEOPLE_ALONE == 20
    assert not exports.needs_second_person(20)
    assert exports.needs_second_person(21)


def test_a_long_list_cut_into_short_ones_waits_as_well(few: None, chief: Account, second: Account, cases: list[Case]) -> None:
    """B4: people count together for a day; the same ones again, and what somebody else agreed to, count no more."""
    for case in cases:
        Case.objects.filter(pk=case.pk).update(owner=staff("counsellor"))
    parts = [{**LIST, "owner": str(Case.objects.get(pk=case.pk).owner_id)} for case in cases]
    first = [ask(chief, part).state for part in (parts[0], parts[1], parts[0])]
    third = ask(chief, parts[2])
    Export.objects.filter(state=ExportState.READY).update(asked_at=clock.now() - timedelta(hours=25))

    assert first == [ExportState.READY] * 3
    assert third.state == ExportState.WAITING
    approvals.approve(exports.approval_of(third), by=second)
    assert [ask(chief, part).state for part in parts[:2]] == [ExportState.READY] * 2


def test_a_long_list_cut_between_two_accounts_of_one_person_waits_as_well(few: None, chief: Account, cases: list[Case]) -> None:
    """B4, B18: she is one person under both."""
    other = staff("chief_counsellor", email="chief+2@example.jp")
    for case in cases:
        Case.objects.filter(pk=case.pk).update(owner=staff("counsellor"))
    parts = [{**LIST, "owner": str(Case.objects.get(pk=case.pk).owner_id)} for case in cases]

    assert [ask(chief, parts[0]).state, ask(chief, parts[1]).state] == [ExportState.READY] * 2
    assert ask(other, parts[2]).state == ExportState.WAITING


def test_what_was_decided_waits_for_nobody_and_says_what_became_of_it(
    few: None, chief: Account, second: Account, browser: Client, cases: list[Case]
) -> None:
    export = ask(chief)
    assert list(exports.waiting_for(second)) == [export]
    approval = exports.approval_of(export)
    assert approval is not None
    approvals.decline(approval, by=second)

    assert list(exports.waiting_for(second)) == []
    for page in ("/exports/", f"/exports/{export.pk}/"):
        text = browser.get(page).content.decode()
        assert "却下" in text
        assert "承認待ち" not in text


def test_who_was_declined_gets_nothing(few: None, chief: Account, second: Account, cases: list[Case]) -> None:
    export = ask(chief)
    approval = exports.approval_of(export)
    assert approval is not None
    approvals.decline(approval, by=second)
    with pytest.raises(WrongState):
        exports.hand_over(export, by=chief)


def test_permission_and_people_are_those_of_the_moment(chief: Account, cases: list[Case]) -> None:
    """B4: nobody who came after; and without the permission nothing at all."""
    export = ask(chief)
    newcomer = make_case("assessed", by=chief)
    sheet = load_workbook(io.BytesIO(exports.hand_over(export, by=chief).content)).active
    assert newcomer.number not in {row[0].value for row in sheet.iter_rows()}
    export = ask(chief)
    chief.memberships.update(roles=["counsellor"])
    chief.forget_standing()
    with pytest.raises(PermissionDenied):
        exports.hand_over(export, by=chief)


def test_who_may_no_longer_be_in_it_while_it_is_made_stops_it(chief: Account, cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """B4: asked once more under the lock before it is let go; afterwards it can be fetched again."""
    export, kind = ask(chief), exports.kinds()["cases.list"]
    gone: set[object] = set()

    def make_slowly(*arguments: object) -> exports.File:
        gone.add(cases[0].client_id)
        return kind.make(*arguments)  # type: ignore[arg-type]

    changing = kind._replace(make=make_slowly, subjects=lambda account, details: kind.subjects(account, details) - gone)  # type: ignore[arg-type]
    monkeypatch.setattr(exports, "_kinds", {**exports.kinds(), "cases.list": changing})
    with pytest.raises(WrongState) as refused:
        exports.hand_over(export, by=chief)
    assert refused.value.code == "changed_meanwhile"
    assert lines("export.handed_over") == []
    file = exports.hand_over(export, by=chief)
    assert cases[0].number not in {row[0].value for row in load_workbook(io.BytesIO(file.content)).active.iter_rows()}


def test_a_purpose_is_asked_and_nothing_is_exported_of_nobody(chief: Account, cases: list[Case]) -> None:
    for purpose in ("", "just because"):
        with pytest.raises(RuleViolation) as refused:
            ask(chief, purpose=purpose)
        assert refused.value.code == "purpose_missing"
    with pytest.raises(RuleViolation) as refused:
        ask(chief, {**LIST, "stage": "closed"})
    assert refused.value.code == "nothing_to_export"


def test_lists_are_for_whoever_may_take_them(centre: Host) -> None:
    counsellor = staff("counsellor")
    make_case("assessed", by=counsellor)
    with pytest.raises(PermissionDenied):
        ask(counsellor)


def test_the_everyday_paper_comes_at_once_with_mark_and_line(chief: Account) -> None:
    """B4, B5: no page more for one plan; every sheet still says who, when, what for and under which number."""
    case = make_case("assessed", by=chief)
    plan = make_draft(case, by=chief)
    file = exports.paper("plans.plan", {"plan": str(plan.pk)}, purpose="client", by=chief)
    (line,) = lines("export.printed")
    pages = PdfReader(io.BytesIO(file.content)).pages
    for page in pages:
        text = page.extract_text().replace("\n", "")
        for words in ("主任 見本", "ご本人に渡す・説明する", line.facts["number"]):
            assert words in text
    assert set(line.subjects) == {case.client_id}
    assert line.facts["sha256"] == hashlib.sha256(file.content).hexdigest()


def test_a_paper_of_too_many_people_has_to_be_asked_for(settings: Settings, chief: Account) -> None:
    settings.EXPORT_PEOPLE_ALONE = 0
    plan = make_draft(make_case("assessed", by=chief), by=chief)
    with pytest.raises(NeedsSecondPerson):
        exports.paper("plans.plan", {"plan": str(plan.pk)}, purpose="client", by=chief)
    assert lines("export.printed") == []


@pytest.fixture
def browser(chief: Account, at_centre: Client) -> Client:
    at_centre.force_login(chief, backend="accounts.authentication.SignInBackend")
    return at_centre


def prove(browser: Client, seconds_ago: int = 0) -> None:
    """By the page that asks for it, some time ago."""
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    session = browser.session
    session[PROOF] = session[PROOF] | {"at": session[PROOF]["at"] - seconds_ago}
    session.save()


def test_a_list_needs_a_fresh_proof(browser: Client, cases: list[Case]) -> None:
    """B4: to ask and to take; a POST that comes too late changes nothing."""
    prove(browser, seconds_ago=301)
    asking = browser.get("/exports/new/?kind=cases.list&view=all")
    assert asking.status_code == 302
    assert "/accounts/reauthenticate/" in asking["Location"]
    assert browser.post("/exports/new/", {"kind": "cases.list", "view": "all", "purpose": "check"}).status_code == 403
    assert not Export.objects.exists()
    prove(browser)
    assert browser.post("/exports/new/", {"kind": "cases.list", "view": "all", "purpose": ""}).status_code == 422
    asked = browser.post("/exports/new/", {"kind": "cases.list", "view": "all", "purpose": "check"})
    export = Export.objects.get()
    assert asked["Location"] == f"/exports/{export.pk}/"
    assert "ファイルを受け取る" in browser.get(f"/exports/{export.pk}/").content.decode()
    take = f"/exports/{export.pk}/file/"
    assert browser.post(take).status_code == 422
    prove(browser, seconds_ago=301)
    assert browser.post(take, {"number": export.number}).status_code == 403
    assert Export.objects.get().state == ExportState.READY
    prove(browser)
    file = browser.post(take, {"number": export.number})
    assert file["Content-Disposition"] == f'attachment; filename="cases-{export.number}.xlsx"'
    assert browser.post(take, {"number": export.number}).status_code == 409
    assert browser.get("/exports/").status_code == 200


@pytest.mark.parametrize(
    "address", ["?kind=nothing", "?kind=plans.plan&plan=x", "?kind=reporting.records&month=x", "?kind=meetings.papers&meeting=1", ""]
)
def test_an_address_that_names_nothing_is_unknown(address: str, browser: Client) -> None:
    prove(browser)
    assert browser.get(f"/exports/new/{address}").status_code == 404
