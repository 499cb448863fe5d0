"""Every refusal of the API is a problem document (RFC 9457) with a code; the rules are those of the pages."""

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api.problems import PROBLEM
from casework.cases.access import CaseClosedToYou, PurposeNeeded
from disclosure.answers import Answer, answer_for

OF_FRAMEWORK: dict[type[exceptions.APIException], Answer] = {
    exceptions.NotAuthenticated: Answer(401, "not_authenticated", "サインインするか、トークンを付けてください。"),
    exceptions.AuthenticationFailed: Answer(401, "bad_token", "このトークンはいま使えません。"),
    exceptions.PermissionDenied: Answer(403, "forbidden", "この操作をする権限がありません。"),
    exceptions.NotFound: Answer(404, "not_found", "お探しのものは見つかりません。"),
    exceptions.MethodNotAllowed: Answer(405, "method_not_allowed", "この操作はできません。"),
    exceptions.NotAcceptable: Answer(406, "not_acceptable", "この形では答えられません。JSON で受け取ってください。"),
    exceptions.ParseError: Answer(400, "unreadable", "送られた内容を読み取れません。"),
    exceptions.UnsupportedMediaType: Answer(415, "unsupported_media_type", "JSON で送ってください。"),
    exceptions.Throttled: Answer(429, "too_many_requests", "回数が多すぎます。少し待ってからやり直してください。"),
}


def problem_for(error: Exception, context: dict[str, Any]) -> Response | None:
    """None for a defect: that is a 500, and the log has it."""
    set_rollback()
    answer: Answer | None
    more: dict[str, Any]
    if isinstance(error, CaseClosedToYou):
        answer, more = Answer(403, "case_closed", "このケースの担当者だけが見られます。担当者に声をかけてください。"), _who_to_ask(error)
    elif isinstance(error, PurposeNeeded):
        answer, more = (
            Answer(403, "purpose_needed", "支援チーム外のケースです。画面で監督の目的を選ぶと、その日は読めます。"),
            _who_to_ask(error),
        )
    elif isinstance(error, exceptions.ValidationError):
        answer, more = Answer(422, "invalid", "送られた値を見直してください。"), {"errors": error.get_full_details()}
    else:
        answer, more = _answer(error), {}
    if answer is None:
        return None
    body = {"type": "about:blank", "title": answer.message, "status": answer.status, "code": answer.code, **more}
    headers = {"Cache-Control": "no-store"}
    if answer.status == 401 and isinstance(error, exceptions.APIException):
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Token")
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(round(getattr(error, "wait", None) or 60))
    return Response(body, status=answer.status, headers=headers, content_type=PROBLEM)


def _answer(error: Exception) -> Answer | None:
    if isinstance(error, exceptions.APIException) and type(error) in OF_FRAMEWORK:
        return OF_FRAMEWORK[type(error)]
    return answer_for(error)


def _who_to_ask(error: CaseClosedToYou | PurposeNeeded) -> dict[str, str]:
    return {"number": error.case.number, "owner": error.case.owner.name}
