"""When a client may be erased, who decides it, and what happens then (personal information law, security F).

One asks, another agrees; whatever stood against it is asked again at that moment. Her keys are destroyed by a job of the
outbox: the app's transaction says that it shall happen, the ledger in `keys` that it has.
"""

from collections.abc import Callable, Collection
from datetime import date
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import approvals
from accounts.catalogue import Permission
from accounts.models import Account, Approval
from accounts.permissions import allowed
from audit import trail
from casework.cases.access import blocked_clients, can_read_case
from casework.cases.models import Case, Stage
from casework.clients.models import Client, RelatedPerson
from casework.erasures.models import EarlyReason, ErasureHold, ErasureReason, ErasureRequest, ErasureState, HoldReason
from foundation import clock, parameters, wareki
from foundation.errors import RuleViolation, WrongState
from jobs import outbox

KIND = "client.erase"
WARNING = "承認すると、氏名も連絡先も書かれたことも、だれにも（バックアップからも）読めなくなります。元に戻せません。"
ERASED = "この方の記録はもう消去されています。"

# what else identifies her, by the slices that keep it: called in the transaction of the decision
cleanups: list[Callable[[Client, Account], None]] = []

# what no key closes: objects outside the database, names in clear; called once her keys are gone, and again after a restore
further_erasers: list[Callable[[UUID], int]] = []


def register_kind() -> None:
    approvals.register(KIND, approvals.Kind("相談者の記録の消去", may_decide, carry_out, about=_numbers, warning=WARNING))


def can_ask(account: Account, case: Case) -> bool:
    return allowed(account, Permission.ERASE_CLIENT) and can_read_case(account, case)


def may_decide(account: Account, requests: Collection[UUID]) -> Collection[UUID]:
    """Whoever may erase, but for whom the client is hidden from."""
    if not allowed(account, Permission.ERASE_CLIENT):
        return ()
    asked = ErasureRequest.objects.filter(pk__in=requests).exclude(client__in=blocked_clients(account))
    return asked.values_list("pk", flat=True)


def _numbers(requests: Collection[UUID]) -> dict[UUID, str]:
    """Of each client's newest case. No link: an administrator may decide, for whom the case itself does not open."""
    return dict(ErasureRequest.objects.filter(pk__in=requests).values_list("pk", Case.objects.newest_number()))


def kept_until(client: Client, *, on: date) -> date:
    """The last day on which the law wants her records kept: so many years after the end of her last case (parameter)."""
    years = int(parameters.get("erasure.retention_years", on=on))
    ended = [case.closed_on or case.last_contact_on or case.received_on for case in client.cases.all()]
    return clock.add_months(max(ended, default=on), 12 * years)


def obstacles(client: Client, *, on: date, early_reason: str = "") -> list[RuleViolation]:
    """What stands against erasing her on this day, each with its code."""
    found = []
    if Case.objects.filter(client=client, stage__in=Stage.open()).exists():
        found.append(RuleViolation("支援中のケースがあります。終結してから消去します。", code="case_open"))
    if ErasureHold.objects.filter(client=client, lifted_on=None).exists():
        found.append(RuleViolation("保留中です（係争・監査など）。保留を解いてから消去します。", code="on_hold"))
    until = kept_until(client, on=on)
    if on <= until and not early_reason:
        found.append(RuleViolation(f"記録は{wareki.formal(until)}まで保存します。", code="retention_running", field="early_reason"))
    if _is_decided(client):
        found.append(RuleViolation(ERASED, code="already_erased"))
    return found


@transaction.atomic
def ask_erasure(case: Case, *, reason: str, early_reason: str = "", by: Account, today: date) -> ErasureRequest:
    """Ask that a client be erased. Raises PermissionDenied, RuleViolation `unknown_reason`, `already_asked` and those of obstacles."""
    if not can_ask(by, case):
        raise PermissionDenied
    if reason not in ErasureReason.values or early_reason not in {"", *EarlyReason.values}:
        raise RuleViolation("理由を選び直してください。", code="unknown_reason", field="reason")
    client = _locked(case.client_id)
    _refuse(obstacles(client, on=today, early_reason=early_reason))
    waiting = ErasureRequest.objects.filter(client=client, state=ErasureState.ASKED).first()
    if waiting is not None:
        if approvals.waiting_for(KIND, waiting.pk).exists():
            raise RuleViolation("消去の依頼がすでに承認を待っています。", code="already_asked")
        waiting.delete()  # declined, void or run out; the approval and the trail keep it
    request = ErasureRequest.objects.create(client=client, reason=reason, early_reason=early_reason, asked_by=by, asked_at=clock.now())
    approvals.ask(KIND, request, by=by)
    trail.record("client.erasure_asked", by=by, about=request, reason=reason, early_reason=early_reason)
    return request


def carry_out(approval: Approval, *, by: Account) -> None:
    """Inside the transaction of the decision. Raises RuleViolation of whatever stands against it by now."""
    request = ErasureRequest.objects.select_for_update().get(pk=approval.about_id)
    client = _locked(request.client_id)
    _refuse(obstacles(client, on=clock.today(), early_reason=request.early_reason))
    request.state, request.approved_by = ErasureState.APPROVED, by
    request.save(update_fields=["state", "approved_by"])
    for clean in cleanups:
        clean(client, by)
    trail.record("client.erasure_approved", by=by, about=request, reason=request.reason)
    outbox.add("erasures.destroy_keys", request.pk)


def subjects_of(client_id: UUID) -> list[UUID]:
    """She, and the people who are in our books on her account alone."""
    people = RelatedPerson.objects.filter(client=client_id).order_by("pk").values_list("pk", flat=True)
    return [client_id, *people]


def erase_further(client_id: UUID) -> int:
    """Returns how many things went. Raises ServiceAway."""
    return sum(erase(client_id) for erase in further_erasers)


def _is_decided(client: Client) -> bool:
    return ErasureRequest.objects.filter(client=client).exclude(state=ErasureState.ASKED).exists()


def _locked(client_id: UUID) -> Client:
    return Client.objects.select_for_update(of=("self",)).prefetch_related("cases").get(pk=client_id)


def _refuse(found: list[RuleViolation]) -> None:
    if found:
        raise found[0]


# -- holds


@transaction.atomic
def place_hold(case: Case, *, reason: str, by: Account, today: date) -> ErasureHold:
    """Keep her from being erased; an erasure that waits is void. Raises PermissionDenied, RuleViolation, WrongState `on_hold`, and
    `already_erased` once it was decided: nothing can be kept from then on.
    """
    if not can_ask(by, case):
        raise PermissionDenied
    if reason not in HoldReason.values:
        raise RuleViolation("理由を選んでください。", code="unknown_reason", field="hold_reason")
    client = _locked(case.client_id)
    if _is_decided(client):
        raise WrongState(ERASED, code="already_erased")
    if ErasureHold.objects.filter(client=client, lifted_on=None).exists():
        raise WrongState("もう保留中です。", code="on_hold")
    hold = ErasureHold.objects.create(client=client, reason=reason, placed_on=today, placed_by=by)
    for request in ErasureRequest.objects.filter(client=client, state=ErasureState.ASKED):
        approvals.void(KIND, request.pk, by=by)
    trail.record("client.erasure_held", by=by, about=hold, reason=reason)
    return hold


@transaction.atomic
def lift_hold(case: Case, *, by: Account, today: date) -> ErasureHold:
    """Raises PermissionDenied, WrongState `not_on_hold`."""
    if not can_ask(by, case):
        raise PermissionDenied
    hold = ErasureHold.objects.select_for_update().filter(client=_locked(case.client_id), lifted_on=None).first()
    if hold is None:
        raise WrongState("保留されていません。", code="not_on_hold")
    hold.lifted_on, hold.lifted_by = today, by
    hold.save(update_fields=["lifted_on", "lifted_by"])
    trail.record("client.erasure_hold_lifted", by=by, about=hold)
    return hold
