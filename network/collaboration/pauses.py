"""A client comes under protection: whatever of hers is open to guests stops at once, and somebody decides each share anew."""

from datetime import date
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.protection.protections import lock_client
from casework.protection.shareable import RULE, check_not_adverse, check_shareable
from disclosure import gate
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from network.collaboration.models import FieldGroup, GuestGrant, Referral
from network.collaboration.opening import GROUPS
from network.collaboration.referrals import can_refer

DECIDE = "grant.decide"


def pause_shares(client: UUID, by: Account, today: date) -> None:
    """Within the transaction that sets the flag: the guests' next request finds nothing, and each share waits for its case's owner."""
    live = GuestGrant.objects.select_for_update(of=("self",)).filter(
        referral__case__client=client, ended_on=None, paused_at=None, until_date__gte=today
    )
    for grant in live.select_related("referral__case__owner").order_by("pk"):
        case = grant.referral.case
        grant.paused_at = clock.now()
        grant.save(update_fields=["paused_at"])
        open_duty(case, DECIDE, due_on=today, opened_on=today, assigned_to=case.owner, about=grant)
        record_event(case, "referral.share_paused", on=today, by=by, about=grant.referral, facts={"guest": str(grant.guest_id)})
        trail.record("referral.share_paused", by=by, about=grant.referral, subjects=[client], guest=grant.guest_id)


@transaction.atomic
def resume_share(grant: GuestGrant, *, reason: str, by: Account, today: date) -> GuestGrant:
    """Open it again, with a reason, after what it shows has been looked through for where she is.

    Raises PermissionDenied, WrongState `not_paused` or `case_ended`, RuleViolation `reason_required`, `adverse_agency`, `whereabouts_in_text`.
    """
    grant = GuestGrant.objects.select_related("referral__case", "guest").get(pk=grant.pk)
    referral = grant.referral
    if not can_refer(by, referral.case):
        raise PermissionDenied
    lock_client(referral.case.client_id)
    grant = GuestGrant.objects.select_for_update(of=("self",)).select_related("referral__case", "guest").get(pk=grant.pk)
    if grant.paused_at is None or grant.ended_on is not None:
        raise WrongState("この共有は止まっていません。", code="not_paused")
    if not reason.strip():
        raise RuleViolation("続けてよい理由を書いてください。", code="reason_required", field="reason")
    check_may_be_shown(referral, groups=grant.groups, guest=grant.guest, by=by)
    grant.paused_at, grant.resumed_by, grant.resume_reason = None, by, reason.strip()
    grant.save(update_fields=["paused_at", "resumed_by", "resume_reason"])
    close_duty(referral.case, DECIDE, by=by, on=today, about=grant)
    trail.record("referral.share_resumed", by=by, about=referral, subjects=[referral.case.client_id], guest=grant.guest_id)
    record_event(referral.case, "referral.share_resumed", on=today, by=by, about=referral, facts={"guest": str(grant.guest_id)})
    return grant


def check_may_be_shown(referral: Referral, *, groups: list[str], guest: Account, by: Account) -> None:
    """What stands in these groups, to this guest: asked when a share begins and when it goes on. The caller holds the client."""
    if not referral.case.is_open:
        raise WrongState("終わったケースの情報は共有できません。", code="case_ended")
    client = referral.case.client_id
    check_not_adverse(client, agency=referral.agency_id, guest=guest)
    (opened,) = gate.compute([referral], rule=RULE, by=by)
    fields = [field for group in groups if group in FieldGroup.values for field in GROUPS[group]]
    texts = {field: getattr(opened, field) for field in fields}
    try:
        check_shareable(client, {field: text for field, text in texts.items() if isinstance(text, str)}, by=by)
    except RuleViolation as found:
        found.field = "groups"
        raise
