"""The end of a membership: at once, or on a day set ahead that a job carries out."""

from datetime import date
from uuid import UUID

import structlog
from django.db import transaction

from accounts import leaving, notices
from accounts.catalogue import Role
from accounts.models import Account, Departure, GuestEntry, Membership
from audit import trail
from foundation import clock
from foundation.errors import RuleViolation
from tenants import roster

log = structlog.get_logger("tsunagi.accounts")


@transaction.atomic
def set_ahead(membership: Membership, *, successor: Account | None, by: Account) -> Departure:
    """Keep who takes over on the last day. Raises RuleViolation `open_work` or `successor_leaves`: nobody leaves open cases behind."""
    leaving.check_handed_over(membership.account, successor)
    departure, _ = Departure.objects.update_or_create(
        membership=membership, defaults={"successor": successor, "set_by": by, "set_at": clock.now()}
    )
    return departure


@transaction.atomic
def depart(membership: Membership, *, by: Account | None, today: date, successor: Account | None) -> Membership:
    """End the membership, and everything she leaves behind, in one transaction. The caller has locked it and set its last day.

    Raises RuleViolation `open_work` and whatever a step of leaving refuses with.
    """
    ended = leaving.end_everything(leaving.Leave(membership.account, by, today, successor))
    membership.ended_at = clock.now()
    membership.save(update_fields=["until_date", "ended_at"])
    if membership.posting_id is not None and membership.until_date is not None:
        roster.end_posting(membership.posting_id, until_date=membership.until_date)
    trail.record(
        "member.ended",
        by=by,
        about=[membership.account, membership],
        on=membership.until_date,
        ended=[f"{code}:{count}" for code, count in ended.items()],
    )
    notices.tell(membership.account, "access_ended")
    return membership


def carry_out_due(today: date) -> int:
    """The day after somebody's last day: what a date alone has closed already is ended for good. Returns how many have left.

    One who cannot leave (open cases, nobody to take them) loses her ways in all the same; she is asked for again next time.
    """
    over = Membership.objects.filter(until_date__lt=today, ended_at=None).order_by("until_date", "id")
    gone = sum(_carry_out(pk, today) for pk in over.values_list("pk", flat=True))
    for pk in GuestEntry.objects.filter(until_date__lt=today, ended_at=None).order_by("until_date", "id").values_list("pk", flat=True):
        expire_guest(pk)
    return gone


def _carry_out(pk: UUID, today: date) -> bool:
    try:
        with transaction.atomic():
            membership = Membership.objects.select_for_update(of=("self",)).select_related("account").get(pk=pk)
            if membership.account.current_membership(today) is not None:
                _go_on(membership)
                return False
            depart(membership, by=None, today=today, successor=_successor_of(membership, today))
        return True
    except RuleViolation as refusal:
        with transaction.atomic():
            account = Account.objects.get(pk=membership.account_id)  # as it stands: the one at hand has been through the refused attempt
            could_come = account.has_usable_password()
            leaving.end_sessions(account)
            leaving.end_secrets(account)
            if could_come:
                trail.record("member.not_handed_over", by=None, about=[account, membership], reason=refusal.code)
        log.error("nobody takes over", membership=str(pk), reason=refusal.code)
        return False


def _go_on(membership: Membership) -> None:
    """Another time of hers has begun (a year's contract was renewed): this one is over, and she leaves nothing behind."""
    membership.ended_at = clock.now()
    membership.save(update_fields=["ended_at"])
    trail.record("member.continued", by=None, about=[membership.account, membership], on=membership.until_date)


def _successor_of(membership: Membership, today: date) -> Account | None:
    """Whoever was chosen, while she is still here; else a chief of today; None if nothing is open."""
    if not leaving.open_work(membership.account):
        return None
    departure = Departure.objects.filter(membership=membership).select_related("successor").first()
    chosen = departure.successor if departure is not None else None
    if chosen is not None and chosen.current_membership(today) is not None:
        return chosen
    chiefs = Membership.objects.current(today).filter(roles__contains=[Role.CHIEF_COUNSELLOR]).exclude(account=membership.account)
    first = chiefs.select_related("account").order_by("from_date", "id").first()
    return first.account if first is not None else None


@transaction.atomic
def expire_guest(pk: UUID) -> None:
    """The date of this entry has passed."""
    entry = GuestEntry.objects.select_for_update(of=("self",)).select_related("account").get(pk=pk)
    end_entry(entry, by=None)
    trail.record("guest.expired", by=None, about=[entry.account, entry])


def end_entry(entry: GuestEntry, *, by: Account | None) -> None:
    """With every way in and everything shared with her: an entry she may get later opens none of it again. The caller has locked it."""
    entry.ended_at = clock.now()
    entry.save(update_fields=["ended_at"])
    leaving.end_sessions(entry.account)
    leaving.end_secrets(entry.account)
    leaving.end_invitations(entry.account)
    for end in leaving.guest_endings:
        end(entry.account, by)
