"""Which people do not exist for an account: the protected for whoever is not on their team, and whoever she must not know of.

One condition, put inside the query that asks: a list costs the same whether it hides somebody or not. For those who work on
her case, and for the chief, a protected person is there like anybody else; what is covered of her is the gate's business.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.models import CaseUserObjectPermission
from casework.clients.models import Client
from casework.protection.models import AdverseParty, BothSides, Protection
from disclosure.protection import Standing


def hidden_from(viewer: Account) -> QuerySet[Client, Any]:
    """Ids of clients who do not exist for this account: to be used inside another query.

    To write the condition down costs more than to ask it, and a page asks three times: it is kept with the account, for as
    long as the account is what it is.
    """
    entry = viewer.guest_entry if getattr(viewer, "kind", "") == "guest" else None
    asked_as = (viewer.pk, entry and entry.agency_id, allowed(viewer, Permission.READ_ALL_CASES))
    kept = viewer.__dict__.get("_hidden_from")
    if kept is None or kept[0] != asked_as:
        kept = viewer.__dict__["_hidden_from"] = asked_as, Client.objects.filter(_hidden(viewer)).order_by().values("pk")
    return kept[1].all()


def standing(viewer: Account, people: Collection[UUID]) -> Standing:
    """Of these people those hidden from the viewer and those protected; one query."""
    in_force = Exists(Protection.objects.filter(client=OuterRef("pk"), ended_at=None))
    hidden = Exists(hidden_from(viewer).filter(pk=OuterRef("pk")))
    rows = Client.objects.filter(pk__in=list(people)).annotate(is_hidden=hidden, is_protected=in_force).order_by()
    found = list(rows.filter(Q(is_hidden=True) | Q(is_protected=True)).values_list("pk", "is_hidden", "is_protected"))
    return Standing(frozenset(pk for pk, hidden, _ in found if hidden), frozenset(pk for pk, _, protected in found if protected))


def _hidden(viewer: Account) -> Q:
    hidden = Q(pk__in=_adverse_to(viewer).values("client"))
    if getattr(viewer, "kind", "") == "guest" or allowed(viewer, Permission.READ_ALL_CASES):
        return hidden
    mine = CaseUserObjectPermission.objects.filter(user=viewer.pk, permission__codename="work_on_case")
    protected = Protection.objects.filter(ended_at=None).exclude(client__in=mine.values("content_object__client"))
    both = _both_sides(viewer, mine)
    return (
        hidden
        | Q(pk__in=protected.values("client"))
        | Q(pk__in=both.filter(his__gt=F("hers")).values("party"))
        | Q(pk__in=both.filter(hers__gt=F("his")).values("client"))
    )


def _adverse_to(viewer: Account) -> QuerySet[AdverseParty]:
    """Where the account itself, or the agency it comes from, is the one who must not know."""
    rows = AdverseParty.objects.filter(ended_at=None)
    entry = viewer.guest_entry if getattr(viewer, "kind", "") == "guest" else None
    return rows.filter(Q(account=viewer.pk) | Q(agency_id=entry.agency_id) if entry else Q(account=viewer.pk))


def _both_sides(viewer: Account, mine: QuerySet[CaseUserObjectPermission]) -> QuerySet[Any]:
    """Any: adverse parties with two columns more. The colleague works for both, and nobody has allowed it; who was joined last counts."""

    def joined(side: str) -> Subquery:
        rows = mine.filter(content_object__client=OuterRef(side)).order_by().values("content_object__client")
        return Subquery(rows.annotate(last=Max("pk")).values("last"))

    allowed_to = BothSides.objects.filter(party=OuterRef("pk"), account=viewer.pk, allowed_at__isnull=False)
    rows = AdverseParty.objects.filter(~Exists(allowed_to), ended_at=None, party__isnull=False)
    return rows.annotate(hers=joined("client"), his=joined("party")).filter(hers__isnull=False, his__isnull=False)
