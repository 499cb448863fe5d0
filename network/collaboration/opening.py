"""Who may open which fields of a referral: the care team all of them, a guest what a grant in force names."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts import pledges
from accounts.models import Account
from casework.cases import field_groups
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
_of_case = field_groups.by_case(GROUPS, "case_id")


def decide(viewer: Account, referrals: Sequence[Referral]) -> Mapping[UUID, Access]:
    entry = viewer.guest_entry
    if entry is None:
        return _of_case(viewer, referrals)
    if not pledges.is_signed(entry):
        return {}
    grants = GuestGrant.objects.open_on(clock.today()).filter(guest=viewer, referral__in=[referral.pk for referral in referrals])
    return {pk: Access(frozenset(groups), SHARED) for pk, groups in grants.values_list("referral_id", "groups")}
