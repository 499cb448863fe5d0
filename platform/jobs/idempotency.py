"""One click, one effect: a signed-in change that arrives again with its key is answered again, not done again.

Kept for 24 hours in the host's own schema: a digest of the body, never the body; where the answer led, never the answer.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from foundation.errors import RuleViolation, WrongState
from jobs.models import RepeatableRequest

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FORM_FIELD = "idempotency_key"
HEADER = "Idempotency-Key"
KEY_LENGTH = 80
PRINTABLE = re.compile(r"[!-~]+")
WAIT_SECONDS = 3.0
ABANDONED_AFTER = timedelta(minutes=2)  # longer than any request may take
IGNORED_FIELDS = frozenset({"csrfmiddlewaretoken", FORM_FIELD})

Answer = Callable[[], HttpResponse]
_current: ContextVar[UUID | None] = ContextVar("repeatable_request", default=None)


class IdempotencyMiddleware:
    """For sessions. The API's token accounts are known only inside its views, which call `once` themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if request.method not in CHANGING or user is None or not user.is_authenticated:
            return self.get_response(request)
        return once(request, user, lambda: self.get_response(request))


def key_of(request: HttpRequest) -> str:
    header = request.headers.get(HEADER, "")
    if header or request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return header
    return str(request.POST.get(FORM_FIELD, ""))


def once(request: HttpRequest, account: Any, answer: Answer) -> HttpResponse:  # an account, seen from below
    """Answer by `answer()`, unless the same key brought the same request before. Without a key there is no promise.

    The same request again: the same status and place. Still running: 409. The same key with something else: 422.
    """
    key = key_of(request)
    if not key:
        return answer()
    if not PRINTABLE.fullmatch(key):
        return _page(request, RuleViolation("再送の見分けに使うキーを読み取れません。", code="idempotency_key_unreadable"), 422)
    if len(key) > KEY_LENGTH:
        return _page(request, RuleViolation("再送の見分けに使うキーが長すぎます。", code="idempotency_key_too_long"), 422)
    wanted = RepeatableRequest(
        account_id=account.pk,
        key=key,
        method_path=f"{request.method} {request.path}"[:300],
        digest=_digest(request),
        started_at=timezone.now(),
    )
    if _begin(wanted):
        return _answer_and_note(wanted, answer)
    first = _finished(wanted)
    if first is None:
        return once(request, account, answer)  # the first one failed meanwhile and left nothing
    return _answer_again(request, wanted, first, answer)


def note_effect(action: str, touched: Sequence[models.Model]) -> None:
    """Called with every line of evidence of a change: in its transaction the request learns that it had an effect."""
    current = _current.get()
    if current is not None:
        target = f"{touched[0]._meta.label}:{touched[0].pk}" if touched else action
        RepeatableRequest.objects.filter(pk=current, effect="").update(effect=target[:120])


def _begin(wanted: RepeatableRequest) -> bool:
    RepeatableRequest.objects.bulk_create([wanted], ignore_conflicts=True)
    return RepeatableRequest.objects.filter(pk=wanted.pk).exists()


def _answer_and_note(mine: RepeatableRequest, answer: Answer) -> HttpResponse:
    rows = RepeatableRequest.objects.filter(pk=mine.pk)
    with _noting(mine.pk):
        response = answer()
    if response.status_code < 400:
        location = response.headers.get("Location", "") or response.headers.get("HX-Redirect", "")
        rows.update(status=response.status_code, location=location if len(location) <= 500 else "")
    else:
        rows.filter(effect="").delete()  # refused, nothing changed: the same form may be sent again, corrected
    return response


@contextmanager
def _noting(request_id: UUID) -> Iterator[None]:
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


def _finished(wanted: RepeatableRequest) -> RepeatableRequest | None:
    """The first request of this key, after waiting a little for its end. None when it is gone."""
    waited_until = time.monotonic() + WAIT_SECONDS
    while True:
        first = RepeatableRequest.objects.filter(account_id=wanted.account_id, key=wanted.key).first()
        running = first is not None and first.status is None and not _is_abandoned(first)
        if not running or connection.in_atomic_block or time.monotonic() > waited_until:
            return first
        time.sleep(0.1)


def _is_abandoned(first: RepeatableRequest) -> bool:
    """Its process died: it has had its time, and no answer was noted."""
    return first.status is None and first.started_at < timezone.now() - ABANDONED_AFTER


def _answer_again(request: HttpRequest, wanted: RepeatableRequest, first: RepeatableRequest, answer: Answer) -> HttpResponse:
    if (first.method_path, first.digest) != (wanted.method_path, wanted.digest):
        return _page(
            request, RuleViolation("同じキーで別の内容が送られました。画面を開き直してください。", code="idempotency_key_reused"), 422
        )
    if first.status is not None:
        return _same_place(request, first)
    if first.effect:
        return _page(request, WrongState("この操作は、すでに保存されています。", code="already_saved"), 409)
    if _is_abandoned(first) and _take_over(first):
        return _answer_and_note(first, answer)
    return _page(request, WrongState("同じ操作を処理しています。少し待ってから画面を開き直してください。", code="still_running"), 409)


def _take_over(first: RepeatableRequest) -> bool:
    abandoned = RepeatableRequest.objects.filter(pk=first.pk, started_at=first.started_at, status=None, effect="")
    return abandoned.update(started_at=timezone.now()) == 1


def _same_place(request: HttpRequest, first: RepeatableRequest) -> HttpResponse:
    assert first.status is not None
    if _wants_json(request):
        body = {"status": first.status, "location": first.location or None}
        return JsonResponse(body, status=first.status, headers={"Location": first.location} if first.location else {})
    if not first.location:
        return _page(request, WrongState("この操作は、すでに保存されています。", code="already_saved"), 409)
    if request.headers.get("HX-Request") and first.status < 300:
        return HttpResponse(status=first.status, headers={"HX-Redirect": first.location})
    return HttpResponse(status=first.status, headers={"Location": first.location})


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _page(request: HttpRequest, problem: RuleViolation, status: int) -> HttpResponse:
    if _wants_json(request):
        body = {"type": "about:blank", "status": status, "title": problem.message, "code": problem.code}
        return JsonResponse(body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})
    return render(request, f"answers/{status}.html", {"message": problem.message}, status=status)


def _digest(request: HttpRequest) -> str:
    """Keyed, because a body may be as guessable as a phone number."""
    parts = list(_parts(request))
    return salted_hmac("jobs.idempotency", "\x1e".join(parts), algorithm="sha256").hexdigest()


def _parts(request: HttpRequest) -> Iterator[str]:
    if request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        yield hashlib.sha256(request.body).hexdigest()
        return
    for name in sorted(set(request.POST) - IGNORED_FIELDS):
        yield from (f"{name}={value}" for value in request.POST.getlist(name))
    for name in sorted(request.FILES):
        yield from (f"{name}:{file.name}:{_file_digest(file)}" for file in request.FILES.getlist(name))


def _file_digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
