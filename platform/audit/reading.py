"""The trail as it is read by those who review it. Whoever shows what this returns leaves a line of her own, and names nobody
past the gate: a line holds ids only.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Max, QuerySet

from audit.models import AuditLine, Verdict

SHOWN = (
    "id", "at", "actor", "actor_kind", "membership", "action", "verdict", "channel", "purpose", "objects_touched", "subjects", "fields",
    "facts",
)  # fmt: skip
NOTICED = ("alert.raised", "alert.reviewed", "alert.reassigned")  # each names whose reads in `account`
BY_PEOPLE = {"verdict": Verdict.READ, "actor__isnull": False}


class ReadDay(NamedTuple):
    """How many people's data somebody read on a day, in how many lines."""

    actor: UUID
    day: date
    people: int
    lines: int


class Reading(NamedTuple):
    """What somebody read of one person on one day, by one way and for one purpose."""

    day: date
    actor: UUID | None
    actor_kind: str
    membership: UUID | None
    purpose: str
    channel: str
    times: int
    paths: tuple[str, ...]  # cases.Case.memo

    @property
    def fields(self) -> dict[str, list[str]]:
        """As a line has them: model → names."""
        named: dict[str, list[str]] = {}
        for path in self.paths:
            label, _, name = path.rpartition(".")
            named.setdefault(label, []).append(name)
        return named


def lines(
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    actor: UUID | None = None,
    subjects: Collection[UUID] | None = None,
    verdict: str = "",
    channel: str = "",
    by_staff: bool = False,
    but_noticed: Collection[UUID] = (),
) -> "QuerySet[Any]":  # Any: the model is nobody's to import
    """Newest first. `subjects`: lines about any of these people; none of them, no line. `by_staff`: neither guests' nor programs'.
    `but_noticed`: without what says that reads of these accounts were noticed.
    """
    asked: dict[str, Any] = {
        "at__gte": since,
        "at__lt": before,
        "actor": actor,
        "subjects__overlap": list(subjects) if subjects is not None else None,
        "verdict": verdict or None,
        "channel": channel or None,
        "actor_kind": "staff" if by_staff else None,
    }
    found = AuditLine.objects.filter(**{name: value for name, value in asked.items() if value is not None})
    if but_noticed:
        found = found.exclude(action__in=NOTICED, facts__account__in=[str(account) for account in but_noticed])
    return found.only(*SHOWN).order_by("-at", "-id")


def numbered(ids: Iterable[int]) -> list[Any]:
    """The lines of these numbers, in their order."""
    return list(AuditLine.objects.filter(pk__in=list(ids)).only(*SHOWN).order_by("id"))


def reads_by_day(*, since: datetime, before: datetime, actors: Collection[UUID] | None = None) -> list[ReadDay]:
    """Of everybody, or of these: people read and lines left per day of Japan's calendar; what rules and jobs read is left out."""
    among = "AND actor = ANY(%(actors)s)" if actors is not None else ""
    statement = f"""
        SELECT actor, day, count(DISTINCT person), count(DISTINCT id) FROM (
            SELECT id, actor, (at AT TIME ZONE 'Asia/Tokyo')::date AS day, unnest(subjects) AS person FROM audit_auditline
            WHERE verdict = 'read' AND channel <> 'job' AND actor IS NOT NULL AND at >= %(since)s AND at < %(before)s {among}
        ) AS reads GROUP BY actor, day ORDER BY day, actor"""  # noqa: S608 - the one piece put in is our own
    with connection.cursor() as cursor:
        cursor.execute(statement, {"since": since, "before": before, "actors": list(actors or ())})
        return [ReadDay(*row) for row in cursor.fetchall()]


def readings_of(subject: UUID) -> list[Reading]:
    """Everything that people, guests and programs read of one person, day by day, oldest first; rules are machine reads (channel job)."""
    statement = """
        SELECT (at AT TIME ZONE 'Asia/Tokyo')::date AS day, actor, actor_kind, (array_agg(membership ORDER BY id DESC))[1], purpose, channel,
            count(DISTINCT id), array_agg(DISTINCT path) FILTER (WHERE path IS NOT NULL)
        FROM (
            SELECT id, at, actor, actor_kind, membership, purpose, channel, fields FROM audit_auditline
            WHERE subjects && ARRAY[%s]::uuid[] AND verdict = 'read' OFFSET 0  -- a fence: found by the index, whatever follows
        ) AS hers LEFT JOIN LATERAL (
            SELECT model || '.' || field AS path FROM jsonb_each(fields) AS of_model (model, names), jsonb_array_elements_text(names) AS field
        ) AS opened ON true
        GROUP BY day, actor, actor_kind, purpose, channel ORDER BY day, min(id)"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [subject])
        return [Reading(*row)._replace(paths=tuple(row[-1] or ())) for row in cursor.fetchall()]


def last_opened(thing: models.Model, *, by: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these accounts last opened this one object; who never did is missing."""
    touched = [[thing._meta.label, str(thing.pk)]]
    found = AuditLine.objects.filter(actor__in=by, action="record.read", objects_touched__contains=touched)
    return dict(found.order_by().values_list("actor").annotate(Max("at")))


def read_lines_between(since: datetime, before: datetime) -> list[int]:
    """Numbers of the lines by which people read people's data, in order."""
    found = AuditLine.objects.filter(at__gte=since, at__lt=before, subjects__len__gt=0, **BY_PEOPLE).exclude(channel="job")
    return list(found.order_by(F("id")).values_list("id", flat=True))
