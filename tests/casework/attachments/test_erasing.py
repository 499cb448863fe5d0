"""A client's files go with her, also after a restore; and stay readable when her key is replaced."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from accounts import approvals
from accounts.models import Account, Approval
from casework.attachments import inspections
from casework.attachments.downloads import Which, read_file
from casework.attachments.files import open_files, remove_file
from casework.cases.models import Case
from casework.erasures.erasures import ask_erasure
from jobs import outbox
from jobs.models import Job
from tenants.activation import centre_active, keys_owner_active
from tests.casework.erasures.test_erasures import LATER, dump, restored
from tests.factories.casework import close, make_case, make_member, refreshed
from tests.factories.files import LETTER, stored_file, waiting_file
from tests.factories.objects import Shelf
from vault import keys, rotation
from vault.keys import KeyGone
from vault.models import ClientKey

SILENT = lambda line: None  # noqa: E731


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> None:
    settings.AS_OF = LATER


def erase(case: Case, chief: Account, *, objects_too: bool = True) -> None:
    request = ask_erasure(case, reason="period_over", by=chief, today=LATER)
    approvals.approve(Approval.objects.get(about_id=request.pk), by=make_member("centre_admin"))
    for kind in ("erasures.destroy_keys", *(["erasures.erase_further"] if objects_too else [])):
        assert outbox.perform(Job.objects.get(kind=kind).pk), Job.objects.get(kind=kind).last_error


@pytest.mark.usefixtures("centre")
def test_with_her_keys_her_files_go_those_taken_out_of_the_list_too_and_nobody_elses(objects: Shelf) -> None:
    chief = make_member("chief_counsellor")
    hers, other = close(make_case(by=chief)), make_case(by=chief)
    file, removed, theirs = (stored_file(case, by=chief) for case in (hers, hers, other))
    remove_file(removed, reason="not_needed", by=chief)
    erase(hers, chief, objects_too=False)
    assert len(objects.objects) == 6
    for which in Which:  # from now on, whatever the store still holds
        with pytest.raises(KeyGone):
            read_file(file, which, viewer=chief)
    objects.away = True
    job = Job.objects.get(kind="erasures.erase_further")
    assert outbox.perform(job.pk) is False
    objects.away = False
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
    assert outbox.perform(job.pk)
    assert {key.rpartition("/")[2] for key in objects.objects} == {str(theirs.original_object), str(theirs.copy_object)}
    with pytest.raises(KeyGone):
        read_file(file, Which.COPY, viewer=chief)
    assert [str(row.name) for row in open_files(refreshed(hers), chief, page=1)[1]] == ["（消去済み）"]
    assert read_file(theirs, Which.COPY, viewer=chief).content == LETTER


@pytest.mark.usefixtures("centre", "objects")
def test_a_file_that_still_waits_when_its_client_is_erased_is_looked_at_no_more() -> None:
    chief = make_member("chief_counsellor")
    case = close(make_case(by=chief))
    file = waiting_file(case, by=chief)
    erase(case, chief)
    with patch.object(inspections, "verdict_on") as looked:
        assert outbox.perform(Job.objects.get(kind="attachments.inspect", reference_id=file.pk).pk)
    assert not looked.called


def test_what_a_restore_brings_back_is_erased_again_by_the_ledger(logins: str, objects: Shelf, tmp_path: Path) -> None:
    """K7: database, keys and objects as they were yesterday."""
    with centre_active("test_a"):
        chief = make_member("chief_counsellor")
        case = close(make_case(by=chief))
        file, yesterday = stored_file(case, by=chief), dict(objects.objects)
        for which in ("", "_keys"):
            dump(logins + which, tmp_path / f"yesterday{which}")
        erase(case, chief)
        assert not objects.objects
    call_command("erasure_ledger", out=tmp_path / "ledger")
    for which in ("", "_keys"):
        restored(which, logins, tmp_path / f"yesterday{which}")
    objects.objects = dict(yesterday)
    with centre_active("test_a"):
        assert read_file(file, Which.COPY, viewer=chief).content == LETTER  # this is what the replay is for
    objects.away = True
    with pytest.raises(CommandError, match="ファイルを消せません"):
        call_command("replay_erasures", str(tmp_path / "ledger"), stdout=StringIO())
    objects.away = False
    said = StringIO()
    call_command("replay_erasures", str(tmp_path / "ledger"), stdout=said)
    assert "消したファイル 2 個" in said.getvalue()
    assert not objects.objects
    with centre_active("test_a"), pytest.raises(KeyGone):
        read_file(file, Which.COPY, viewer=chief)


def test_a_key_that_is_replaced_leaves_every_file_readable_and_no_object_touched(
    logins: str, objects: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K4: what the old key wraps of a file is wrapped anew with the rest of what it sealed."""
    monkeypatch.setattr(rotation, "GRACE", timedelta(0))
    with centre_active("test_a"):
        chief = make_member("chief_counsellor")
        case = make_case(by=chief)
        file, before = stored_file(case, by=chief), dict(objects.objects)
        with keys_owner_active():
            rotation.begin("test_a", case.client_id)
            rotation.finish("test_a", case.client_id, SILENT, sleep=lambda seconds: None)
        keys.forget()
        assert ClientKey.objects.filter(subject=case.client_id, wrapped=None).exists()
        fresh = type(file).objects.select_related("case__client").get(pk=file.pk)
        assert [read_file(fresh, which, viewer=chief).content for which in Which] == [LETTER, LETTER]
        assert objects.objects == before
