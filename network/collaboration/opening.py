"""Who may open which fields of a referral: the care team all of them, a guest what a grant in force names."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts import pledges
from accounts.models import Account
from casework.cases.access import OWN_GROUNDS, reading_grounds
from casework.cases.models_access import CaseBlock
from disclosure import registrations
from disclosure.registrations import Access
from foundation import clock
from network.collaboration.models import FieldGroup, GrantQuerySet, GuestGrant, Referral

SHARED = "shared"
GROUPS = {
    FieldGroup.IDENTITY.value: ("name", "kana"),
    FieldGroup.REASON.value: ("reason",),
    FieldGroup.CONTENT.value: ("content",),
    "answer": ("answer",),
}
GROUNDS = {**dict.fromkeys(OWN_GROUNDS, frozenset(GROUPS)), SHARED: frozenset(FieldGroup.values)}


def decide(viewer: Account, referrals: Sequence[Referral]) -> Mapping[UUID, Access]:
    entry = viewer.guest_entry
    if entry is None:
        grounds = reading_grounds(viewer, {referral.case_id for referral in referrals})
        purposes = {referral.pk: purpose for referral in referrals if (purpose := grounds.get(referral.case_id)) is not None}
        answers = {pk: registrations.on_ground(Referral, purpose, reason=purpose.reason) for pk, purpose in purposes.items()}
        return {pk: access for pk, access in answers.items() if access}
    if not pledges.is_signed(entry):
        return {}
    most = registrations.on_ground(Referral, SHARED)
    grants = grants_open_to(viewer).filter(referral__in=[referral.pk for referral in referrals])
    return {pk: Access(most.groups.intersection(groups), SHARED) for pk, groups in grants.values_list("referral_id", "groups") if most}


def grants_open_to(guest: Account) -> GrantQuerySet:
    """In force today, of clients the guest is not blocked from."""
    blocked = CaseBlock.objects.in_force().filter(account=guest).values("client")
    return GuestGrant.objects.open_on(clock.today()).filter(guest=guest).exclude(referral__case__client__in=blocked)


DECISION = "decision"


def decide_grants(viewer: Account, grants: Sequence[GuestGrant]) -> Mapping[UUID, Access]:
    """Why a share goes on is the care team's own: no guest reads it."""
    if viewer.guest_entry is not None:
        return {}
    grounds = reading_grounds(viewer, {grant.referral.case_id for grant in grants})
    purposes = {grant.pk: purpose for grant in grants if (purpose := grounds.get(grant.referral.case_id)) is not None}
    answers = {pk: registrations.on_ground(GuestGrant, purpose, reason=purpose.reason) for pk, purpose in purposes.items()}
    return {pk: access for pk, access in answers.items() if access}
