"""What the rules find in a day, and what they leave alone."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from audit.reading import ReadDay
from casework.oversight import forms_trail, kinship, rules
from casework.oversight.models import AlertKind
from casework.oversight.wording import CHANNELS
from disclosure.gate import Channel
from tests.casework.oversight.lines import DAY, LIMITS, line, moment, people

ME, OTHER = uuid4(), uuid4()
SUNDAY = date(2026, 5, 10)


def test_reads_outside_opening_hours_are_told_from_the_fifth_on() -> None:
    late = [line(ME, people(1), at=moment(21, minute)) for minute in range(5)]
    (found,) = rules.night(late, DAY, LIMITS)
    assert (found.kind, found.actor, found.times) == (AlertKind.NIGHT, ME, 5)
    assert not list(rules.night(late[:4], DAY, LIMITS))
    assert not list(rules.night([line(ME, people(1), at=moment(19, 59)) for _ in range(9)], DAY, LIMITS))


def test_a_day_on_which_the_centre_is_closed_is_all_outside() -> None:
    assert list(rules.night([line(ME, at=moment(11, day=SUNDAY)) for _ in range(5)], SUNDAY, LIMITS))


def test_what_jobs_and_changes_do_at_night_is_no_reading() -> None:
    working = [line(ME, at=moment(23), channel="job"), line(ME, at=moment(23), verdict="write")] * 5
    assert not list(rules.night(working, DAY, LIMITS))


@pytest.mark.parametrize(("today", "usual", "is_told"), [(31, 10, True), (30, 10, False), (19, 2, False), (20, 0, True), (60, 21, False)])
def test_much_more_than_ones_own_median_is_told_unless_it_is_little(today: int, usual: int, is_told: bool) -> None:
    """B4: more than three times her own median of thirty days, and at least twenty people."""
    history = [ReadDay(ME, DAY - timedelta(days=days), usual, usual) for days in range(1, 9)] if usual else []
    found = list(rules.volume([line(ME, people(today))], DAY, LIMITS, lambda actors: history))
    assert [(each.times, each.usual) for each in found] == ([(today, usual)] if is_told else [])


def test_one_busy_day_before_does_not_make_today_usual() -> None:
    """B4: the median, not the mean."""
    before = [5, 5, 5, 5, 200]
    history = [ReadDay(ME, DAY - timedelta(days=days), number, number) for days, number in enumerate(before, 1)]
    (found,) = rules.volume([line(ME, people(25))], DAY, LIMITS, lambda actors: history)
    assert found.usual == 5


def test_the_past_is_asked_only_of_those_who_read_much() -> None:
    asked = []

    def history(actors: object) -> list[ReadDay]:
        asked.append(set(actors))  # type: ignore[call-overload]
        return []

    list(rules.volume([line(ME, people(25)), line(OTHER, people(2))], DAY, LIMITS, history))
    assert asked == [{ME}]


def test_more_than_twenty_people_by_another_way_than_the_screen_are_bulk() -> None:
    assert [
        each.times for each in rules.bulk([line(ME, people(11), channel="pdf"), line(ME, people(10), channel="json")], DAY, LIMITS)
    ] == [21]
    assert not list(rules.bulk([line(ME, people(20), channel="pdf")], DAY, LIMITS))
    assert not list(rules.bulk([line(ME, people(50))], DAY, LIMITS))


@pytest.mark.parametrize("channel", sorted(set(Channel) - {Channel.SCREEN, Channel.FRAGMENT, Channel.JOB}))
def test_there_is_no_way_out_that_nobody_watches(channel: Channel) -> None:
    """B4: a list as CSV and what somebody brought are files too; whoever leaves takes them along like any other."""
    assert list(rules.bulk([line(ME, people(21), channel=channel)], DAY, LIMITS))
    assert list(rules.leaving([line(ME, people(1), channel=channel)], DAY, LIMITS, {ME: DAY}))
    assert CHANNELS[channel]
    assert channel in dict(forms_trail.CHANNELS)


def test_a_file_of_people_is_an_export_and_one_of_figures_is_not() -> None:
    assert list(rules.exports([line(ME, people(1), channel="xlsx")], DAY, LIMITS))
    assert list(rules.exports([line(ME, people(1), channel="csv")], DAY, LIMITS))
    assert list(rules.exports([line(ME, action="export.made", verdict="write")], DAY, LIMITS))
    assert not list(rules.exports([line(ME, channel="xlsx", action="report.made")], DAY, LIMITS))


def test_each_break_glass_is_told_by_itself() -> None:
    opened = [line(ME, people(1), action="break_glass.begun", verdict="write") for _ in range(2)]
    assert [each.lines for each in rules.openings(opened, DAY, LIMITS)] == [[opened[0].id], [opened[1].id]]


def test_five_refusals_in_a_quarter_of_an_hour_are_told_and_spread_over_the_day_are_not() -> None:
    quick = [line(ME, at=moment(11, minute), verdict="refused") for minute in range(0, 15, 3)]
    assert [each.times for each in rules.refusals(quick, DAY, LIMITS)] == [5]
    assert not list(rules.refusals([line(ME, at=moment(9 + hour), verdict="refused") for hour in range(8)], DAY, LIMITS))
    assert not list(rules.refusals(quick[:4], DAY, LIMITS))


@pytest.mark.parametrize(("days", "is_told"), [(0, True), (14, True), (15, False), (-1, False)])
def test_many_reads_shortly_before_leaving_are_told(days: int, is_told: bool) -> None:
    last = {ME: DAY + timedelta(days=days)}
    assert bool(list(rules.leaving([line(ME, people(10))], DAY, LIMITS, last))) is is_told
    assert not list(rules.leaving([line(ME, people(9))], DAY, LIMITS, last))
    assert bool(list(rules.leaving([line(ME, people(1), channel="pdf")], DAY, LIMITS, last))) is is_told
    assert not list(rules.leaving([line(OTHER, people(10))], DAY, LIMITS, last))


def test_a_search_by_a_watched_word_is_told_of_who_has_it() -> None:
    """B2: only digests are compared."""
    searched = [line(ME, action="record.searched", facts={"term": "aa", "words": ["bb"]})]
    assert list(rules.own_names(searched, DAY, {ME: {"aa"}}))
    assert list(rules.own_names(searched, DAY, {ME: {"bb"}}))
    assert not list(rules.own_names(searched, DAY, {ME: {"cc"}, OTHER: {"aa"}}))


# -- kin


def kin(name: str = "見本 一", **declared: object) -> kinship.Kin:
    return kinship.kin_of(name, **declared)  # type: ignore[arg-type]


def person(*names: str | None, addresses: tuple[str, ...] = ()) -> kinship.Person:
    return kinship.person_of(names, addresses)


@pytest.mark.parametrize("name", ["見本 花子", "見本　花子", "見本花子"])
def test_a_surname_is_the_same_however_it_is_written(name: str) -> None:
    assert kinship.has_same_surname(kin(), person(name, None))
    assert not kinship.has_same_surname(kin("例示 一"), person(name))


def test_a_longer_surname_is_another_one() -> None:
    assert not kinship.has_same_surname(kin("見 一"), person("見本 花子"))
    assert not kinship.has_same_surname(kin("見 一"), person("見本花子"))


def test_a_declared_surname_and_a_declared_person_count_too() -> None:
    declared = kin(surnames=["旧姓"], people=["試作 桜"])
    assert kinship.has_same_surname(declared, person("旧姓 花子"))
    assert kinship.has_same_surname(declared, person("試作 太郎"))
    assert kinship.is_of_household(declared, person("試作　桜"))
    assert not kinship.is_of_household(declared, person("試作 太郎"))


@pytest.mark.parametrize(
    ("address", "is_same"),
    [
        ("港区見本町3丁目5番", True),
        ("大阪府大阪市港区見本町三丁目1-2", True),
        ("〒552-0021 港区見本町３－７", True),
        ("港区見本町4丁目", False),
        ("港区見本町", False),
        ("", False),
    ],
)
def test_the_same_town_and_first_number_are_one_block(address: str, is_same: bool) -> None:
    assert kinship.lives_in_same_block(kin(address="港区見本町3丁目5番1号"), person(addresses=(address,))) is is_same
