"""Alerts: raised once, given to somebody who is not concerned, decided by her with a code and words."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from accounts.catalogue import Role
from accounts.models import Account
from accounts.persons import accounts_of_mailbox
from audit import trail
from casework.cases import broken_glass
from casework.oversight.models import AccessAlert, AlertKind, Decision
from casework.oversight.permissions import can_read_trail, can_review, can_review_reads_of, reviewers
from casework.oversight.rules import Finding
from disclosure import field_map, registrations
from foundation import clock, parameters
from foundation.errors import RuleViolation, WrongState

SOON = frozenset({AlertKind.BREAK_GLASS})
LATER = "#"  # behind a day's key, before how many it had grown to when it was raised again


REVIEWER = "reviewer"


def register() -> None:
    field_map.describe({REVIEWER: "閲覧を確認する人"})
    registrations.register(AccessAlert, groups={"review": ("words",)}, decide=_decide, grounds={REVIEWER: {"review"}})


def _decide(viewer: Account, alerts: Sequence[Any]) -> dict[UUID, frozenset[str]]:  # Any: alerts
    """Words about somebody are for those who may review her, never for herself."""
    reviewed = registrations.registered()[AccessAlert].grounds[REVIEWER]
    return {alert.pk: reviewed for alert in alerts if can_review(viewer, alert)}


@transaction.atomic
def raise_alert(finding: Finding, *, today: date) -> AccessAlert | None:
    """None if it has been raised before; a finding that has grown since is grown. What a day brings after it was decided on is raised
    anew: whoever had her morning looked at has no free afternoon.

    Given to the reviewer who has the fewest open ones, the chief first; to nobody if nobody may, and then it counts as such.
    """
    of_her = AccessAlert.objects.select_for_update(of=("self",)).filter(kind=finding.kind, actor=finding.actor)
    same = of_her.filter(Q(key=finding.key) | Q(key__startswith=f"{finding.key}{LATER}"))
    known = same.defer("words").order_by("-raised_at", "-count").first()
    facts = {"lines": list(finding.lines), "subjects": list(finding.subjects), "count": finding.times, "usual": finding.usual}
    if known is not None:
        if known.is_open and known.count < finding.times:
            AccessAlert.objects.filter(pk=known.pk).update(**facts)
        if known.is_open or known.count >= finding.times or finding.key != str(finding.day):
            return None
        finding = finding._replace(key=f"{finding.key}{LATER}{finding.times}")
    days = parameters.get("oversight.urgent_days" if finding.kind in SOON else "oversight.review_days", on=today)
    alert = AccessAlert.objects.create(
        kind=finding.kind,
        actor_id=finding.actor,
        key=finding.key,
        day=finding.day,
        raised_at=clock.now(),
        due_on=clock.add_business_days(today, int(days)),
        assigned_to=choose_reviewer(finding.actor, finding.subjects, today=today),
        **facts,
    )
    trail.record("alert.raised", by=None, about=alert, subjects=finding.subjects, kind=finding.kind.value, account=finding.actor)
    return alert


def choose_reviewer(actor: UUID, subjects: Collection[UUID], *, today: date) -> Account | None:
    able = [account for account in reviewers(today) if can_review_reads_of(account, actor, subjects)]
    if not able:
        return None
    open_ones = AccessAlert.objects.filter(decision="", assigned_to__in=able).values_list("assigned_to").annotate(Count("pk")).order_by()
    load = dict(open_ones)
    return min(able, key=lambda account: (Role.CHIEF_COUNSELLOR not in account.roles, load.get(account.pk, 0), str(account.pk)))


@transaction.atomic
def review_alert(alert: AccessAlert, *, decision: str, words: str, by: Account) -> AccessAlert:
    """Close it. Words are needed for every decision but `proper`.

    Raises PermissionDenied for the person concerned and for whoever may not review her, WrongState `already_reviewed`,
    RuleViolation `unknown_decision`, `no_words`.
    """
    alert = AccessAlert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if not can_review(by, alert):
        raise PermissionDenied
    if not alert.is_open:
        raise WrongState("この閲覧は、すでに確認されています。", code="already_reviewed")
    if decision not in Decision:
        raise RuleViolation("確認の結果を選んでください。", code="unknown_decision", field="decision")
    if decision != Decision.PROPER and not words.strip():
        raise RuleViolation("確かめたことを、一文でよいので書いてください。", code="no_words", field="words")
    alert.decision, alert.words = decision, words.strip() or None
    alert.reviewed_by, alert.reviewed_at = by, clock.now()
    alert.save(update_fields=["decision", "words", "reviewed_by", "reviewed_at"])
    trail.record("alert.reviewed", by=by, about=alert, subjects=alert.subjects, decision=decision, account=alert.actor_id)
    return alert


@transaction.atomic
def reassign_alerts(*, today: date) -> int:
    """Give what nobody has, or somebody who may no longer review it, to somebody who may. Returns how many moved."""
    moved = 0
    current = {account.pk: account for account in reviewers(today)}
    for alert in open_alerts().select_for_update(of=("self",)):
        holder = current.get(alert.assigned_to_id) if alert.assigned_to_id else None
        if holder is not None and can_review(holder, alert):
            continue
        taker = choose_reviewer(alert.actor_id, alert.subjects, today=today)
        if taker is None and alert.assigned_to_id is None:
            continue
        AccessAlert.objects.filter(pk=alert.pk).update(assigned_to=taker)
        to = taker.pk if taker else None
        trail.record("alert.reassigned", by=None, about=alert, subjects=alert.subjects, account=alert.actor_id, taker=to)
        moved += 1
    return moved


def open_alerts() -> "QuerySet[AccessAlert]":
    return AccessAlert.objects.filter(decision="").defer("words").order_by("due_on", "raised_at", "pk")


def queue_of(viewer: Account) -> "QuerySet[AccessAlert]":
    """What a reviewer sees: everything but what concerns herself. Nobody learns here that she was noticed."""
    assert can_read_trail(viewer)
    others = AccessAlert.objects.exclude(actor__in=accounts_of_mailbox(viewer.email))
    return others.select_related("actor", "assigned_to", "reviewed_by").defer("words")


def next_alert(viewer: Account) -> AccessAlert | None:
    """The one to look at next: her own first, the most urgent first."""
    waiting = queue_of(viewer).filter(decision="").order_by("due_on", "raised_at", "pk")
    mine = (alert for alert in waiting.filter(assigned_to=viewer)[:20] if can_review(viewer, alert))
    others = (alert for alert in waiting[:20] if can_review(viewer, alert))
    return next(mine, None) or next(others, None)


def tell_headquarters(*, today: date) -> None:
    """How many are overdue, how many have nobody who may review them, and how often glass was broken lately: all that leaves the
    centre, through a function that takes the centre from the login."""
    counted = AccessAlert.objects.filter(decision="").aggregate(
        overdue=Count("pk", filter=Q(due_on__lt=today)), nobodys=Count("pk", filter=Q(assigned_to=None))
    )
    with connection.cursor() as cursor:
        figures = [counted["overdue"], counted["nobodys"], broken_glass.used_lately_by_all()]
        cursor.execute("SELECT public.report_overdue_reviews(%s, %s, %s, %s)", [*figures, today])
