"""Watching the trail day by day: rules over its lines, names compared once for each reader and person, a weekly sample."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Account, AccountKind, Membership
from audit import reading, trail
from casework.clients.models import Client, ContactWay
from casework.oversight import alerts, declarations, kinship, rules
from casework.oversight.models import AccessAlert, AlertKind, ComparedPair, Watch
from casework.oversight.rules import Finding, Limits, Line
from disclosure import gate
from foundation import clock, parameters

log = structlog.get_logger("tsunagi.oversight")

DAY, WEEK = timedelta(days=1), timedelta(days=7)
USUAL = timedelta(days=30)
CATCH_UP = 31  # days looked back at most when watching begins, or begins again
COMPARED_FOR = timedelta(days=90)
SEARCHED = "record.searched"


@transaction.atomic
def watch(*, now: datetime) -> list[AccessAlert]:
    """Every day from where watching stopped to this moment; a day that is over is not looked at again.

    Runs as often as wished: what was raised is not raised again. `now` is by the trail's clock, the database's.
    """
    mark, _ = Watch.objects.select_for_update().get_or_create(pk=1)
    today = timezone.localtime(now).date()
    first = max(mark.day + DAY, today - CATCH_UP * DAY) if mark.day else today
    raised = [alert for day in _days(first, today) for alert in watch_day(day)]
    raised += sample_weeks(mark, today)
    over = [day for day in _days(first, today) if rules.is_over(day, now)]
    mark.day = max(over, default=mark.day or first - DAY)
    if mark.digests_on != today:
        declarations.renew_digests()
        mark.digests_on = today
    mark.save()
    alerts.reassign_alerts(today=clock.today())
    alerts.tell_headquarters(today=clock.today())
    return raised


def watch_day(day: date) -> list[AccessAlert]:
    lines = list(reading.lines(since=start_of(day), before=start_of(day + DAY), by_staff=True).order_by("at", "id"))
    limits = limits_on(day)
    found: list[Finding] = [finding for rule in rules.ALONE for finding in rule(lines, day, limits)]
    found += rules.volume(lines, day, limits, lambda actors: usual_reads(actors, day))
    found += rules.leaving(lines, day, limits, last_days({line.actor for line in lines}))
    found += rules.own_names(lines, day, declarations.digests_watched({line.actor for line in lines if line.action == SEARCHED}))
    found += kin_read(lines, day)
    return _raise(found)


def watch_search(viewer: Account, words: Sequence[str]) -> None:
    """At the very search: her own name, or one she declared, is noticed at once. What fails here the watch finds later."""
    if viewer.kind != AccountKind.STAFF:
        return
    try:
        watched = declarations.digests_watched([viewer.pk])
        if watched[viewer.pk].isdisjoint(map(trail.digest, words)):
            return
        since = timezone.now() - timedelta(minutes=5)
        lines = [line for line in reading.lines(since=since, actor=viewer.pk, verdict="read")[:20] if line.action == SEARCHED]
        days = {timezone.localtime(line.at).date() for line in lines}
        _raise(finding for day in days for finding in rules.own_names(list(reversed(lines)), day, watched))
    except (DatabaseError, trail.EvidenceUnavailable) as missed:
        log.warning("search not watched", error=type(missed).__qualname__)


def kin_read(lines: Iterable[Line], day: date) -> list[Finding]:
    """People read who bear the reader's or her household's name, or live in her block. Each pair is opened once in a while."""
    pairs = {(line.actor, subject) for line in lines if line.verdict == "read" and line.channel != "job" for subject in line.subjects}
    if not pairs:
        return []
    actors, subjects = {actor for actor, _ in pairs}, {subject for _, subject in pairs}
    known = ComparedPair.objects.filter(actor__in=actors, subject__in=subjects, compared_on__gt=day - COMPARED_FOR)
    fresh = pairs - set(known.values_list("actor_id", "subject"))
    people = opened_people({subject for _, subject in fresh})
    kin = declarations.kin_by_account({actor for actor, subject in fresh if subject in people})
    year = clock.fiscal_year(day)
    found = [
        rules.of_pair(kind, lines, day, actor, subject, year)
        for actor, subject in sorted(fresh)
        if actor in kin and subject in people and (kind := kind_of(kin[actor], people[subject]))
    ]
    rows = [ComparedPair(actor_id=actor, subject=subject, compared_on=day) for actor, subject in sorted(fresh) if actor in kin]
    ComparedPair.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["actor_id", "subject"], update_fields=["compared_on"], batch_size=1000
    )
    return found


def kind_of(kin: kinship.Kin, person: kinship.Person) -> AlertKind | None:
    """The nearest of what they have in common."""
    if kinship.is_of_household(kin, person):
        return AlertKind.HOUSEHOLD_READ
    if kinship.has_same_surname(kin, person):
        return AlertKind.SAME_NAME_READ
    return AlertKind.SAME_BLOCK_READ if kinship.lives_in_same_block(kin, person) else None


def opened_people(subjects: Iterable[UUID]) -> dict[UUID, kinship.Person]:
    """Names and addresses of clients, folded for comparison; they are not shown to anybody."""
    clients = list(Client.objects.filter(pk__in=list(subjects)).only("pk", "name", "kana").order_by("pk"))
    ways = ContactWay.objects.filter(client__in=clients, kind="address").only("pk", "client_id", "value").order_by("pk")
    opened = gate.compute_unaltered([*clients, *ways], rule=declarations.KIN, fields=("name", "kana", "value"))
    addresses: dict[UUID, list[str | None]] = {}
    for way in opened:
        if isinstance(way.original, ContactWay):
            addresses.setdefault(way.client_id, []).append(_text(way.value))
    people = [each for each in opened if isinstance(each.original, Client)]
    return {each.pk: kinship.person_of([_text(each.name), _text(each.kana)], addresses.get(each.pk, [])) for each in people}


def _text(value: object) -> str | None:
    """Nothing of what was erased."""
    return value if isinstance(value, str) else None


def usual_reads(actors: Iterable[UUID], day: date) -> list[reading.ReadDay]:
    return reading.reads_by_day(since=start_of(day - USUAL), before=start_of(day), actors=list(actors))


def last_days(actors: Iterable[UUID | None]) -> dict[UUID, date]:
    """Of those whose posting has an end, and no later one without."""
    held = Membership.objects.filter(account__in=[actor for actor in actors if actor]).order_by("from_date")
    ends = dict(held.values_list("account", "until_date"))
    return {actor: until for actor, until in ends.items() if until}


def sample_weeks(mark: Watch, today: date) -> list[AccessAlert]:
    """Some reads of every finished week, drawn by the trail itself: seeded from its newest line under the host's key, so that
    nobody can foretell them and whoever holds the key can draw them again."""
    this_week = today - timedelta(days=today.weekday())
    week = max(mark.sampled_week + WEEK, this_week - 4 * WEEK) if mark.sampled_week else this_week - WEEK
    raised: list[AccessAlert] = []
    while week < this_week:
        raised += _raise(sample_of(week))
        mark.sampled_week, week = week, week + WEEK
    return raised


def sample_of(week: date) -> list[Finding]:
    ids = reading.read_lines_between(start_of(week), start_of(week + WEEK))
    size = min(len(ids), int(parameters.get("oversight.sample_size", on=week)))
    if not size:
        return []
    rng = Random(trail.digest(f"sample|{week}|{ids[-1]}"))  # noqa: S311 - the seed is the secret
    drawn = reading.numbered(sorted(rng.sample(ids, size)))
    return [
        Finding(AlertKind.SAMPLE, line.actor, f"{week}:{line.id}", timezone.localtime(line.at).date(), [line.id], line.subjects, 1)
        for line in drawn
    ]


def limits_on(day: date) -> Limits:
    def setting(name: str) -> Any:  # Any: each has a shape of its own
        return parameters.get(f"oversight.{name}", on=day)

    numbers = {name: int(setting(name)) for name in Limits._fields[2:]}
    return Limits(time.fromisoformat(setting("opens_at")), time.fromisoformat(setting("closes_at")), **numbers)


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _raise(found: Iterable[Finding]) -> list[AccessAlert]:
    """Findings about staff only: guests and programs have no reviewer here."""
    several = list(found)
    staff = set(Account.objects.filter(pk__in={each.actor for each in several}, kind=AccountKind.STAFF).values_list("pk", flat=True))
    raised = (alerts.raise_alert(each, today=clock.today()) for each in several if each.actor in staff)
    return [alert for alert in raised if alert is not None]


def _days(first: date, last: date) -> list[date]:
    return [first + DAY * count for count in range((last - first).days + 1)]
