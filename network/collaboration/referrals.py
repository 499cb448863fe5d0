"""Handing a client over to a partner agency, with her consent, and hearing what became of it (domain P2, P3)."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.cases.access import can_work_on_case
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case
from casework.clients.models import Consent
from casework.protection.protections import lock_client
from casework.protection.shareable import check_not_adverse, check_shareable
from foundation.errors import RuleViolation, WrongState
from network.collaboration.models import Referral
from network.directory.models import Agency

SHARING = "information_sharing"


def can_refer(account: Account, case: Case) -> bool:
    return allowed(account, Permission.REFER_AND_SHARE) and can_work_on_case(account, case)


@transaction.atomic
def refer_client(
    case: Case,
    *,
    agency: Agency,
    name: str | None,
    kana: str | None,
    reason: str,
    content: str | None,
    follow_up_on: date,
    on: date,
    by: Account,
    today: date,
) -> Referral:
    """Hand the client over to an agency: what is handed over is written here, and somebody asks back on `follow_up_on`.

    Raises PermissionDenied, or RuleViolation `future`, `before_reception`, `agency_inactive`, `no_reason`, `no_consent`
    (information_sharing must be in force on the day), `follow_up_before`, `adverse_agency`, `whereabouts_in_text`; WrongState `case_ended`.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("client", "owner").get(pk=case.pk)
    if not can_refer(by, case):
        raise PermissionDenied
    if not case.is_open:
        raise WrongState("終わったケースからはつなげません。", code="case_ended")
    if on > today:
        raise RuleViolation("つないだ日が先の日付です。", code="future", field="referred_on")
    if on < case.received_on:
        raise RuleViolation("つないだ日が受付日より前です。", code="before_reception", field="referred_on")
    if not agency.active:
        raise RuleViolation("この機関は名簿で休止中です。", code="agency_inactive", field="agency")
    if not reason.strip():
        raise RuleViolation("つなぐ理由を書いてください。", code="no_reason", field="reason")
    if follow_up_on < on:
        raise RuleViolation("確かめる日は、つないだ日より後にしてください。", code="follow_up_before", field="follow_up_on")
    consent = consent_to_share(case, on)
    if consent is None:
        raise RuleViolation("情報共有の同意がありません。先に本人の同意を記録してください。", code="no_consent")
    lock_client(case.client_id)
    check_not_adverse(case.client_id, agency=agency.pk)
    check_shareable(case.client_id, {"name": name, "kana": kana, "reason": reason, "content": content}, by=by)

    referral = Referral.objects.create(
        case=case,
        agency=agency,
        consent=consent,
        referred_on=on,
        name=name,
        kana=kana,
        reason=reason,
        content=content,
        follow_up_on=follow_up_on,
        referred_by=by,
    )
    trail.record("referral.made", by=by, about=[referral, case], subjects=[case.client_id], agency=str(agency.pk))
    record_event(case, "referral.made", on=on, by=by, about=referral, facts={"agency": str(agency.pk)})
    open_duty(case, "referral.follow_up", due_on=follow_up_on, opened_on=on, assigned_to=case.owner, about=referral)
    return referral


@transaction.atomic
def record_answer(referral: Referral, *, answer: str, on: date, by: Account, today: date) -> Referral:
    """What the agency answered; it closes the duty to ask.

    Raises PermissionDenied, RuleViolation `future`, `before_referral`, `no_answer`, or WrongState `answered`.
    """
    referral = Referral.objects.select_for_update(of=("self",)).select_related("case").get(pk=referral.pk)
    if not can_refer(by, referral.case):
        raise PermissionDenied
    if referral.answered_on is not None:
        raise WrongState("返答はもう記録されています。", code="answered")
    if on > today:
        raise RuleViolation("返答の日が先の日付です。", code="future", field="answered_on")
    if on < referral.referred_on:
        raise RuleViolation("返答の日が、つないだ日より前です。", code="before_referral", field="answered_on")
    if not answer.strip():
        raise RuleViolation("返答の内容を書いてください。", code="no_answer", field="answer")
    referral.answered_on, referral.answer = on, answer
    referral.save(update_fields=["answered_on", "answer"])
    trail.record("referral.answered", by=by, about=referral, subjects=[referral.case.client_id])
    record_event(referral.case, "referral.answered", on=on, by=by, about=referral)
    close_duty(referral.case, "referral.follow_up", by=by, on=on, about=referral)
    return referral


def consent_to_share(case: Case, on: date) -> Consent | None:
    """The client's consent to sharing information that is in force on the day, the latest first."""
    consents = Consent.objects.filter(client=case.client_id, kind=SHARING).order_by("-given_on", "-created_at")
    return next((consent for consent in consents if consent.is_in_force(on)), None)
