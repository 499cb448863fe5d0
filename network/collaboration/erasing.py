"""When a client is erased, nothing of her stays open to a partner agency."""

from accounts.models import Account
from audit import trail
from casework.clients.models import Client
from foundation import clock
from network.collaboration.models import GuestGrant


def end_shares(client: Client, by: Account) -> None:
    for grant in GuestGrant.objects.select_for_update(of=("self",)).filter(referral__case__client=client, ended_on=None):
        grant.ended_on, grant.ended_by = clock.today(), by
        grant.save(update_fields=["ended_on", "ended_by"])
        trail.record("referral.share_ended", by=by, about=grant.referral, subjects=[client.pk], guest=str(grant.guest_id))
