"""Lifting the cover from a protected person's whereabouts: for one answer, to one account, for a purpose, after a fresh proof."""

from django.http import HttpRequest

from accounts.models import Account
from accounts.step_up import StepUpNeeded, is_fresh
from disclosure.gate import Opening
from foundation import clock, codes

PURPOSES = "protection_opening_purpose"


def open_protected(request: HttpRequest, purpose: str) -> Opening:
    """What `gate.reveal` takes as `opening`; its line has the action `protection.opened` and this purpose.

    Raises StepUpNeeded when the last proof is older than five minutes, RuleViolation `unknown_code` for what is no purpose.
    """
    codes.check(PURPOSES, purpose, on=clock.today(), field="purpose")
    if not isinstance(request.user, Account) or not is_fresh(request):
        raise StepUpNeeded
    return Opening(request.user.pk, purpose)
