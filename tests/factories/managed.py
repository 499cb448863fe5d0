"""What 管理 is about, as it lies in the worlds of the sweeps: so far gone that asking for it again changes nothing."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from accounts.models import Account, IdentityProvider, Invitation
from accounts.resets import ask_reset
from accounts.transfers import incoming, offer_transfer
from foundation import clock
from tenants.activation import host_active
from tenants.hosts import Host
from tenants.models import Centre
from tests.factories.people import staff


def what_is_managed(member: Account, *, asked_by: Account, role: str = "clerk") -> dict[str, dict[str, UUID | str]]:
    """A colleague whose factor somebody asked to reset, one who has left, an invitation that was used, a provider that is down."""
    gone = staff(role, name="職員 former", until=date(2021, 3, 31))
    used = Invitation.objects.create(
        account=gone, token_digest=uuid4().hex, made_at=clock.now(), expires_at=clock.now() + timedelta(days=3), used_at=clock.now()
    )
    away = IdentityProvider.objects.create(
        issuer="http://localhost:1", client_id="nobody", sealed_secret="", made_by=asked_by, made_at=clock.now()
    )
    return {
        "provider": {"pk": away.pk},
        "member": {"pk": member.memberships.get().pk},
        "former": {"pk": gone.memberships.get().pk},
        "used": {"pk": used.pk},
        "asked": {"pk": ask_reset(member, by=asked_by).pk},
    }


def transfer_between(origin: Host, sender: Account, target: Host, receiver: Account) -> UUID:
    """Somebody of one centre is offered to the other; what the receiver finds in her list."""
    with host_active(origin):
        to, today = Centre.objects.get(schema_name=target.schema_name), clock.today()
        membership = staff("clerk", name="異動 見本").memberships.get()
        offer_transfer(membership, to=to, roles=["clerk"], on=today + timedelta(days=9), by=sender, today=today)
    with host_active(target):
        return incoming(receiver)[0].id
