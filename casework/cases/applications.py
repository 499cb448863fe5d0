"""利用申込: the person asks for support and says what may be shared with whom; she may take it back any day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.access import can_work_on_case
from casework.cases.deadlines import assessment_due
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Case, Stage
from casework.cases.steps import begin_step, check_day, check_not_before, check_not_future, check_open, check_text, lock_case
from casework.clients.consents import in_force
from casework.clients.models import Client, Consent
from foundation import codes
from foundation.errors import WrongState


@dataclass(frozen=True)
class ConsentFacts:
    kind: str
    scope: str = ""


@transaction.atomic
def apply_for_support(case: Case, *, consents: Sequence[ConsentFacts], on: date, by: Account, today: date) -> Case:
    """Record the signed application with the consents given in it.

    Raises PermissionDenied, WrongState `case_ended`, `not_screened`, `already_applied`, RuleViolation `future`,
    `before_reception`, `before_screening`, `unknown_code`, `repeated_code`, `too_long`.
    """
    case = begin_step(case, by=by)
    check_open(case)
    if case.stage == Stage.RECEIVED:
        raise WrongState("先にスクリーニングをしてください。", code="not_screened")
    if case.stage != Stage.SCREENED:
        raise WrongState("利用申込はもう受けています。", code="already_applied")
    check_day(case, on, today=today)
    screened_on = case.screenings.latest("screened_on").screened_on
    check_not_before(on, screened_on, "スクリーニングの日", code="before_screening")
    _check_consents(consents, on=on)
    case.applied_on, case.stage = on, Stage.APPLIED
    case.save(update_fields=["applied_on", "stage"])
    given = [_add_consent(case.client, facts, on=on, by=by) for facts in consents]
    close_duty(case, "case.application", by=by, on=on)
    close_duty(case, "case.consent", by=by, on=on)
    open_duty(case, "case.assessment", due_on=assessment_due(on), opened_on=on, assigned_to=case.owner)
    kinds = [consent.kind for consent in given]
    record_event(case, "case.applied", on=on, by=by, facts={"consents": kinds})
    trail.record("case.applied", by=by, about=[case, *given], consents=kinds)
    return case


@transaction.atomic
def give_consent(case: Case, facts: ConsentFacts, *, on: date, by: Account, today: date) -> Consent:
    """Record one more consent of the case's client.

    Raises PermissionDenied, WrongState `case_ended`, RuleViolation `future`, `before_reception`, `unknown_code`, `too_long`.
    """
    case = begin_step(case, by=by)
    check_open(case)
    check_day(case, on, today=today)
    _check_consents([facts], on=on)
    consent = _add_consent(case.client, facts, on=on, by=by)
    record_event(case, "case.consent_given", on=on, by=by, about=consent, facts={"kind": consent.kind})
    trail.record("case.consent_given", by=by, about=[case, consent], kind=consent.kind)
    return consent


@transaction.atomic
def withdraw_consent(consent: Consent, *, on: date, by: Account, today: date) -> Consent:
    """End a consent, and with it every other of the same kind, from this day on; whoever shares asks afresh each time.

    Also after closing: the right to withdraw does not end. Raises PermissionDenied, WrongState `already_withdrawn`,
    RuleViolation `future`, `before_given`.
    """
    case = _newest_case_worked_on(consent.client, by=by)
    consent = Consent.objects.select_for_update(of=("self",)).select_related("client").get(pk=consent.pk)
    if consent.withdrawn_on is not None:
        raise WrongState("この同意はもう撤回されています。", code="already_withdrawn")
    check_not_future(on, today=today)
    check_not_before(on, consent.given_on, "同意した日", code="before_given")
    same = Consent.objects.filter(in_force(today), client=consent.client, kind=consent.kind, withdrawn_on=None, given_on__lte=on)
    same.update(withdrawn_on=on)
    consent.refresh_from_db(fields=["withdrawn_on"])
    record_event(case, "case.consent_withdrawn", on=on, by=by, about=consent, facts={"kind": consent.kind})
    trail.record("case.consent_withdrawn", by=by, about=[case, consent], kind=consent.kind)
    return consent


def _newest_case_worked_on(client: Client, *, by: Account) -> Case:
    for case in client.cases.order_by("-received_on", "-sequence"):
        if can_work_on_case(by, case):
            return lock_case(case)
    raise PermissionDenied


def _check_consents(consents: Sequence[ConsentFacts], *, on: date) -> None:
    codes.check("consent_kind", [facts.kind for facts in consents], on=on, field="consents")
    for facts in consents:
        check_text(Consent, scope=facts.scope)


def _add_consent(client: Client, facts: ConsentFacts, *, on: date, by: Account) -> Consent:
    return Consent.objects.create(client=client, kind=facts.kind, scope=facts.scope or None, given_on=on, recorded_by=by)
