"""Errors become answers in one place. An unknown page and a forbidden one are the same bytes."""

import sys
from collections.abc import Callable

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Account
from accounts.throttles import TooMany
from audit import trail
from casework.cases.access import CaseClosedToYou, PurposeNeeded
from casework.cases.blocks import can_declare
from casework.cases.broken_glass import may_break_glass
from casework.cases.models import Case
from casework.cases.team_requests import has_asked_to_join, may_ask_to_join
from disclosure.answers import AWAY, BROKEN, FORBIDDEN, NOT_FOUND, TOO_LARGE, UNREADABLE, Answer, answer_for
from vault.refusals import SealBroken

RETRY_SECONDS = "30"
PURPOSE_NEEDED = Answer(403, "purpose_needed", "このケースを何のために開くのか、先に選んでください。")


class AnswersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, CaseClosedToYou):
            return page(Answer(403, "case_closed_to_you", ""), "case_closed", case=error.case, **ways_in(request, error.case))
        if isinstance(error, PurposeNeeded):
            return ask_for_purpose(request, error)
        answer = answer_for(error)
        if answer is None:
            return None
        if isinstance(error, PermissionDenied):
            answer = note_refusal(request) or answer
        if isinstance(error, SealBroken) and not error.noted:
            answer = note_refusal(request, "seal.broken") or answer
        response = respond(request, answer)
        if isinstance(error, TooMany):
            response["Retry-After"] = str(error.seconds)
        return response


def ways_in(request: HttpRequest, case: Case) -> dict[str, bool]:
    """What a colleague before a closed case may do."""
    account = getattr(request, "user", None)
    if not isinstance(account, Account):
        return {"may_ask": False, "has_asked": False, "may_break_glass": False, "may_declare": False}
    may_ask = may_ask_to_join(account, case)
    has_asked = may_ask and has_asked_to_join(account, case)
    return {
        "may_ask": may_ask and not has_asked,
        "has_asked": has_asked,
        "may_break_glass": may_break_glass(account, case),
        "may_declare": can_declare(account, case),
    }


def ask_for_purpose(request: HttpRequest, error: PurposeNeeded) -> HttpResponse:
    """A page asked for leads over the question what for; what was sent is not taken, and the way there is shown."""
    asking = reverse("cases:purpose", args=[error.case.pk], urlconf=getattr(request, "urlconf", None))
    if request.method not in {"GET", "HEAD"}:
        return page(PURPOSE_NEEDED, "purpose_needed", case=error.case, asking=asking)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"HX-Redirect": asking})
    return redirect(f"{asking}?{urlencode({'next': request.get_full_path()})}")


def note_refusal(request: HttpRequest, action: str = "page.forbidden") -> Answer | None:
    """An act that was not permitted leaves a line. An answer instead of the refusal only where the line cannot be written."""
    match = request.resolver_match
    asked = {**(match.kwargs if match else {}), "method": request.method}  # a method is any word that somebody sends
    codes = {name: value for name, value in asked.items() if trail.is_code(value)}
    try:
        trail.record_refusal(action, by=request.user, channel="screen", route=match.view_name if match else "", **codes)
    except trail.EvidenceUnavailable as unavailable:
        return answer_for(unavailable)
    return None


def respond(request: HttpRequest, answer: Answer) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(answer)
    return page(answer, str(answer.status))


def page(answer: Answer, template: str, **context: object) -> HttpResponse:
    """Without the request: nothing in it depends on who asked or for what."""
    content = render_to_string(f"answers/{template}.html", {"message": answer.message, "code": answer.code, **context})
    return _with_headers(HttpResponse(content, status=answer.status), answer)


def problem(answer: Answer) -> HttpResponse:
    """RFC 9457."""
    body = {"type": "about:blank", "title": answer.message, "status": answer.status, "code": answer.code}
    options = {"ensure_ascii": False}
    return _with_headers(
        JsonResponse(body, status=answer.status, content_type="application/problem+json", json_dumps_params=options), answer
    )


def _with_headers(response: HttpResponse, answer: Answer) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    if answer.status == AWAY.status:
        response["Retry-After"] = RETRY_SECONDS
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return respond(request, NOT_FOUND)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return respond(request, FORBIDDEN)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return respond(request, TOO_LARGE if isinstance(exception, RequestDataTooBig) else UNREADABLE)


def broken(request: HttpRequest) -> HttpResponse:
    """Called while the error is being handled: a database that is away is no defect of ours."""
    error = sys.exc_info()[1]
    answer = answer_for(error) if error is not None else None
    return respond(request, answer if answer is not None and answer.status == AWAY.status else BROKEN)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    structlog.get_logger("tsunagi.request").info("csrf refused")
    message = "画面を開いてから時間がたったため、送信を受け付けられませんでした。画面を開き直して、もう一度お試しください。"
    return respond(request, Answer(403, "stale_form", message))
