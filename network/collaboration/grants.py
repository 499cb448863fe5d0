"""Opening one referral to one guest until a date, and closing it again."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.cases.access import can_work_on_case, is_blocked
from casework.cases.duties import close_duty
from casework.cases.events import record_event
from casework.protection.protections import lock_client
from foundation import parameters
from foundation.errors import RuleViolation, WrongState
from network.collaboration.models import FieldGroup, GuestGrant, Referral
from network.collaboration.pauses import DECIDE, check_may_be_shown
from network.collaboration.referrals import can_refer


@transaction.atomic
def share_referral(referral: Referral, *, guest: Account, groups: list[str], until: date, by: Account, today: date) -> GuestGrant:
    """Let a guest of the referral's agency see these field groups of it until a date.

    Raises PermissionDenied, or RuleViolation `guest_blocked`, `not_this_agency`, `nothing_to_show`, `unknown_group`, `until_past`,
    `until_too_far` (setting `guest_grant.longest_days`), `until_after_entry`, `no_consent`, `adverse_agency`,
    `whereabouts_in_text`; WrongState `case_ended`, `already_shared`.
    """
    referral = Referral.objects.select_for_update(of=("self",)).select_related("case", "consent").get(pk=referral.pk)
    if not can_refer(by, referral.case):
        raise PermissionDenied
    if is_blocked(guest, referral.case.client_id):
        raise RuleViolation("この人には共有できません。別の人を選んでください。", code="guest_blocked", field="guest")
    entry = guest.current_guest_entry(today)
    if entry is None or entry.agency_id != referral.agency_id:
        raise RuleViolation("つなぎ先の機関の、今つかえる利用者を選んでください。", code="not_this_agency", field="guest")
    if not groups:
        raise RuleViolation("見せる項目を1つ以上選んでください。", code="nothing_to_show", field="groups")
    if not set(groups) <= set(FieldGroup.values):
        raise RuleViolation("見せる項目を選び直してください。", code="unknown_group", field="groups")
    if until < today:
        raise RuleViolation("期限が過ぎています。今日より後の日にしてください。", code="until_past", field="until_date")
    longest = today + timedelta(days=int(parameters.get("guest_grant.longest_days", on=today)))
    if until > longest:
        raise RuleViolation(f"期限は {longest:%Y-%m-%d} までにしてください。あとで延ばせます。", code="until_too_far", field="until_date")
    if until > entry.until_date:
        raise RuleViolation("この利用者が入れる期間より後の日です。", code="until_after_entry", field="until_date")
    if not referral.consent.is_in_force(today):
        raise RuleViolation("情報共有の同意が撤回されています。", code="no_consent")
    if referral.grants.filter(guest=guest, ended_on=None, until_date__gte=today).exists():
        raise WrongState("この人にはもう共有しています。", code="already_shared")

    lock_client(referral.case.client_id)
    check_may_be_shown(referral, groups=groups, guest=guest, by=by)
    _end_run_out(referral, guest, by=by)
    grant = GuestGrant.objects.create(
        referral=referral, guest=guest, groups=sorted(set(groups)), from_date=today, until_date=until, granted_by=by
    )
    facts = {"guest": str(guest.pk), "groups": grant.groups, "until": until.isoformat()}
    trail.record("referral.shared", by=by, about=referral, subjects=[referral.case.client_id], **facts)
    record_event(referral.case, "referral.shared", on=today, by=by, about=referral, facts=facts)
    return grant


@transaction.atomic
def end_share(grant: GuestGrant, *, by: Account, today: date) -> GuestGrant:
    """The guest's next request finds nothing. Raises PermissionDenied, or WrongState `share_ended`."""
    grant = GuestGrant.objects.select_for_update(of=("self",)).select_related("referral__case").get(pk=grant.pk)
    if not (allowed(by, Permission.END_SHARE) and can_work_on_case(by, grant.referral.case)):
        raise PermissionDenied
    if grant.ended_on is not None:
        raise WrongState("この共有はもう終わっています。", code="share_ended")
    grant.ended_on, grant.ended_by = today, by
    grant.save(update_fields=["ended_on", "ended_by"])
    case = grant.referral.case
    close_duty(case, DECIDE, by=by, on=today, about=grant)
    trail.record("referral.share_ended", by=by, about=grant.referral, subjects=[case.client_id], guest=str(grant.guest_id))
    record_event(case, "referral.share_ended", on=today, by=by, about=grant.referral, facts={"guest": str(grant.guest_id)})
    return grant


def _end_run_out(referral: Referral, guest: Account, *, by: Account) -> None:
    """A grant past its date is over already; closing the row makes room for the next one."""
    for old in referral.grants.filter(guest=guest, ended_on=None):
        old.ended_on, old.ended_by = old.until_date, by
        old.save(update_fields=["ended_on", "ended_by"])
