"""Who may open which fields of a referral: the care team all of them, a guest what a grant in force names."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts import pledges
from accounts.models import Account
from casework.cases.access import OWN_GROUNDS, reading_grounds
from disclosure.gate import Access
from foundation import clock
from network.collaboration.models import FieldGroup, GuestGrant, Referral

SHARED = "shared"
GROUPS = {
    FieldGroup.IDENTITY.value: ("name", "kana"),
    FieldGroup.REASON.value: ("reason",),
    FieldGroup.CONTENT.value: ("content",),
    "answer": ("answer",),
}


def decide(viewer: Account, referrals: Sequence[Referral]) -> Mapping[UUID, Access]:
    entry = viewer.guest_entry
    if entry is None:
        grounds = reading_grounds(viewer, {referral.case_id for referral in referrals})
        own = [referral for referral in referrals if grounds.get(referral.case_id) in OWN_GROUNDS]
        return {referral.pk: Access(frozenset(GROUPS), grounds[referral.case_id]) for referral in own}
    if not pledges.is_signed(entry):
        return {}
    grants = GuestGrant.objects.open_on(clock.today()).filter(guest=viewer, referral__in=[referral.pk for referral in referrals])
    return {pk: Access(frozenset(groups), SHARED) for pk, groups in grants.values_list("referral_id", "groups")}


DECISION = "decision"


def decide_grants(viewer: Account, grants: Sequence[GuestGrant]) -> Mapping[UUID, Access]:
    """Why a share goes on is the care team's own: no guest reads it."""
    if viewer.guest_entry is not None:
        return {}
    grounds = reading_grounds(viewer, {grant.referral.case_id for grant in grants})
    own = [grant for grant in grants if grounds.get(grant.referral.case_id) in OWN_GROUNDS]
    return {grant.pk: Access(frozenset({DECISION}), grounds[grant.referral.case_id]) for grant in own}
