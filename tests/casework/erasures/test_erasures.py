"""Erasing a client: two people, what stands against it, and that nothing of her can be read afterwards, from backups neither."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client as Browser
from moto.server import ThreadedMotoServer
from pytest_django.fixtures import Settings

from accounts import approvals
from accounts.models import Account, Approval
from audit.models import AuditLine
from casework.cases.blocks import block
from casework.cases.models import Case
from casework.cases.records import record_support
from casework.clients.search import find_by_name
from casework.erasures import erasures
from casework.erasures.erasures import ask_erasure, kept_until, lift_hold, obstacles, place_hold
from casework.erasures.models import ErasureRequest
from config.schedule import SCHEDULE
from disclosure import gate
from disclosure.opened import GONE
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from jobs import outbox, tasks
from jobs.models import Job
from tenants.activation import active_host, centre_active, headquarters_active, keys_owner_active
from tests.factories.casework import close, make_case, make_member, phone, refreshed
from tests.factories.people import PASSWORD, staff
from vault import erasing, keys
from vault.models import CentreKey, ClientKey, Erasure

NAME, STORY = "金糸雀 消子", "金糸雀が話したこと"
TODAY = date(2026, 5, 29)
LATER = date(2032, 6, 1)


@pytest.fixture(autouse=True)
def _today(settings: Settings) -> None:
    settings.AS_OF = LATER


def a_closed_case(by: Account) -> Case:
    from casework.cases.reception import receive_person
    from casework.clients.people import CallerFacts, PersonFacts

    case = receive_person(
        on=date(2026, 5, 11), by=by, today=TODAY, person=PersonFacts(NAME, "かなりあ けしこ", date(1974, 5, 3), "female"), memo=STORY,
        concerns=["rent_loan_payment"], contact_ways=[phone("090-1212-3434")], caller=CallerFacts("child", "金糸雀 小鳥", "090-5656-7878"),
    )  # fmt: skip
    record_support(case, method="phone", text=STORY, on=date(2026, 5, 12), by=by, today=TODAY)
    return close(refreshed(case))


def perform_jobs() -> None:
    """What the worker does; telling the ledger to S3 is asked for by the tests that have one."""
    for job in Job.objects.filter(state="waiting", kind="erasures.destroy_keys"):
        assert outbox.perform(job.pk), job.last_error


def erase(case: Case, chief: Account, second: Account) -> ErasureRequest:
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    approvals.approve(Approval.objects.get(about_id=request.pk), by=second)
    perform_jobs()
    request.refresh_from_db()
    return request


@pytest.fixture
def people(centre: object) -> tuple[Account, Account]:
    return make_member("chief_counsellor"), make_member("centre_admin")


# -- who and when


def test_two_people_erase_a_client_and_what_she_said_is_gone(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    request = erase(case, chief, admin)
    assert (request.state, request.approved_by) == ("done", admin)
    assert len(request.keys) == ClientKey.objects.filter(subject__in=erasures.subjects_of(case.client_id)).count() == 4
    assert not ClientKey.objects.filter(pk__in=request.keys, wrapped__isnull=False).exists()
    fresh = Case.objects.get(pk=case.pk)
    heard, client = gate.reveal([fresh, fresh.client], viewer=chief, channel="screen")
    assert {str(client.name), str(client.kana), str(heard.memo)} == {"（消去済み）"}
    assert find_by_name(chief, ["金糸雀"], channel="screen") == []
    assert AuditLine.objects.get(action="client.erased").facts["keys"] == 4
    assert fresh.number


def test_whoever_asked_does_not_decide_and_a_counsellor_does_neither(people: tuple[Account, Account]) -> None:
    chief, _ = people
    case = a_closed_case(chief)
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    approval = Approval.objects.get(about_id=request.pk)
    counsellor = make_member("counsellor")
    for person in (chief, counsellor):
        with pytest.raises(PermissionDenied):
            approvals.approve(approval, by=person)
    with pytest.raises(PermissionDenied):
        ask_erasure(case, reason="period_over", by=counsellor, today=LATER)
    assert not Job.objects.exists()


def test_nobody_is_erased_before_the_period_of_keeping_has_ended(people: tuple[Account, Account]) -> None:
    chief, _ = people
    case = a_closed_case(chief)
    assert kept_until(case.client, on=TODAY) == date(2031, 5, 29)
    with pytest.raises(RuleViolation) as refused:
        ask_erasure(case, reason="person_asked", by=chief, today=date(2031, 5, 29))
    assert refused.value.code == "retention_running"
    assert ask_erasure(case, reason="person_asked", early_reason="law", by=chief, today=date(2031, 5, 29)).early_reason == "law"


def test_an_open_case_stands_against_it_at_asking_and_at_deciding(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    make_case(by=chief, previous=case, on=TODAY)
    assert [found.code for found in obstacles(case.client, on=LATER)] == ["case_open"]
    with pytest.raises(RuleViolation) as refused:
        approvals.approve(Approval.objects.get(about_id=request.pk), by=admin)
    assert refused.value.code == "case_open"
    assert ErasureRequest.objects.get().state == "asked"


def test_a_hold_stops_it_and_voids_what_waits(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    place_hold(case, reason="dispute", by=chief, today=LATER)
    with pytest.raises(WrongState):
        approvals.approve(Approval.objects.get(about_id=request.pk), by=admin)
    with pytest.raises(RuleViolation) as refused:
        ask_erasure(case, reason="period_over", by=chief, today=LATER)
    assert refused.value.code == "on_hold"
    lift_hold(case, by=chief, today=LATER)
    assert erase(case, chief, admin).state == "done"


def test_nobody_is_told_that_she_is_kept_once_it_was_decided(people: tuple[Account, Account]) -> None:
    """Between the decision and the job, too: whoever holds her for a dispute would learn too late that nothing is left."""
    chief, admin = people
    case = a_closed_case(chief)
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    approvals.approve(Approval.objects.get(about_id=request.pk), by=admin)
    for step in (lambda: None, perform_jobs):
        step()
        with pytest.raises(WrongState) as refused:
            place_hold(case, reason="dispute", by=chief, today=LATER)
        assert refused.value.code == "already_erased"


def test_asked_twice_or_erased_already_is_said(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    ask_erasure(case, reason="period_over", by=chief, today=LATER)
    with pytest.raises(RuleViolation) as refused:
        ask_erasure(case, reason="period_over", by=chief, today=LATER)
    assert refused.value.code == "already_asked"
    approvals.approve(Approval.objects.get(), by=admin)
    perform_jobs()
    with pytest.raises(RuleViolation) as refused:
        ask_erasure(case, reason="period_over", by=chief, today=LATER)
    assert refused.value.code == "already_erased"


def test_nothing_is_written_about_her_any_more_and_no_new_key_is_made(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    erase(case, chief, admin)
    with pytest.raises(keys.KeyGone):
        record_support(case, method="phone", text="また（見本）", on=TODAY, by=chief, today=LATER)
    with pytest.raises(keys.KeyGone):
        keys.keys_for([keys.Owner(case.client_id, "whereabouts")])


def test_a_worker_killed_between_the_keys_and_its_own_commit_does_it_again(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    approvals.approve(Approval.objects.get(), by=admin)
    erasing.erase_subjects("test_a", erasures.subjects_of(case.client_id), erasing.Decided("period_over", "x", "y"))
    perform_jobs()
    request.refresh_from_db()
    assert (request.state, len(request.keys)) == ("done", 4)
    assert Erasure.objects.filter(subject=case.client_id).count() == 1


def test_others_of_the_centre_stay_readable(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case, other = a_closed_case(chief), make_case(by=chief)
    erase(case, chief, admin)
    (client,) = gate.reveal([Case.objects.get(pk=other.pk).client], viewer=chief, channel="screen")
    assert isinstance(client.name, str)


# -- pages


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts import step_up

    monkeypatch.setattr(step_up, "is_fresh", lambda request: True)


def signed_in(account: Account) -> Browser:
    browser = Browser(SERVER_NAME="test-a.testserver")
    browser.force_login(account, backend="accounts.authentication.SignInBackend")
    return browser


def test_the_page_asks_for_a_fresh_proof(people: tuple[Account, Account]) -> None:
    chief, _ = people
    chief.set_password("nagai-yoru-no-akari")
    chief.save(update_fields=["password"])
    case = a_closed_case(chief)
    browser = signed_in(chief)
    assert browser.get(f"/cases/{case.pk}/erasure/").status_code == 302
    assert browser.post(f"/cases/{case.pk}/erasure/", {"reason": "period_over"}).status_code == 403
    assert not ErasureRequest.objects.exists()


@pytest.mark.usefixtures("proved")
def test_asked_on_the_page_approved_by_another_and_her_pages_say_so(people: tuple[Account, Account]) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    browser = signed_in(chief)
    assert "記録の消去を求める" in browser.get(f"/cases/{case.pk}/").content.decode()
    assert "消去を求める" in browser.get(f"/cases/{case.pk}/erasure/").content.decode()
    assert browser.post(f"/cases/{case.pk}/erasure/", {"reason": ""}).status_code == 422
    assert browser.post(f"/cases/{case.pk}/erasure/", {"reason": "period_over"}).status_code == 302
    assert "承認を待っています" in browser.get(f"/cases/{case.pk}/erasure/").content.decode()
    approvals.approve(Approval.objects.get(), by=admin)
    perform_jobs()
    page = browser.get(f"/cases/{case.pk}/").content.decode()
    assert "この方の記録は消去済みです" in page
    assert not any(word in page for word in (NAME, STORY, "090-1212-3434", "金糸雀"))
    assert "消去済みです" in browser.get(f"/cases/{case.pk}/erasure/").content.decode()


@pytest.mark.usefixtures("proved")
def test_holding_and_lifting_on_the_page(people: tuple[Account, Account]) -> None:
    chief, _ = people
    case = a_closed_case(chief)
    browser = signed_in(chief)
    assert browser.post(f"/cases/{case.pk}/erasure/hold/", {}).status_code == 422
    assert browser.post(f"/cases/{case.pk}/erasure/hold/", {"hold_reason": "dispute"}).status_code == 302
    page = browser.get(f"/cases/{case.pk}/erasure/").content.decode()
    assert "係争・苦情のため、保留中です" in page
    assert browser.post(f"/cases/{case.pk}/erasure/", {"reason": "period_over"}).status_code == 422
    assert browser.post(f"/cases/{case.pk}/erasure/hold/lift/").status_code == 302
    assert browser.post(f"/cases/{case.pk}/erasure/hold/lift/").status_code == 409


PAGES = ["", "edit/", "assessment/", "screen/", "apply/", "consents/", "emergency/", "outcome/", "team/", "plans/"]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_of_an_erased_case_breaks(people: tuple[Account, Account], page: str) -> None:
    chief, admin = people
    case = a_closed_case(chief)
    erase(case, chief, admin)
    browser = signed_in(chief)
    for answer in (browser.get(f"/cases/{case.pk}/{page}"), browser.post(f"/cases/{case.pk}/{page}", FILLED)):
        assert answer.status_code in {200, 302, 403, 405, 409, 422}, answer.status_code
        assert "金糸雀" not in answer.content.decode()


FILLED = {
    "on": "今日", "text": "話した（見本）", "method": "phone", "note": "見本", "memo": "見本", "name": "見本", "kana": "みほん", "version": "1",
    "client_version": "1", "case_version": "1", "kind": "information_sharing", "scope": "見本", "content": "見本", "summary": "見本",
    "result": "continue_plan", "consents": ["information_sharing"], "agreed_on": "今日",
}  # fmt: skip


# -- after a restore


def dump(database: str, file: Path) -> None:
    _run("pg_dump", "-Fc", "-f", str(file), database)


def restore(file: Path, database: str) -> None:
    _run("pg_restore", "--clean", "--if-exists", "-d", database, str(file))


def _run(program: str, *arguments: str) -> None:
    address = connections["default"].settings_dict
    command = [str(Path(os.environ["PG_BIN"]) / program), "-h", address["HOST"], "-p", address["PORT"], "-U", "postgres", *arguments]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PGPASSWORD": os.environ["PG_SUPERUSER_PASSWORD"]})


def restored(which: str, logins: str, file: Path) -> None:
    for used in connections.all():
        used.close()
        used.close_pool()
    restore(file, logins + which)
    keys.forget()


def name_now(case: Case, viewer: Account) -> Any:
    (client,) = gate.reveal([Case.objects.get(pk=case.pk).client], viewer=viewer, channel="screen")
    return client.name


def erased_after_backups(logins: str, tmp_path: Path) -> tuple[Case, Account]:
    with centre_active("test_a"):
        chief, admin = make_member("chief_counsellor"), make_member("centre_admin")
        case = a_closed_case(chief)
        for which in ("", "_keys"):
            dump(logins + which, tmp_path / f"yesterday{which}")
        erase(case, chief, admin)
    return case, chief


def test_yesterdays_database_with_todays_keys_is_unreadable(logins: str, tmp_path: Path) -> None:
    """K7: the backup of the app brings her rows back, and nobody can open them."""
    case, chief = erased_after_backups(logins, tmp_path)
    restored("", logins, tmp_path / "yesterday")
    with centre_active("test_a"):
        assert not ErasureRequest.objects.filter(state="done").exists()
        assert str(name_now(case, chief)) == "（消去済み）"


def test_an_old_database_of_keys_is_erased_again_by_the_ledger(logins: str, tmp_path: Path) -> None:
    """K7: the ledger, kept outside, is replayed and leaves no row."""
    case, chief = erased_after_backups(logins, tmp_path)
    call_command("erasure_ledger", out=tmp_path / "ledger")
    restored("_keys", logins, tmp_path / "yesterday_keys")
    with centre_active("test_a"):
        assert name_now(case, chief) == NAME  # this is what the replay is for
    said = StringIO()
    call_command("replay_erasures", str(tmp_path / "ledger"), stdout=said)
    assert "残り 0 本" in said.getvalue()
    assert erasing.still_alive() == 0
    with centre_active("test_a"):
        assert str(name_now(case, chief)) == "（消去済み）"
        assert not ClientKey.objects.filter(subject__in=erasures.subjects_of(case.client_id), wrapped__isnull=False).exists()


@pytest.fixture
def ledger(settings: Settings) -> Iterator[None]:
    """The place outside where the ledger is told."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        settings.S3_ENDPOINT_URL, settings.S3_BUCKET = f"http://{host}:{port}", f"ledger-{uuid4()}"
        erasing._store().create_bucket(Bucket=settings.S3_BUCKET)
        yield
    finally:
        server.stop()


def test_the_ledger_lies_in_s3_too(logins: str, tmp_path: Path, ledger: None) -> None:
    case, chief = erased_after_backups(logins, tmp_path)
    with centre_active("test_a"):
        assert outbox.perform(Job.objects.get(kind="erasures.tell_ledger").pk)
    assert {line.subject for line in erasing.told_outside()} == set(_subjects(case))
    restored("_keys", logins, tmp_path / "yesterday_keys")
    call_command("replay_erasures", stdout=StringIO())
    with centre_active("test_a"):
        assert str(name_now(case, chief)) == "（消去済み）"


def test_what_could_not_be_told_for_half_an_hour_is_told_in_the_night(logins: str, tmp_path: Path, ledger: None) -> None:
    """K7: parked, her line would stay in `keys` alone, and a backup of `keys` would bring her back."""
    case, _ = erased_after_backups(logins, tmp_path)
    with centre_active("test_a"):
        Job.objects.filter(kind="erasures.tell_ledger").update(state="parked", ended_at=clock.now())
        in_the_night()
    assert {line.subject for line in erasing.told_outside()} == set(_subjects(case))


def in_the_night() -> None:
    """What the clock asks of every centre, and what that asks for."""
    for kind in ("erasures.take_up_again", "erasures.destroy_keys", "erasures.tell_ledger"):
        if kind in SCHEDULE:
            tasks._asked_for(kind)(active_host())
        for job in Job.objects.filter(kind=kind, state="waiting"):
            assert outbox.perform(job.pk), job.last_error


def test_an_erasure_that_met_no_keys_for_half_an_hour_is_taken_up_again_in_the_night(people: tuple[Account, Account], ledger: None) -> None:
    """Two people have decided; a server that was away does not keep her readable for ever."""
    chief, admin = people
    case = a_closed_case(chief)
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    approvals.approve(Approval.objects.get(), by=admin)
    Job.objects.update(state="parked", ended_at=clock.now())
    in_the_night()
    request.refresh_from_db()
    assert request.state == "done"
    assert not ClientKey.objects.filter(subject=case.client_id, wrapped__isnull=False).exists()


def _subjects(case: Case) -> list[UUID]:
    with centre_active("test_a"):
        return erasures.subjects_of(case.client_id)


@pytest.mark.parametrize("rubbish", [b"{}", b"[]", b"1", b"{", b"\xff", b'{"centre": "a", "subject": 1}'])
def test_a_ledger_that_cannot_be_read_is_said_with_its_place(logins: str, tmp_path: Path, ledger: None, rubbish: bytes) -> None:
    with pytest.raises(CommandError, match="FileNotFoundError"):
        call_command("replay_erasures", str(tmp_path / "nowhere"))
    (tmp_path / "rubbish").write_bytes(b"\n" + rubbish)
    with pytest.raises(CommandError, match="rubbish の 2 行目"):
        call_command("replay_erasures", str(tmp_path / "rubbish"))
    erasing._store().put_object(Bucket=settings.S3_BUCKET, Key="erasures/test_a/x.json", Body=rubbish)
    with pytest.raises(CommandError, match=r"erasures/test_a/x\.json"):
        call_command("replay_erasures")


# -- the end of a centre


@pytest.fixture
def two_centres(logins: str) -> dict[str, tuple[Case, Account]]:
    found = {}
    for schema in ("test_a", "test_b"):
        with centre_active(schema):
            chief = make_member("chief_counsellor")
            found[schema] = a_closed_case(chief), chief
    return found


def end_centre(out: Path, **other: str) -> None:
    with centre_active("test_a"):
        asked = make_member("centre_admin").email
    with headquarters_active():
        approved = make_member("privacy_officer").email
    options = {"confirm": "test_a", "asked_by": asked, "approved_by": approved} | other
    call_command("erase_centre_keys", "test_a", out=out, stdout=StringIO(), **options)


def test_with_the_centres_key_gone_dump_objects_and_secrets_open_nothing(
    two_centres: dict[str, tuple[Case, Account]], logins: str, tmp_path: Path, ledger: None
) -> None:
    """K8, K9: not a canary is left in reach of whoever has the dump, the database of keys, the root key and every secret."""
    case, chief = two_centres["test_a"]
    with centre_active("test_a"):
        cells = [(row, name) for row in (Case.objects.get(pk=case.pk), Case.objects.get(pk=case.pk).client) for name in sealed_names(row)]
    end_centre(tmp_path / "certificate.json")
    with centre_active("test_a"):
        assert len(cells) >= 5
        for row, name in cells:
            (opened,) = gate.reveal([type(row).objects.get(pk=row.pk)], viewer=chief, channel="screen")
            assert getattr(opened, name) is GONE
        with pytest.raises(keys.KeyGone):
            keys.keys_for([keys.Owner(None, "general")])
    for which in ("", "_keys"):
        dump(logins + which, tmp_path / f"dump{which}")
        content = (tmp_path / f"dump{which}").read_bytes()
        assert not any(canary.encode() in content for canary in (NAME, STORY, "090-1212-3434"))
    assert CentreKey.objects.get(pk="test_a").wrapped is None
    assert not ClientKey.objects.filter(centre="test_a", wrapped__isnull=False).exists()
    other, other_chief = two_centres["test_b"]
    with centre_active("test_b"):
        assert name_now(other, other_chief) == NAME


def sealed_names(row: Any) -> list[str]:
    from vault.fields import sealed_fields

    return [field.name for field in sealed_fields(type(row)) if row.__dict__.get(field.attname) is not None]


def test_the_certificate_names_keys_time_and_two_people(two_centres: dict[str, tuple[Case, Account]], tmp_path: Path, ledger: None) -> None:
    """K10 of a centre's life: what is handed over at the end of the contract."""
    held = {str(key.pk) for key in ClientKey.objects.filter(centre="test_a")}
    end_centre(tmp_path / "certificate.json")
    certificate = json.loads((tmp_path / "certificate.json").read_text())
    assert set(certificate["keys"]) == held
    assert certificate["asked_by"] != certificate["approved_by"]
    assert {"at", "centre", "reason", "last_audit_head"} <= certificate.keys()


def test_a_centre_that_ended_does_not_come_back_with_an_old_database_of_keys(
    two_centres: dict[str, tuple[Case, Account]], logins: str, tmp_path: Path, ledger: None
) -> None:
    """B59: its line of the ledger lies outside like everybody's."""
    dump(logins + "_keys", tmp_path / "yesterday_keys")
    end_centre(tmp_path / "certificate.json")
    restored("_keys", logins, tmp_path / "yesterday_keys")
    assert CentreKey.objects.get(pk="test_a").wrapped is not None

    call_command("replay_erasures", stdout=StringIO())

    assert CentreKey.objects.get(pk="test_a").wrapped is None
    assert not ClientKey.objects.filter(centre="test_a", wrapped__isnull=False).exists()


def test_killed_before_its_certificate_it_is_written_by_the_next_run(
    two_centres: dict[str, tuple[Case, Account]], tmp_path: Path, ledger: None
) -> None:
    out = tmp_path / "certificate.json"
    out.touch()  # what a run that was killed left behind
    with keys_owner_active():
        erasing.erase_centre("test_a", erasing.Decided("contract_ended", "first", "second"))
    end_centre(out)
    certificate = json.loads(out.read_text())
    assert (certificate["asked_by"], certificate["approved_by"]) == ("first", "second")
    with pytest.raises(CommandError, match="もうあります"):
        end_centre(out)


def test_there_is_no_certificate_before_the_ledger_lies_outside(
    two_centres: dict[str, tuple[Case, Account]], tmp_path: Path, ledger: None, settings: Settings
) -> None:
    out, there = tmp_path / "certificate.json", settings.S3_ENDPOINT_URL
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match="もう一度実行"):
        end_centre(out)
    assert out.read_text() == ""
    settings.S3_ENDPOINT_URL = there
    end_centre(out)
    assert [line.centre for line in erasing.told_outside()] == ["test_a"]


def test_two_accounts_of_one_person_do_not_end_a_centre(two_centres: dict[str, tuple[Case, Account]], tmp_path: Path, ledger: None) -> None:
    with centre_active("test_a"):
        staff("centre_admin", email="one@example.jp")
    with headquarters_active():
        staff("privacy_officer", email="one+hq@example.jp")
    with pytest.raises(CommandError, match="別の人"):
        end_centre(tmp_path / "certificate.json", asked_by="one@example.jp", approved_by="one+hq@example.jp")
    assert CentreKey.objects.get(pk="test_a").wrapped is not None


def test_nothing_is_destroyed_when_the_certificate_could_not_be_written(
    two_centres: dict[str, tuple[Case, Account]], tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="書けません: その場所にありません"):
        end_centre(tmp_path / "nowhere" / "certificate.json")
    with pytest.raises(CommandError, match="書けません: その場所にありません"):
        call_command("erasure_ledger", out=tmp_path / "nowhere" / "ledger")
    assert CentreKey.objects.get(pk="test_a").wrapped is not None


@pytest.mark.parametrize("wrong", [{"confirm": "test_b"}, {"approved_by": "nobody@example.test"}])
def test_a_centre_is_not_ended_by_mistake(two_centres: dict[str, tuple[Case, Account]], tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        end_centre(tmp_path / "certificate.json", **wrong)
    assert CentreKey.objects.get(pk="test_a").wrapped is not None


def test_who_decides_is_told_the_cases_number_and_is_nobody_from_whom_the_client_is_hidden(people: tuple[Account, Account]) -> None:
    chief, relative = people
    case = a_closed_case(chief)
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    asked = Approval.objects.get(about_id=request.pk)
    assert [approvals.about_of(one) for one in approvals.to_decide(relative)] == [case.number]

    block(case, relative, reason="relative", words="", by=chief)

    assert approvals.to_decide(relative) == []
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, by=relative)


def test_who_decides_reads_before_she_does_that_nothing_brings_it_back(people: tuple[Account, Account], at_centre: Browser) -> None:
    chief, _ = people
    request = ask_erasure(a_closed_case(chief), reason="period_over", by=chief, today=LATER)
    asked = Approval.objects.get(about_id=request.pk)
    at_centre.force_login(staff("centre_admin", password=PASSWORD), backend="accounts.authentication.SignInBackend")
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = at_centre.get(f"/manage/approvals/{asked.pk}/").content.decode()

    assert "元に戻せません" in page
    assert page.index("元に戻せません") < page.index("承認する</button>")
