"""担当ケース: which cases a list holds, in which order, and what is due next in each."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery

from accounts.models import Account
from casework.cases.models import Case, Duty, Stage
from foundation import parameters

MINE, QUIET, LATE, NEW, ALL = "mine", "quiet", "late", "new", "all"
VIEWS = {MINE: "自分の担当", QUIET: "要連絡", LATE: "期限超過", NEW: "新規", ALL: "全部"}
FRESH = frozenset({Stage.RECEIVED, Stage.SCREENED})
SORTS = {
    "number": ("fiscal_year", "sequence"),
    "stage": ("stage",),
    "received": ("received_on", "sequence"),
    "contact": ("last_contact_on",),
    "due": ("next_due",),
    "owner": ("owner__name",),
}
NEWEST_FIRST = ("-received_on", "-sequence")


def views_for(viewer: Account, today: date) -> dict[str, Q]:
    """The saved views. Quiet and late ones are those the viewer may open: nobody is reminded of what she cannot act on.

    Quiet: open, and no contact for `contact.quiet_days` days (none at all counts from reception).
    """
    quiet_since = today - timedelta(days=parameters.get("contact.quiet_days", on=today))
    is_open = Q(stage__in=Stage.open())
    visible = Q(pk__in=Case.objects.visible_to(viewer).values("pk"))
    overdue = Exists(Duty.objects.filter(case=OuterRef("pk"), closed_on=None, due_on__lt=today))
    unheard = Q(last_contact_on__lt=quiet_since) | Q(last_contact_on=None, received_on__lt=quiet_since)
    return {
        MINE: is_open & Q(pk__in=Case.objects.worked_on_by(viewer).values("pk")),
        QUIET: is_open & visible & unheard,
        LATE: is_open & visible & Q(overdue),
        NEW: Q(stage__in=FRESH),
        ALL: Q(),
    }


def count_views(views: dict[str, Q], viewer: Account) -> dict[str, int]:
    """All tabs by one query."""
    return Case.objects.seen_by(viewer).aggregate(**{name: Count("pk", filter=condition) for name, condition in views.items()})


def cases_in(condition: Q, viewer: Account, *, sort: str = "") -> "QuerySet[Case]":
    """The cases of a view without their sealed columns; an unknown order is the usual one, newest reception first."""
    rows = Case.objects.seen_by(viewer).filter(condition).select_related("client", "owner").defer("memo", "concerns", "main_concern")
    fields = SORTS.get(sort.removeprefix("-"))
    if fields is None:
        return rows.order_by(*NEWEST_FIRST)
    if fields == ("next_due",):
        due = Duty.objects.filter(case=OuterRef("pk"), closed_on=None).order_by().values("case").annotate(first=Min("due_on"))
        rows = rows.annotate(next_due=Subquery(due.values("first")))
    order = [F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True) for name in fields]
    return rows.order_by(*order, *NEWEST_FIRST)


def next_duties(cases: Iterable[UUID]) -> dict[UUID, Duty]:
    """What is due first in each of these cases; one query."""
    found: dict[UUID, Duty] = {}
    for duty in Duty.objects.filter(case__in=list(cases), closed_on=None).order_by("due_on", "pk"):
        if duty.case_id is not None:
            found.setdefault(duty.case_id, duty)
    return found
