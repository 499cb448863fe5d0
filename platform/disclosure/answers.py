"""Which answer an error is, for pages and API alike. The texts tell a person what to do, never what lies behind."""

from typing import NamedTuple

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404

from accounts.step_up import StepUpNeeded
from accounts.throttles import TooMany
from audit.trail import EvidenceUnavailable
from disclosure.gate import Refused
from foundation.errors import RuleViolation, ServiceAway, StaleVersion, WrongState
from vault.keys import KeyGone
from vault.refusals import KeyServiceAway, SealBroken


class Answer(NamedTuple):
    status: int
    code: str
    message: str


NOT_FOUND = Answer(404, "not_found", "お探しのページは見つかりません。")
FORBIDDEN = Answer(403, "forbidden", "この操作をする権限がありません。")
STEP_UP = Answer(403, "step_up_needed", "ご本人の確認から5分が過ぎました。画面を開き直して、もう一度確認してください。")
TOO_MANY = Answer(429, "too_many_requests", "回数が多すぎます。少し待ってからやり直してください。")
TOO_LARGE = Answer(413, "too_large", "送られたものが大きすぎるため、読まずにお返ししました。何も保存していません。")
UNREADABLE = Answer(400, "unreadable", "送られた内容を読み取れません。")
NO_EVIDENCE = Answer(503, "no_evidence", "閲覧の記録を残せないため、ただいま記録を開けません。")
NO_KEYS = Answer(503, "keys_away", "鍵を預けているところから返事がないため、ただいま記録を開けません。")
SEAL_BROKEN = Answer(409, "seal_broken", "この記録は、保存したときのものではありません。開かずに、管理者へ知らせてください。")
AWAY = Answer(503, "away", "ただいま混み合っているか、点検中です。")
BROKEN = Answer(500, "broken", "思わぬ不具合が起きました。")


def answer_for(error: BaseException) -> Answer | None:
    """None: not an error we know, so a defect (500)."""
    match error:
        case Refused() | Http404():
            return NOT_FOUND  # the same for what is unknown and for what is not yours
        case PermissionDenied():
            return FORBIDDEN
        case StepUpNeeded():
            return STEP_UP
        case TooMany():
            return TOO_MANY
        case StaleVersion() | WrongState():
            return Answer(409, error.code, str(error.message))
        case RuleViolation():
            return Answer(422, error.code, str(error.message))
        case EvidenceUnavailable():
            return NO_EVIDENCE
        case KeyServiceAway():
            return NO_KEYS
        case SealBroken():
            return SEAL_BROKEN
        case ServiceAway():
            return Answer(503, error.code, error.message)
        case OperationalError() | InterfaceError():
            return AWAY
        case KeyGone():
            return Answer(409, "erased", "この方の記録は消去されています。")
        case BadRequest():
            return UNREADABLE
    return None
