"""The pages of a case's files."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import step_up
from accounts.models import Account
from audit.models import AuditLine
from casework.attachments.models import StoredFile
from casework.cases.blocks import block
from casework.cases.broken_glass import break_glass
from casework.cases.models import Case
from casework.protection.protections import protect
from foundation import clock
from tests.casework.cases.asking import questions
from tests.factories.casework import make_case, make_member
from tests.factories.files import LETTER, stored_file, waiting_file
from tests.factories.objects import Shelf

NAME = "金糸雀さんの通知.txt"


def browser_of(account: Account) -> Client:
    browser = Client(SERVER_NAME="test-a.testserver")
    browser.force_login(account, backend="accounts.authentication.SignInBackend")
    return browser


@pytest.fixture
def browser(counsellor: Account, case: Case) -> Client:
    return browser_of(counsellor)


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "is_fresh", lambda request: True)
    monkeypatch.setattr("disclosure.openings.is_fresh", lambda request: True)


def said(answer: Any) -> str:
    return str(answer.content.decode())


def chosen(name: str = NAME, content: bytes = LETTER, **more: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content), "description": "世帯主あて", **more}


def at(case: Case, rest: str = "") -> str:
    return f"/cases/{case.pk}/files/{rest}"


def test_a_file_is_added_on_the_page_and_waits_there_for_its_inspection(browser: Client, case: Case) -> None:
    assert "まだファイルがありません" in said(browser.get(at(case)))
    answer = browser.post(at(case), chosen(), follow=True)
    assert answer.redirect_chain == [(at(case), 302)]
    assert all(word in said(answer) for word in (NAME, "世帯主あて", "検査待ち", "ファイルを加えました"))
    assert "ファイルを加えた" in said(browser.get(f"/cases/{case.pk}/"))


def test_the_list_looks_again_by_itself_while_an_inspection_may_end_and_not_for_ever(browser: Client, case: Case) -> None:
    looks = 'hx-trigger="load delay:2s"'
    stored_file(case, by=case.owner)
    assert looks not in said(browser.get(at(case)))
    browser.post(at(case), chosen())
    assert looks in said(browser.get(at(case)))
    StoredFile.objects.update(added_at=clock.now() - timedelta(minutes=2))
    assert looks not in said(browser.get(at(case)))


def test_a_double_click_adds_one(browser: Client, case: Case, objects: Shelf) -> None:
    answers = [browser.post(at(case), chosen(idempotency_key="one-click")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert StoredFile.objects.count() == len(objects.objects) == 1


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"description": "世帯主あて"}, "ファイルを選んでください。"),
        (chosen("空.pdf", b""), "中身のないファイルです。"),
        (chosen("計算.xlsm"), "この種類のファイルは添付できません。"),
        (chosen("大.pdf", b"123456"), "ファイルが大きすぎます。"),
    ],
)
def test_what_was_said_about_it_stays_when_it_is_refused(
    browser: Client, case: Case, settings: Any, posted: dict[str, Any], words: str
) -> None:
    settings.FILE_LARGEST = 5
    answer = browser.post(at(case), posted)
    assert answer.status_code == 422
    assert words in said(answer)
    assert 'value="世帯主あて"' in said(answer)


def test_a_store_that_is_away_is_said_with_503_and_nothing_typed_is_lost(browser: Client, case: Case, objects: Shelf) -> None:
    file = stored_file(case, by=case.owner)
    objects.away = True
    answer = browser.post(at(case), chosen())
    assert (answer.status_code, "まだ保存していません" in said(answer), 'value="世帯主あて"' in said(answer)) == (503, True, True)
    answer = browser.get(at(case, f"{file.pk}/copy/"))
    assert (answer.status_code, "保管先から返事がありません" in said(answer)) == (503, True)


def test_the_copy_is_to_be_saved_under_a_name_of_ours_and_nothing_in_it_may_run(browser: Client, case: Case) -> None:
    """B43, B47."""
    file = stored_file(case, by=case.owner, name=NAME)
    answer = browser.get(at(case, f"{file.pk}/copy/"))
    assert (answer.status_code, answer.content) == (200, LETTER)
    assert answer["Content-Disposition"] == f'attachment; filename="{case.number}-{file.pk.hex[:8]}.txt"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")
    line = AuditLine.objects.filter(action="record.read").latest("pk")
    assert (line.channel, line.subjects, line.fields) == ("file", [case.client_id], {"attachments.StoredFile": ["copy_key"]})


def test_before_its_inspection_and_after_a_finding_nothing_is_handed_over(browser: Client, case: Case) -> None:
    """B47: 409, whichever door."""
    waits, bad = waiting_file(case, by=case.owner), stored_file(case, by=case.owner, refusal="macro")
    answers = [browser.get(at(case, f"{file.pk}/{which}/")) for file in (waits, bad) for which in ("copy", "original")]
    assert [answer.status_code for answer in answers] == [409] * 4
    assert "検査が終わるまで" in said(answers[0])
    assert "マクロが入っています。" in said(answers[2])
    page = said(browser.get(at(case)))
    assert ("検査待ち" in page, "マクロが入っています。" in page, "/copy/" in page) == (True, True, False)


def test_without_a_scanner_the_page_says_so_and_offers_the_copy_alone(browser: Client, case: Case) -> None:
    file = stored_file(case, by=case.owner, scanned=False)
    page = said(browser.get(at(case)))
    assert "検査プログラムなし（写しだけ使えます）" in page
    assert (f"{file.pk}/copy/" in page, f"{file.pk}/original/" in page) == (True, False)
    assert browser.get(at(case, f"{file.pk}/original/")).status_code == 409


def test_the_original_needs_a_fresh_proof(browser: Client, case: Case) -> None:
    """B36."""
    file = stored_file(case, by=case.owner)
    answer = browser.get(at(case, f"{file.pk}/original/"))
    assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)
    assert browser.post(at(case, f"{file.pk}/original/")).status_code == 403
    assert not AuditLine.objects.filter(channel="file").exists()


@pytest.mark.usefixtures("proved")
def test_with_a_proof_the_original_is_handed_over_and_the_line_says_that_it_was_the_original(browser: Client, case: Case) -> None:
    file = stored_file(case, by=case.owner)
    assert "撮影場所や作成者" in said(browser.get(at(case, f"{file.pk}/original/")))
    assert browser.post(at(case, f"{file.pk}/original/")).content == LETTER
    assert AuditLine.objects.get(channel="file").fields == {"attachments.StoredFile": ["original_key"]}


def test_of_a_protected_person_nothing_is_opened_without_a_proof(browser: Client, case: Case) -> None:
    file = stored_file(case, by=case.owner)
    protect(case, kind="dv", by=case.owner, today=clock.today())
    assert browser.get(at(case, f"{file.pk}/copy/")).status_code == 302
    assert browser.post(at(case, f"{file.pk}/copy/")).status_code == 403
    assert not AuditLine.objects.filter(channel="file").exists()


@pytest.mark.usefixtures("proved")
def test_of_a_protected_person_a_purpose_is_asked_for_and_stands_in_the_line(browser: Client, case: Case) -> None:
    """B34: nobody can see beforehand whether a letter says where she is."""
    file = stored_file(case, by=case.owner)
    protect(case, kind="dv", by=case.owner, today=clock.today())
    page = at(case, f"{file.pk}/copy/")
    assert "この方は保護されています。" in said(browser.get(page))
    assert browser.post(page, {"purpose": ""}).status_code == 422
    assert browser.post(page, {"purpose": "contact"}).content == LETTER
    line = AuditLine.objects.get(channel="file")
    assert (line.action, line.purpose) == ("protection.opened", "contact")


def test_who_broke_the_glass_sees_the_names_and_is_handed_nothing(case: Case) -> None:
    file, other = stored_file(case, by=case.owner, name=NAME), make_member()
    break_glass(case, reason="person_is_here", words="本人が窓口に来ていて、担当は外出している（見本）", by=other)
    browser = browser_of(other)
    page = said(browser.get(at(case)))
    assert (NAME in page, "/copy/" in page, "ファイルを加える" in page) == (True, False, False)
    assert [browser.get(at(case, f"{file.pk}/{way}/")).status_code for way in ("copy", "original", "remove")] == [403] * 3
    assert browser.post(at(case), chosen()).status_code == 403


def test_a_colleague_is_told_whom_to_ask_and_who_is_blocked_finds_nothing(case: Case) -> None:
    file = stored_file(case, by=case.owner, name=NAME)
    colleague, relative = make_member(), make_member()
    block(case, relative, reason="relative", words="いとこ（見本）", by=make_member("chief_counsellor"))
    for way in ("", f"{file.pk}/copy/", f"{file.pk}/original/", f"{file.pk}/remove/"):
        closed, gone = browser_of(colleague).get(at(case, way)), browser_of(relative).get(at(case, way))
        assert (closed.status_code, NAME in said(closed), gone.status_code) == (403, False, 404)


def test_a_file_is_taken_out_of_the_list_with_a_reason(browser: Client, case: Case) -> None:
    file = stored_file(case, by=case.owner, name=NAME)
    page = at(case, f"{file.pk}/remove/")
    assert NAME in said(browser.get(page))
    assert browser.post(page, {}).status_code == 422
    answer = browser.post(page, {"reason": "wrong_case"}, follow=True)
    assert ("一覧から外しました" in said(answer), NAME in said(answer)) == (True, False)
    assert [browser.get(at(case, f"{file.pk}/{way}/")).status_code for way in ("copy", "remove")] == [404, 404]


def test_another_cases_address_leads_to_no_file(browser: Client, case: Case) -> None:
    file, mine = stored_file(case, by=case.owner), make_case(by=case.owner)
    assert browser.get(at(mine, f"{file.pk}/copy/")).status_code == 404


def test_fifty_files_stand_on_a_page_and_more_files_ask_no_more_questions(browser: Client, case: Case) -> None:
    stored_file(case, by=case.owner)
    browser.get(at(case))
    with questions() as few:
        browser.get(at(case))
    row = StoredFile.objects.get()
    for number in range(51):
        stored_file(case, by=case.owner, name=f"{number}.txt") if number < 3 else copied(row)
    with questions() as many:
        page = said(browser.get(at(case)))
    assert page.count("を外す") + page.count("/remove/") == 50
    assert len(many) <= len(few) + 1  # how many there are


def copied(row: StoredFile) -> None:
    """Another row of the same kind, without the cost of another object."""
    StoredFile.objects.create(
        case=row.case, name="同じもの.txt", family="text", size=1, original_object=StoredFile().pk, original_checksum="x", original_key="00",
        added_by=row.added_by, added_at=row.added_at,
    )  # fmt: skip
