"""Adding, inspecting, opening and removing a file on a case, by the functions behind the pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from pytest_django import Settings

from accounts.models import Account
from audit.models import AuditLine
from audit.trail import EvidenceUnavailable
from casework.attachments import inspections
from casework.attachments import objects as lying_objects
from casework.attachments.downloads import Which, read_file
from casework.attachments.files import INSPECT, Brought, add_file, find_file, open_files, remove_file
from casework.attachments.models import StoredFile
from casework.cases.models import Case, Event
from disclosure import contents
from disclosure.gate import Refused
from files import inspection, store
from files.scanner import ScannerAway
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from jobs import outbox
from jobs.models import Job
from tests.factories.casework import make_case, make_member, refreshed
from tests.factories.files import LETTER, looked_at, stored_file, waiting_file
from tests.factories.objects import Shelf
from tests.files.samples import CANARY, EICAR, photo
from vault.refusals import SealBroken

NAME = "金糸雀さんの通知.txt"


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(RuleViolation) as refusal:
        act()
    return refusal.value.code


def the_job() -> Job:
    return Job.objects.get(kind=INSPECT)


# -- adding


def test_what_is_called_saved_lies_sealed_in_the_store_under_a_name_that_says_nothing(
    case: Case, counsellor: Account, objects: Shelf
) -> None:
    """B52."""
    file = add_file(case, Brought(NAME, LETTER, "世帯主あての通知"), by=counsellor)
    assert list(objects.objects) == [f"attachments/test_a/{file.original_object}"]
    (sealed,) = objects.objects.values()
    assert LETTER not in sealed
    assert LETTER[:12] not in sealed
    assert file.original_object not in {file.pk, case.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(f)::text FROM attachments_storedfile f")
        row = cursor.fetchone()[0]
    assert not any(word in row or word.encode().hex() in row for word in (NAME, "金糸雀", "世帯主"))


def test_adding_one_leaves_a_line_an_event_and_a_job_in_its_transaction(case: Case, counsellor: Account) -> None:
    file = waiting_file(case, by=counsellor)
    line = AuditLine.objects.get(action="file.added")
    assert (line.subjects, line.facts) == ([case.client_id], {"family": "text", "size": len(LETTER)})
    assert Event.objects.filter(case=case, kind="file.added", about_id=file.pk).exists()
    assert the_job().reference_id == file.pk


def test_a_store_that_is_away_has_saved_nothing_and_no_row_says_otherwise(case: Case, counsellor: Account, objects: Shelf) -> None:
    objects.away = True
    with pytest.raises(store.StoreAway):
        waiting_file(case, by=counsellor)
    assert not StoredFile.objects.exists()
    assert not AuditLine.objects.filter(action="file.added").exists()


@pytest.mark.parametrize(
    ("name", "content", "description", "code"),
    [
        ("請求書.exe", b"x", "", "file_kind_refused"),
        ("空.pdf", b"", "", "file_empty"),
        ("大.pdf", b"123456", "", "file_too_large"),
        ("\u202e", b"x", "", "file_name_empty"),
        ("a.pdf", b"x", "長" * 401, "too_long"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_before_it_is_kept(
    case: Case, counsellor: Account, objects: Shelf, settings: Settings, name: str, content: bytes, description: str, code: str
) -> None:
    """B46."""
    settings.FILE_LARGEST = 5
    assert refused(lambda: add_file(case, Brought(name, content, description), by=counsellor)) == code
    assert not objects.objects


def test_whoever_may_not_write_in_the_case_adds_and_removes_nothing(case: Case, counsellor: Account, objects: Shelf) -> None:
    file, colleague = waiting_file(case, by=counsellor), make_member()
    with pytest.raises(PermissionDenied):
        waiting_file(case, by=colleague)
    with pytest.raises(PermissionDenied):
        remove_file(file, reason="wrong_file", by=colleague)
    assert len(objects.objects) == 1


# -- inspecting


def test_a_photo_is_opened_without_its_place_and_author_and_the_original_keeps_them(
    case: Case, counsellor: Account, settings: Settings
) -> None:
    """B36, B54: the real process looks at it."""
    file = waiting_file(case, by=counsellor, name="証明.jpg", content=photo())
    assert outbox.perform(the_job().pk), the_job().last_error
    file.refresh_from_db()
    assert (file.state, file.is_scanned) == ("clean", False)
    taken = read_file(file, Which.COPY, viewer=counsellor)
    assert (taken.name, taken.content_type) == (f"{case.number}-{file.pk.hex[:8]}.jpg", "image/jpeg")
    assert CANARY.encode() not in taken.content
    assert b"Exif" not in taken.content
    StoredFile.objects.filter(pk=file.pk).update(is_scanned=True)
    file.refresh_from_db()
    assert read_file(file, Which.ORIGINAL, viewer=counsellor).content == photo()


def test_without_a_scanner_nothing_is_called_scanned_and_the_original_stays_closed(case: Case, counsellor: Account) -> None:
    file = stored_file(case, by=counsellor, scanned=False)
    assert read_file(file, Which.COPY, viewer=counsellor).content == LETTER
    assert refused(lambda: read_file(file, Which.ORIGINAL, viewer=counsellor)) == "file_not_scanned"


def test_malware_is_refused_and_opens_for_nobody(case: Case, counsellor: Account, settings: Settings) -> None:
    """B47: by the inspection itself, and by the scanner, which is asked first."""
    file = waiting_file(case, by=counsellor, content=EICAR)
    assert outbox.perform(the_job().pk), the_job().last_error
    file.refresh_from_db()
    assert (file.state, file.refusal) == ("refused", "malware")
    for which in Which:
        assert refused(lambda which=which: read_file(file, which, viewer=counsellor)) == "file_refused"
    settings.CLAMD_ADDRESS = "unix:/somewhere"
    with patch.object(inspections.scanner, "finds_malware", lambda plain, address: True):
        assert inspections.verdict_on(b"harmless", "text") == inspection.Report("malware", b"")


def test_a_scanner_that_is_away_leaves_it_waiting_unopened_and_it_is_tried_again(
    case: Case, counsellor: Account, settings: Settings
) -> None:
    """B47: fail closed. A job that was given up in the end is asked for again by the clock."""
    settings.CLAMD_ADDRESS = "unix:/nonexistent/clamd.sock"
    file = waiting_file(case, by=counsellor)
    assert outbox.perform(the_job().pk) is False
    assert (the_job().state, the_job().last_error) == ("waiting", ScannerAway.__name__)
    assert refused(lambda: read_file(file, Which.COPY, viewer=counsellor)) == "file_waiting"
    assert inspections.ask_again() == 0  # it is asked for already
    Job.objects.update(state="parked", ended_at=clock.now())
    assert inspections.ask_again() == 0  # not late yet
    StoredFile.objects.update(added_at=clock.now() - timedelta(hours=1))
    assert (inspections.ask_again(), inspections.ask_again()) == (1, 0)
    assert looked_at(file).state == "clean"


def test_a_store_or_an_inspector_that_fails_leaves_it_waiting(case: Case, counsellor: Account, objects: Shelf) -> None:
    file = waiting_file(case, by=counsellor)
    objects.away = True
    assert outbox.perform(the_job().pk) is False
    objects.away = False
    Job.objects.update(not_before=clock.now())
    with patch.object(inspections, "inspect", side_effect=inspection.InspectionFailed):
        assert outbox.perform(the_job().pk) is False
    assert StoredFile.objects.get(pk=file.pk).state == "waiting"


def test_the_same_job_once_more_changes_nothing(case: Case, counsellor: Account, objects: Shelf) -> None:
    file = stored_file(case, by=counsellor)
    before = dict(objects.objects)
    again = looked_at(file, refusal="malware")
    assert (again.state, again.copy_object, objects.objects) == ("clean", file.copy_object, before)


# -- opening


def test_the_line_stands_before_a_byte_is_opened(case: Case, counsellor: Account) -> None:
    file = stored_file(case, by=counsellor)
    seen: list[dict[str, Any]] = []

    def unseal(*arguments: Any) -> bytes:
        seen.append(AuditLine.objects.filter(action="record.read").latest("pk").fields)
        return b"opened"

    with patch.object(contents.pieces, "unseal", unseal):
        assert read_file(file, Which.COPY, viewer=counsellor).content == b"opened"
    assert seen == [{"attachments.StoredFile": ["copy_key"]}]
    assert AuditLine.objects.latest("pk").channel == "file"


def test_without_evidence_no_byte_is_opened(case: Case, counsellor: Account) -> None:
    file = stored_file(case, by=counsellor)
    with (
        patch("audit.trail._append", side_effect=EvidenceUnavailable),
        patch.object(contents.pieces, "unseal") as unseal,
        pytest.raises(EvidenceUnavailable),
    ):
        read_file(file, Which.COPY, viewer=counsellor)
    assert not unseal.called


def test_a_colleague_opens_neither_content_nor_name(case: Case, counsellor: Account) -> None:
    file, colleague = stored_file(case, by=counsellor), make_member()
    with pytest.raises(Refused):
        read_file(file, Which.COPY, viewer=colleague)


@pytest.mark.parametrize("harm", [lambda sealed: sealed[:-1], lambda sealed: sealed[:-1] + b"x", None])
def test_an_object_that_was_cut_altered_or_lost_is_not_opened_and_told(
    case: Case, counsellor: Account, objects: Shelf, harm: Callable[[bytes], bytes] | None
) -> None:
    file = stored_file(case, by=counsellor)
    place = f"attachments/test_a/{file.copy_object}"
    if harm is None:
        del objects.objects[place]
    else:
        objects.objects[place] = harm(objects.objects[place])
    with pytest.raises(SealBroken):
        read_file(file, Which.COPY, viewer=counsellor)
    assert AuditLine.objects.filter(action="seal.broken").exists()


def test_the_object_of_another_file_does_not_open_in_its_place(case: Case, counsellor: Account) -> None:
    one, other = stored_file(case, by=counsellor), stored_file(case, by=counsellor, content=b"other")
    StoredFile.objects.filter(pk=one.pk).update(copy_object=None, state="waiting", inspected_at=None, is_scanned=False)
    StoredFile.objects.filter(pk=other.pk).update(copy_object=None, state="waiting", inspected_at=None, is_scanned=False)
    one.copy_object, one.copy_checksum = other.copy_object, other.copy_checksum
    with pytest.raises(SealBroken):
        read_file(one, Which.COPY, viewer=counsellor)


# -- the list


def test_the_list_opens_names_and_never_a_key(case: Case, counsellor: Account) -> None:
    stored_file(case, by=counsellor, name=NAME, description="通知")
    _, page = open_files(refreshed(case), counsellor, page=1)
    assert [(file.name, file.description) for file in page] == [(NAME, "通知")]
    assert AuditLine.objects.filter(action="record.read").latest("pk").fields["attachments.StoredFile"] == ["description", "name"]


def test_a_removed_file_is_in_no_list_and_behind_no_door(case: Case, counsellor: Account, objects: Shelf) -> None:
    file = stored_file(case, by=counsellor)
    assert refused(lambda: remove_file(file, reason="", by=counsellor)) == "unknown_reason"
    remove_file(file, reason="wrong_file", by=counsellor)
    assert AuditLine.objects.get(action="file.removed").facts == {"reason": "wrong_file"}
    assert list(open_files(refreshed(case), counsellor, page=1)[1]) == []
    with pytest.raises(Http404):
        find_file(counsellor, case.pk, file.pk)
    with pytest.raises(WrongState):
        remove_file(file, reason="wrong_file", by=counsellor)
    assert len(objects.objects) == 2  # what was kept stays sealed until its client is erased


def test_another_cases_file_is_not_found_under_ones_own(case: Case, counsellor: Account) -> None:
    mine = make_case(by=counsellor)
    file = stored_file(case, by=counsellor)
    with pytest.raises(Http404):
        find_file(counsellor, mine.pk, file.pk)


# -- what lies for nobody


def test_old_objects_without_a_row_are_swept_and_no_other(case: Case, counsellor: Account, objects: Shelf) -> None:
    file = stored_file(case, by=counsellor)
    with patch("casework.attachments.files._keep", side_effect=RuntimeError), pytest.raises(RuntimeError):
        waiting_file(case, by=counsellor)
    assert lying_objects.sweep() == 0
    for key in objects.put_at:
        objects.put_at[key] -= timedelta(days=41)
    assert lying_objects.sweep() == 1
    assert {key.rpartition("/")[2] for key in objects.objects} == {str(file.original_object), str(file.copy_object)}
