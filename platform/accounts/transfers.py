"""Somebody goes to another centre on a day: here her membership ends the day before, there one is prepared."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import invitations
from accounts.catalogue import CENTRE_ROLES, Permission
from accounts.members import add_member, begin_posting, is_herself, is_over, plan_end
from accounts.models import Account, Membership
from accounts.permissions import allowed
from accounts.persons import accounts_of_mailbox
from audit import trail
from foundation.errors import RuleViolation, WrongState
from tenants import roster
from tenants.activation import active_host
from tenants.models import Centre, Corporation


@transaction.atomic
def offer_transfer(
    membership: Membership,
    *,
    to: Centre,
    roles: Iterable[str],
    on: date,
    by: Account,
    today: date,
    successor: Account | None = None,
    stays: bool = False,
) -> Membership:
    """Tell the other centre's administrators whom to expect from when. Unless she `stays` here as well, her last day here is the day
    before, and what she has open goes to `successor`.

    Raises PermissionDenied, RuleViolation own_transfer, not_ahead, until_before_from, no_role, role_not_here, same_centre,
    already_member, open_work or successor_leaves, WrongState member_left or already_offered.
    """
    membership = Membership.objects.select_for_update(of=("self",)).select_related("account").get(pk=membership.pk)
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    if is_herself(by, membership):
        raise RuleViolation("自分の異動は、ほかの管理者に頼んでください。", code="own_transfer")
    if is_over(membership, today):
        raise WrongState("この人の利用は、すでに終了しています。", code="member_left")
    if on <= today:
        raise RuleViolation("異動日は明日以後にしてください。", code="not_ahead", field="on")
    if not stays and on <= membership.from_date:
        raise RuleViolation("異動日は、ここで働き始める日より後にしてください。", code="until_before_from", field="on")
    codes = sorted({str(role) for role in roles})
    if not codes:
        raise RuleViolation("役割を1つ以上選んでください。", code="no_role", field="roles")
    if not set(codes) <= {role.value for role in CENTRE_ROLES}:
        raise RuleViolation("異動先で使える役割を選んでください。", code="role_not_here", field="roles")
    if to.pk == active_host().centre_id:
        raise RuleViolation("異動先には、ほかのセンターを選んでください。", code="same_centre", field="to")

    if membership.posting_id is None:
        membership.posting_id = begin_posting(membership, membership.from_date)
        membership.save(update_fields=["posting_id"])
    if any(one.state == "offered" for one in roster.outgoing_transfers(membership.posting_id)):
        raise WrongState("この人の異動は、もう申し出ています。", code="already_offered")
    if not stays:
        membership = plan_end(membership, on=on - timedelta(days=1), by=by, successor=successor)
    transfer = roster.offer_transfer(membership.posting_id, to_centre=to.pk, roles=codes, on=on)  # type: ignore[arg-type]  # set above
    trail.record(
        "transfer.offered", by=by, about=[membership.account, membership], transfer=transfer, to=to.pk, roles=codes, on=on, stays=stays
    )
    return membership


def incoming(by: Account) -> list[roster.Incoming]:
    """Whom other centres send us. PermissionDenied for whoever does not manage staff."""
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    return roster.incoming_transfers()


@transaction.atomic
def accept_transfer(transfer: UUID, *, roles: Iterable[str], by: Account, today: date, employer: Corporation | None = None) -> Membership:
    """She gets her membership here from the day on, and an invitation to choose a password of this host's own.

    Raises PermissionDenied, WrongState transfer_over, and what add_member refuses with.
    """
    offered = next((one for one in incoming(by) if one.id == transfer), None)
    if offered is None or not roster.answer_transfer(transfer, accepted=True):
        raise WrongState("この異動は、もう受け入れを待っていません。", code="transfer_over")
    known = accounts_of_mailbox(offered.email).order_by("created_at").first()  # she may have worked here under a tagged address
    email = known.email if known is not None else offered.email
    membership = add_member(email=email, name=offered.name, roles=roles, by=by, from_date=max(offered.on, today), employer=employer)
    invitations.welcome(membership.account, by=by)
    trail.record("transfer.accepted", by=by, about=[membership.account, membership], transfer=transfer)
    return membership


@transaction.atomic
def decline_transfer(transfer: UUID, *, by: Account) -> None:
    """Her last day at the other centre stays as it was set there. Raises PermissionDenied, WrongState transfer_over."""
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    if not roster.answer_transfer(transfer, accepted=False):
        raise WrongState("この異動は、もう受け入れを待っていません。", code="transfer_over")
    trail.record("transfer.declined", by=by, transfer=transfer)
