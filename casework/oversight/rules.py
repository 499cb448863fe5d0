"""What in a day of the trail somebody should look at. Each rule takes lines and settings and says what it found; none opens anything."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from audit.reading import ReadDay
from casework.oversight.models import AlertKind
from disclosure.channels import Channel
from foundation import clock

Line = Any  # what audit.reading gives
KEPT = 50  # lines and people named in an alert; its count tells of the rest

ON_SCREEN = {Channel.SCREEN.value, Channel.FRAGMENT.value, Channel.JOB.value}
FILES = {channel.value for channel in Channel} - ON_SCREEN
EXPORTS = {Channel.XLSX.value, Channel.CSV.value}
EXPORTED, OPENED = ("export.", "pack."), "break_glass.begun"


class Finding(NamedTuple):
    kind: AlertKind
    actor: UUID
    key: str
    day: date
    lines: Sequence[int]
    subjects: Sequence[UUID]
    times: int
    usual: int | None = None


class Limits(NamedTuple):
    """The settings in force on the day."""

    opens_at: time
    closes_at: time
    night_least: int
    volume_times: int
    volume_least: int
    bulk_people: int
    refusals: int
    refusals_minutes: int
    leaving_days: int
    leaving_people: int


def night(lines: Iterable[Line], day: date, limits: Limits) -> Iterator[Finding]:
    """Reads and searches while the centre is closed."""
    closed = not clock.is_business_day(day)

    def is_outside(line: Line) -> bool:
        at = timezone.localtime(line.at).time()
        return closed or not limits.opens_at <= at < limits.closes_at

    for actor, found in _by_actor(line for line in lines if _is_read(line) and is_outside(line)):
        if len(found) >= limits.night_least:
            yield _finding(AlertKind.NIGHT, actor, str(day), day, found)


def volume(lines: Iterable[Line], day: date, limits: Limits, history: Callable[[Collection[UUID]], Sequence[ReadDay]]) -> Iterator[Finding]:
    """More people read than so many times the reader's own median of the thirty days before, and not few; `history` is asked
    only about those who read not few."""
    today = {actor: found for actor, found in _by_actor(filter(_is_read, lines)) if len(_people(found)) >= limits.volume_least}
    if not today:
        return
    before: dict[UUID, list[int]] = defaultdict(list)
    for one in history(today.keys()):
        before[one.actor].append(one.people)
    for actor, found in today.items():
        usual = round(median(before[actor])) if before[actor] else 0
        if len(_people(found)) > limits.volume_times * usual:
            yield _finding(AlertKind.VOLUME, actor, str(day), day, found, times=len(_people(found)), usual=usual)


def bulk(lines: Iterable[Line], day: date, limits: Limits) -> Iterator[Finding]:
    """Many people's data taken out on one day by other ways than the screen."""
    for actor, found in _by_actor(line for line in lines if _is_read(line) and line.channel in FILES):
        if len(_people(found)) > limits.bulk_people:
            yield _finding(AlertKind.BULK, actor, str(day), day, found, times=len(_people(found)))


def exports(lines: Iterable[Line], day: date, limits: Limits) -> Iterator[Finding]:
    """A file of people's data: each day's together."""

    def is_export(line: Line) -> bool:
        return line.action.startswith(EXPORTED) or (_is_read(line) and line.channel in EXPORTS and bool(line.subjects))

    for actor, found in _by_actor(line for line in lines if line.actor and is_export(line)):
        yield _finding(AlertKind.EXPORT, actor, str(day), day, found)


def openings(lines: Iterable[Line], day: date, limits: Limits) -> Iterator[Finding]:
    """Each break-glass by itself."""
    for line in lines:
        if line.action == OPENED and line.actor:
            yield _finding(AlertKind.BREAK_GLASS, line.actor, str(line.id), day, [line])


def refusals(lines: Iterable[Line], day: date, limits: Limits) -> Iterator[Finding]:
    """So many refusals within so many minutes: somebody tries what there is."""
    span = timedelta(minutes=limits.refusals_minutes)
    for actor, found in _by_actor(line for line in lines if line.verdict == "refused"):
        if any(last.at - first.at <= span for first, last in zip(found, found[limits.refusals - 1 :], strict=False)):
            yield _finding(AlertKind.REFUSALS, actor, str(day), day, found)


def leaving(lines: Iterable[Line], day: date, limits: Limits, last_days: Mapping[UUID, date]) -> Iterator[Finding]:
    """Many people read, or anything taken out in a file, by somebody about to leave."""
    going = {actor for actor, last in last_days.items() if day <= last <= day + timedelta(days=limits.leaving_days)}
    for actor, found in _by_actor(line for line in lines if _is_read(line) and line.actor in going):
        taken = any(line.channel in FILES for line in found if line.subjects)
        if taken or len(_people(found)) >= limits.leaving_people:
            yield _finding(AlertKind.LEAVING, actor, str(day), day, found, times=len(_people(found)))


def own_names(lines: Iterable[Line], day: date, watched: Mapping[UUID, Collection[str]]) -> Iterator[Finding]:
    """Searches whose term, or a word of it, has the same keyed digest as a name that is the searcher's own or her household's."""
    hits = (line for line in lines if line.action == "record.searched" and not digests_of(line).isdisjoint(watched.get(line.actor, ())))
    for actor, found in _by_actor(hits):
        yield _finding(AlertKind.OWN_NAME_SEARCHED, actor, str(day), day, found)


def digests_of(line: Line) -> frozenset[str]:
    words = line.facts.get("words") or []
    return frozenset([str(line.facts.get("term", "")), *(str(word) for word in words)])


def of_pair(kind: AlertKind, lines: Iterable[Line], day: date, actor: UUID, subject: UUID, year: int) -> Finding:
    """A reader and somebody of her own family or block: told once a fiscal year."""
    found = [line for line in lines if line.actor == actor and subject in line.subjects]
    return _finding(kind, actor, f"{year}:{subject}", day, found)._replace(subjects=(subject,))


ALONE = (night, bulk, exports, openings, refusals)
"""Rules that need nothing but the day's lines and the limits."""


def _is_read(line: Line) -> bool:
    return bool(line.actor) and line.verdict == "read" and line.channel != Channel.JOB.value


def _people(lines: Iterable[Line]) -> set[UUID]:
    return {person for line in lines for person in line.subjects}


def _by_actor(lines: Iterable[Line]) -> list[tuple[UUID, list[Line]]]:
    grouped: dict[UUID, list[Line]] = defaultdict(list)
    for line in lines:
        if line.actor:
            grouped[line.actor].append(line)
    return list(grouped.items())


def _finding(
    kind: AlertKind, actor: UUID, key: str, day: date, found: Sequence[Line], *, times: int | None = None, usual: int | None = None
) -> Finding:
    people = list(dict.fromkeys(person for line in found for person in line.subjects))[:KEPT]
    return Finding(kind, actor, key, day, [line.id for line in found[:KEPT]], people, len(found) if times is None else times, usual)


def is_over(day: date, now: datetime) -> bool:
    """A day is watched to its end, and for an hour more: a line's transaction may have begun before midnight."""
    return now >= timezone.make_aware(datetime.combine(day + timedelta(days=1), time(1)))
