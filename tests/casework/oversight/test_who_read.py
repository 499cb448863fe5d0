"""Who read this person's data: what staff see, what she gets, and who never gets it."""

import io
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pypdf import PdfReader

from accounts import approvals
from accounts.catalogue import Role
from accounts.models import Account, Approval
from audit import reading, trail
from casework.cases.models import Case
from casework.oversight.models import WhoReadRequest
from casework.oversight.who_read import PAPER, ask_for_paper, check_may_be_handed_over, paper_of
from disclosure import gate
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants.hosts import Host
from tests.factories.casework import make_case, supervised_by
from tests.factories.people import PASSWORD, guest, staff
from tests.factories.protection import add_party, flag


@pytest.fixture
def team(centre: Host) -> Account:
    return staff("counsellor", name="見本 一", password=PASSWORD)


@pytest.fixture
def chief(centre: Host) -> Account:
    return staff("chief_counsellor", name="主任 例", password=PASSWORD)


@pytest.fixture
def case(team: Account) -> Case:
    return make_case("screened", by=team)


def read(case: Case, by: Account, purpose: str = "support") -> None:
    if Role.CHIEF_COUNSELLOR in by.roles:
        supervised_by(by, case)
    gate.reveal([case.client, case], viewer=by, channel="screen", purpose=purpose, fields=("name", "memo"))


def ask(case: Case, by: Account, **said: str) -> WhoReadRequest:
    return ask_for_paper(case, by=by, today=clock.today(), **{"requester": "herself", "identity": "photo_id"} | said)


def approved(case: Case, by: Account, second: Account) -> WhoReadRequest:
    asked = ask(case, by)
    approvals.approve(Approval.objects.get(about_id=asked.pk), by=second)
    asked.refresh_from_db()
    return asked


def fresh(browser: Client, who: Account) -> Client:
    """Signed in, with a factor proved just now."""
    browser.force_login(who, backend="accounts.authentication.SignInBackend")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def text_of(answer: HttpResponse) -> str:
    assert answer["Content-Type"] == "application/pdf"
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages))


# -- what is told


def test_reads_are_told_by_person_day_and_reason_and_a_machines_as_a_number(case: Case, team: Account, chief: Account) -> None:
    read(case, team)
    read(case, team)
    read(case, chief)
    with transaction.atomic():
        gate.compute([case.client], rule="test", by=None)
    paper = paper_of(case.client_id, today=clock.today())
    assert [(row.who, row.why, row.times) for row in paper.rows] == [
        ("相談支援員 見本 一さん", "相談を 手伝うため", 2),
        ("主任相談支援員 主任 例さん", "仕事が 正しいかを 確かめるため", 1),
    ]
    machine = reading.lines(subjects=[case.client_id], channel="job").count()
    assert (machine > 0, paper.by_machine) == (True, machine)


def test_a_reason_that_could_be_somebody_elses_secret_is_only_the_centres_work(case: Case, team: Account) -> None:
    read(case, team, purpose="protection-of-another")
    gate.reveal([case.client], viewer=team, channel="pdf", purpose="who_read")
    gate.reveal([case.client], viewer=team, channel="pdf", purpose="inquiry-by-parent")
    row = paper_of(case.client_id, today=clock.today()).rows
    assert {each.why for each in row} <= {"相談を 手伝うため", "センターの 仕事の ため"}


def test_names_of_staff_may_be_left_out(case: Case, team: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    read(case, team)
    monkeypatch.setattr("casework.oversight.who_read.parameters.get", lambda name, *, on: False)
    assert [row.who for row in paper_of(case.client_id, today=clock.today()).rows] == ["相談支援員"]


def test_a_guest_is_somebody_of_another_agency(case: Case, team: Account) -> None:
    trail.record_read("record.read", by=guest(name="来賓 見本"), about=case, channel="screen", purpose="shared")
    assert [row.who for row in paper_of(case.client_id, today=clock.today()).rows] == ["ほかの 機関の 人"]


def test_other_peoples_lines_are_not_hers(case: Case, team: Account) -> None:
    read(make_case(by=team), team)
    assert not paper_of(case.client_id, today=clock.today()).rows


# -- two people, the person herself, a fresh proof


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"requester": "parent"}, "not_for_others"),
        ({"requester": "family"}, "not_for_others"),
        ({"requester": "agent"}, "not_for_others"),
        ({"requester": "other"}, "not_for_others"),
        ({"identity": ""}, "identity_not_checked"),
    ],
)
def test_nobody_but_the_person_herself_gets_it(said: dict[str, str], code: str, case: Case, team: Account) -> None:
    """B33: a parent's or the abuser's request is refused, whoever agrees."""
    with pytest.raises(RuleViolation) as refused:
        ask(case, team, **said)
    assert refused.value.code == code
    assert not WhoReadRequest.objects.exists()


def test_it_takes_a_second_person_who_may_review(case: Case, team: Account, chief: Account) -> None:
    """B33: a single approver is refused."""
    asked = ask(case, team)
    approval = Approval.objects.get(kind=PAPER, about_id=asked.pk)
    for alone in (team, staff("counsellor")):
        with pytest.raises(PermissionDenied):
            approvals.approve(approval, by=alone)
    with pytest.raises(WrongState):
        check_may_be_handed_over(asked, by=team, today=clock.today())
    approvals.approve(approval, by=chief)
    asked.refresh_from_db()
    check_may_be_handed_over(asked, by=team, today=clock.today())
    assert (asked.identity, asked.approved_by) == ("photo_id", chief)


def test_the_one_she_fled_from_does_not_decide_as_chief_either(case: Case, team: Account, chief: Account) -> None:
    """B31"""
    add_party(case, team, name="", account=chief)
    approval = Approval.objects.get(about_id=ask(case, team).pk)
    with pytest.raises(PermissionDenied):
        approvals.approve(approval, by=chief)


def test_the_same_is_not_asked_twice_and_an_old_approval_ends(case: Case, team: Account, chief: Account) -> None:
    asked = ask(case, team)
    with pytest.raises(RuleViolation) as refused:
        ask(case, team)
    assert refused.value.code == "already_asked"
    approvals.approve(Approval.objects.get(about_id=asked.pk), by=chief)
    asked.refresh_from_db()
    with pytest.raises(WrongState) as late:
        check_may_be_handed_over(asked, by=team, today=clock.today() + timedelta(days=15))
    assert late.value.code == "too_late"


def test_somebody_off_the_team_asks_for_nothing(case: Case) -> None:
    with pytest.raises(PermissionDenied):
        ask(case, staff("counsellor"))


# -- pages and paper


def test_the_page_tells_all_and_leaves_its_own_line(case: Case, team: Account, chief: Account, at_centre: Client) -> None:
    read(case, chief)
    shown = fresh(at_centre, team).get(f"/oversight/cases/{case.pk}/").content.decode()
    assert "主任相談支援員 主任 例さん" in shown
    assert "氏名と記録" in shown
    assert "who_read.shown" in {line.action for line in reading.lines(actor=team.pk, verdict="read")}


def test_asking_deciding_and_printing_follow_each_other(case: Case, team: Account, chief: Account, at_centre: Client) -> None:
    read(case, chief)
    fresh(at_centre, team)
    assert at_centre.post(f"/oversight/cases/{case.pk}/ask/", {"requester": "parent", "identity": "photo_id"}).status_code == 422
    assert at_centre.post(f"/oversight/cases/{case.pk}/ask/", {"requester": "herself", "identity": "photo_id"}).status_code == 302
    asked = WhoReadRequest.objects.get()
    paper = f"/oversight/cases/{case.pk}/papers/{asked.pk}/"
    assert at_centre.get(paper).status_code == 409
    assert fresh(at_centre, chief).get(f"/oversight/requests/{asked.pk}/").status_code == 200
    assert at_centre.post(f"/oversight/requests/{asked.pk}/", {"act": "approve"}).status_code == 302
    told = text_of(fresh(at_centre, team).get(paper))
    assert "あなたのきろくを見た人" in told
    assert "主任例さん" in told
    assert "家賃" not in told
    (line,) = [line for line in reading.lines(actor=team.pk) if line.action == "who_read.printed"]
    assert (line.channel, line.facts["request"]) == ("pdf", str(asked.pk))


def test_without_a_fresh_proof_nothing_is_asked_decided_or_printed(case: Case, team: Account, chief: Account, at_centre: Client) -> None:
    asked = approved(case, team, chief)
    at_centre.force_login(team, backend="accounts.authentication.SignInBackend")
    for path in (f"/oversight/cases/{case.pk}/ask/", f"/oversight/cases/{case.pk}/papers/{asked.pk}/"):
        answer = at_centre.get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert at_centre.post(f"/oversight/cases/{case.pk}/ask/", {"requester": "herself", "identity": "known"}).status_code == 403


def test_for_a_protected_person_the_page_warns_to_hand_it_to_nobody_else(case: Case, team: Account, at_centre: Client) -> None:
    page = f"/oversight/cases/{case.pk}/"
    assert "本人に直接手渡して" not in fresh(at_centre, team).get(page).content.decode()
    flag(case, team)
    assert "本人に直接手渡して" in at_centre.get(page).content.decode()
    assert "本人に直接手渡して" in at_centre.get(f"{page}ask/").content.decode()


# -- the command


def test_the_command_tells_the_same_by_number_and_by_id(case: Case, team: Account) -> None:
    read(case, team)
    told = []
    for client in (case.number, str(case.client_id), case.number.replace("R", "ｒ").replace("-", "－")):
        out = StringIO()
        call_command("audit_who_read", "test_a", client, stdout=out, stderr=StringIO())
        told.append([line for line in out.getvalue().splitlines() if "見本 一" in line])
    assert told[0] == told[1] == told[2]
    assert told[0][0].split("\t")[1:] == ["相談支援員 見本 一さん", "氏名と記録", "支援のために画面で", "1回"]


@pytest.mark.parametrize(("centre_name", "client"), [("nowhere", "R8-0001"), ("test_a", "R8-9999"), ("test_a", "x")])
def test_the_command_refuses_what_is_not_there(centre: Host, centre_name: str, client: str) -> None:
    with pytest.raises(CommandError):
        call_command("audit_who_read", centre_name, client)
