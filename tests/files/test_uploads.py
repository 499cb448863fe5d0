"""B46: an upload is held in memory, and one that is too large is not read."""

import io
import os

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from config import answers


def uploading(size: int) -> HttpRequest:
    return RequestFactory().post("/", {"note": "x", "file": SimpleUploadedFile("a.pdf", b"x" * size)})


def test_the_largest_file_there_may_be_touches_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise AssertionError("a file was opened")

    request = uploading(settings.FILE_LARGEST)
    monkeypatch.setattr(os, "open", refuse)
    held = request.FILES["file"]
    assert isinstance(held, InMemoryUploadedFile)
    assert (held.size, request.POST["note"]) == (settings.FILE_LARGEST, "x")


def test_two_files_in_one_form_are_both_kept_apart() -> None:
    first, second = SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")
    request = RequestFactory().post("/", {"a": first, "b": second})
    assert [request.FILES[name].read() for name in ("a", "b")] == [b"one", b"two"]  # type: ignore[union-attr]  # one file each


def test_a_body_beyond_the_limit_is_not_read() -> None:
    request = uploading(1)
    body = io.BytesIO(b"never read")
    request.META["CONTENT_LENGTH"] = str(settings.FILE_LARGEST + settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    request._stream = body  # type: ignore[attr-defined]  # what the server handed over
    with pytest.raises(RequestDataTooBig):
        request.FILES  # noqa: B018 - looking is what reads
    assert body.tell() == 0
    answer = answers.unreadable(request, RequestDataTooBig())
    assert answer.status_code == 413
    assert "大きすぎる" in answer.content.decode()


@pytest.mark.usefixtures("centre")
def test_whoever_sends_too_much_to_a_page_is_told_so(at_centre: Client) -> None:
    large = {"file": SimpleUploadedFile("a.pdf", b"x" * (settings.FILE_LARGEST + settings.DATA_UPLOAD_MAX_MEMORY_SIZE))}
    assert at_centre.post("/accounts/login/", large).status_code == 413
