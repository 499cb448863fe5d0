"""Who may look after what somebody read: never the person concerned, nor anybody who must not see the case."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed, at_work
from accounts.persons import accounts_of_mailbox
from casework.cases.models_access import CaseBlock
from casework.oversight.models import AccessAlert
from casework.protection.models import AdverseParty


def can_read_trail(account: Account | AnonymousUser) -> bool:
    return allowed(account, Permission.REVIEW_EVIDENCE)


def can_review(account: Account, alert: AccessAlert) -> bool:
    return can_review_reads_of(account, alert.actor_id, alert.subjects)


def can_review_reads_of(account: Account, actor: UUID, subjects: Collection[UUID]) -> bool:
    if not can_read_trail(account) or account.pk == actor or accounts_of_mailbox(account.email).filter(pk=actor).exists():
        return False
    return not is_blocked(account, subjects)


def is_blocked(account: Account, clients: Collection[UUID]) -> bool:
    """Somebody one of these people must be kept from, as one she fled from or as a relative: everything here keeps her from them too."""
    return bool(blocked_among(account, clients))


def blocked_among(account: Account, clients: Collection[UUID]) -> frozenset[UUID]:
    """Which of them those are."""
    asked = list(clients)
    if not asked:
        return frozenset()
    fled_from = AdverseParty.objects.filter(client__in=asked, account=account.pk, ended_at=None).values_list("client_id", flat=True)
    kept_from = CaseBlock.objects.in_force().filter(client__in=asked, account=account).values_list("client_id", flat=True)
    return frozenset({*fled_from, *kept_from})


def reviewers(today: date) -> QuerySet[Account]:
    """Everybody who may review at all, the chief before the centre's administrator."""
    return at_work(Permission.REVIEW_EVIDENCE.default_roles, today)
