"""Which cases: of a care team, open, of a month."""

from datetime import date
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from disclosure.protection import seen_by
from vault.fields import SealedQuerySet

if TYPE_CHECKING:
    from casework.cases.models import Case  # noqa: F401


class CaseQuerySet(SealedQuerySet["Case"]):
    def worked_on_by(self, account: Account) -> Self:
        """Cases whose care team the account belongs to; one sub-query on guardian's direct table."""
        from casework.cases.models import CaseUserObjectPermission

        team = CaseUserObjectPermission.objects.filter(user=account, permission__codename="work_on_case")
        return self.filter(pk__in=team.values("content_object_id"))

    def visible_to(self, account: Account) -> Self:
        """What a list shows by name: the care team's cases; every case of the centre for whoever supervises (the chief)."""
        mine = self.all() if allowed(account, Permission.READ_ALL_CASES) else self.worked_on_by(account)
        return mine.seen_by(account)

    def seen_by(self, account: Account) -> Self:
        """Cases of people who exist for this account: what a register, a list or a count may hold (disclosure.protection)."""
        return self.filter(seen_by(account))

    def newest_of(self, client: "OuterRef | UUID") -> Self:
        """Her cases, the newest first: in that one is written down what concerns the person herself, and its number names her."""
        return self.filter(client=client).order_by("-received_on", "-sequence")

    def newest_number(self) -> Subquery:
        """For a query of rows that belong to a client each: the number of her newest case."""
        return Subquery(self.newest_of(OuterRef("client")).values("number")[:1])

    def open(self) -> Self:
        from casework.cases.models import Stage

        return self.filter(stage__in=Stage.open())

    def received_in(self, first: date, last: date) -> Self:
        return self.filter(received_on__range=(first, last))
