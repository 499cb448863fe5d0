"""A second factor that is lost: an administrator asks, a second person approves, and its owner enrols anew. Nobody sees a secret."""

from collections.abc import Collection
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import approvals, leaving, notices
from accounts.catalogue import Permission
from accounts.models import Account, Approval
from accounts.permissions import allowed
from accounts.persons import is_same_person
from audit import trail
from foundation.errors import RuleViolation

KIND = "account.factor_reset"


@transaction.atomic
def ask_reset(account: Account, *, by: Account) -> Approval:
    """Ask for a second person; nothing has changed yet.

    Raises PermissionDenied, RuleViolation own_reset, not_here or already_asked.
    """
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    if is_same_person(account, by):
        raise RuleViolation("自分の二段階認証は、ほかの管理者に頼んでください。", code="own_reset")
    if not account.may_sign_in:
        raise RuleViolation("この人は、いま利用していません。", code="not_here")
    return approvals.ask(KIND, account, by=by)


def may_decide(decider: Account, accounts: Collection[UUID]) -> Collection[UUID]:
    """Whoever may decide such things, but never about herself."""
    if not allowed(decider, Permission.DECIDE_ACCOUNT_RESET):
        return ()
    return {account.pk for account in Account.objects.filter(pk__in=accounts) if not is_same_person(decider, account)}


def carry_out(approval: Approval, *, by: Account) -> None:
    """Factors and sessions end; with her password she reaches the page of enrolment and nothing else. She is told."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=approval.about_id)
    factors = Authenticator.objects.filter(user=account).delete()[0]
    sessions = leaving.end_sessions(account)
    tokens = account.auth_token_set.all().delete()[0]
    account.must_enrol = True
    account.save(update_fields=["must_enrol"])
    trail.record("factors.reset", by=by, about=account, approval=approval.pk, factors=factors, sessions=sessions, tokens=tokens)
    notices.tell(account, "second_factor_changed")


def register() -> None:
    approvals.register(KIND, approvals.Kind("二段階認証の再登録", may_decide, carry_out, about=names_of))


def names_of(accounts: Collection[UUID]) -> dict[UUID, str]:
    return dict(Account.objects.filter(pk__in=accounts).values_list("pk", "name"))
