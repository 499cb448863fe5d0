"""What a colleague opened to guests ends with her: who still wants it shared opens it in her own name."""

from accounts import leaving
from accounts.leaving import Leave
from audit import trail
from casework.cases.events import record_event
from network.collaboration.models import GuestGrant


def register() -> None:
    leaving.register("guest_grants", leaving.Step(70, end_grants))


def end_grants(leave: Leave) -> int:
    """After her cases were handed over, so that the new owner reads it in the timeline."""
    hers = GuestGrant.objects.select_for_update(of=("self",)).select_related("referral__case__owner")
    grants = list(hers.filter(granted_by=leave.account, ended_on=None).order_by("pk"))
    for grant in grants:
        case, actor = grant.referral.case, leave.by or grant.referral.case.owner
        grant.ended_on, grant.ended_by = leave.today, actor
        grant.save(update_fields=["ended_on", "ended_by"])
        trail.record(
            "referral.share_ended", by=leave.by, about=grant.referral, subjects=[case.client_id], guest=grant.guest_id, reason="leaving"
        )
        record_event(case, "referral.share_ended", on=leave.today, by=actor, about=grant.referral, facts={"guest": str(grant.guest_id)})
    return len(grants)
