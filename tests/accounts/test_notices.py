"""A mail says that something happened and where to look; the rest stands behind the sign-in."""

from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from accounts import notices
from accounts.models import Notice
from jobs import outbox
from jobs.models import Job, JobState
from tenants.hosts import Host
from tests.factories.people import staff


def perform_all() -> None:
    for job in Job.objects.filter(state=JobState.WAITING):
        outbox.perform(job.pk)


@pytest.mark.parametrize("code", sorted(notices.texts()))
def test_a_notice_is_a_mail_of_fixed_text_with_the_centre_and_its_own_address(code: str, centre: Host) -> None:
    account = staff(email="hana@example.jp", name="見本 花子")

    notices.tell(account, code)
    assert mail.outbox == []
    perform_all()

    (sent,) = mail.outbox
    assert (sent.to, sent.from_email) == (["hana@example.jp"], "tsunagi@testserver")
    assert sent.subject == f"【つなぎ帖】{notices.texts()[code].subject}"
    assert centre.name in sent.body
    assert "http://test-a.testserver/\n" in sent.body
    assert "見本" not in sent.subject + sent.body
    assert "hana" not in sent.subject + sent.body


def test_headquarters_writes_with_its_own_address(headquarters: Host) -> None:
    notices.tell(staff("analyst"), "news")
    perform_all()

    assert "http://hq.testserver/\n" in mail.outbox[0].body


def test_what_is_rolled_back_is_told_to_nobody(centre: Host) -> None:
    account = staff()

    with transaction.atomic():
        notices.tell(account, "news")
        transaction.set_rollback(True)
    perform_all()

    assert (Notice.objects.count(), mail.outbox) == (0, [])


def test_a_mail_goes_out_once_however_often_the_bell_rings(centre: Host) -> None:
    notice = notices.tell(staff(), "news")
    perform_all()

    notices.deliver(notice.pk)

    assert len(mail.outbox) == 1
    notice.refresh_from_db()
    assert notice.sent_at is not None


def test_a_mail_server_that_is_away_is_tried_again_under_the_same_name(centre: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: EmailBackend, messages: Any) -> int:  # Any: the backend's interface
        raise ConnectionRefusedError

    notice = notices.tell(staff(), "news")
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", away)
        perform_all()
    job = Job.objects.get()
    assert (job.state, job.last_error, mail.outbox) == (JobState.WAITING, "ConnectionRefusedError", [])

    Job.objects.update(not_before=job.not_before.replace(year=2020))
    perform_all()

    assert [sent.extra_headers["Message-ID"] for sent in mail.outbox] == [f"<{notice.pk}@testserver>"]


def test_a_code_has_one_text() -> None:
    with pytest.raises(ValueError, match="two texts"):
        notices.register("news", "別の件名", "別の本文")
