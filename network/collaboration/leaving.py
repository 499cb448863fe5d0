"""What a colleague opened to guests ends with her, and what is open to a guest ends with her entry: a new one opens nothing again."""

from accounts import leaving
from accounts.leaving import Leave
from accounts.models import Account
from audit import trail
from casework.cases.duties import close_duty
from casework.cases.events import record_event
from foundation import clock
from network.collaboration.models import GrantQuerySet, GuestGrant
from network.collaboration.pauses import DECIDE


def register() -> None:
    leaving.register("guest_grants", leaving.Step(70, end_grants))
    leaving.guest_endings.append(end_grants_to)


def end_grants(leave: Leave) -> int:
    """After her cases were handed over, so that the new owner reads it in the timeline."""
    return _end(GuestGrant.objects.filter(granted_by=leave.account), by=leave.by, reason="leaving")


def end_grants_to(guest: Account, by: Account | None) -> int:
    return _end(GuestGrant.objects.filter(guest=guest, until_date__gte=clock.today()), by=by, reason="guest_ended")


def _end(chosen: GrantQuerySet, *, by: Account | None, reason: str) -> int:
    grants = list(chosen.select_for_update(of=("self",)).select_related("referral__case__owner").filter(ended_on=None).order_by("pk"))
    today = clock.today()
    for grant in grants:
        case, actor = grant.referral.case, by or grant.referral.case.owner
        grant.ended_on, grant.ended_by = today, actor
        grant.save(update_fields=["ended_on", "ended_by"])
        close_duty(case, DECIDE, by=actor, on=today, about=grant)
        trail.record("referral.share_ended", by=by, about=grant.referral, subjects=[case.client_id], guest=grant.guest_id, reason=reason)
        record_event(case, "referral.share_ended", on=today, by=actor, about=grant.referral, facts={"guest": str(grant.guest_id)})
    return len(grants)
