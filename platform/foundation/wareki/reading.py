"""Which day a typed text means."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta

from foundation.errors import RuleViolation
from foundation.wareki.eras import ERAS, FIRST_DAY, calendar_day, era_year
from foundation.wareki.printing import WEEKDAYS, Sense, age, formal

OLDEST_AGE = 120
LONGEST = 40  # of a text quoted back
HOW_TO = "「R7.4.1」「2025/4/1」「4/1」「今日」「+7」のように入力してください。"
ERA = "(?P<era>令和|平成|昭和|大正|明治|[令平昭大明RHSTM])"
YMD = r"(?P<year>元|\d{1,4})(?:年|[./-])(?P<month>\d{1,2})(?:月|[./-])(?P<day>\d{1,2})日?"
WITH_ERA = re.compile(f"{ERA}{YMD}")
ERA_SIX_DIGITS = re.compile(f"{ERA}" + r"(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})")
EIGHT_DIGITS = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
WITHOUT_ERA = re.compile(f"(?:西暦)?{YMD}")
MONTH_DAY = re.compile(r"(?P<month>\d{1,2})[月/-](?P<day>\d{1,2})日?")
IN_DAYS = re.compile(r"(?P<sign>[+-])(?P<days>\d{1,4})日?|(?P<count>\d{1,4})日(?P<way>前|後)")
WEEKDAY = re.compile(r"(?P<week>今週|来週|再来週|先週|次)の?(?P<weekday>[月火水木金土日])(?:曜日?)?")
INCOMPLETE = re.compile(f"(?:{ERA}|西暦)?" + r"(?:元|\d{1,4})年?(?:頃|ごろ|\d{1,2}月(?:頃|ごろ)?)?")
NAMED_DAYS = {"おととい": -2, "一昨日": -2, "昨日": -1, "きのう": -1, "今日": 0, "本日": 0, "きょう": 0,
              "明日": 1, "あした": 1, "あす": 1, "明後日": 2, "あさって": 2}  # fmt: skip
NAMED_WEEKS = {"先週": -1, "今週": 0, "来週": 1, "再来週": 2}


class UnreadableDate(RuleViolation):
    """What was typed is not one certain day. `candidates` are days it may mean, for the page to offer as buttons."""

    def __init__(self, message: str, *, code: str, field: str | None = None, candidates: tuple[date, ...] = ()) -> None:
        super().__init__(message, code=code, field=field)
        self.candidates = candidates


def parse(text: str, *, today: date, sense: Sense = "any", field: str | None = None) -> date:
    """The one day a typed text means.

    `sense` says what kind of day is asked for: it chooses the year of "4/1" and refuses birthdays in the future.
    Raises UnreadableDate; its message says what to type instead.
    """
    typed = clean(text[:LONGEST])
    try:
        day = read_relative(typed, today) or read_numbers(typed, today, sense)
        check_sense(day, today, sense)
    except UnreadableDate as problem:
        problem.field = field
        raise
    return day


def clean(text: str) -> str:
    """Full-width signs and dashes made plain, spaces and a weekday in brackets dropped, era letters in capitals."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = re.sub(r"[‐-―−ー]", "-", plain)
    return re.sub(r"\s|[、。,]$|\([月火水木金土日](?:曜日?)?\)", "", plain).replace("。", ".").replace("・", ".").replace(",", ".")


def read_relative(typed: str, today: date) -> date | None:
    """今日, 来週火, +7. None if the text is of another kind."""
    if typed in NAMED_DAYS:
        return shifted(today, NAMED_DAYS[typed])
    if match := IN_DAYS.fullmatch(typed):
        days = int(match["days"] or match["count"])
        return shifted(today, -days if "-" in (match["sign"] or "") or match["way"] == "前" else days)
    if match := WEEKDAY.fullmatch(typed):
        return read_weekday(match["week"], WEEKDAYS.index(match["weekday"]), today)
    return None


def read_weekday(week: str, number: int, today: date) -> date:
    """Weeks begin on Monday; 次の火曜 is the first Tuesday after today."""
    if week == "次":
        return shifted(today, (number - today.weekday() - 1) % 7 + 1)
    return shifted(today, NAMED_WEEKS[week] * 7 + number - today.weekday())


def shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise no_such_day(f"{days}日") from None


def read_numbers(typed: str, today: date, sense: Sense) -> date:
    if match := WITH_ERA.fullmatch(typed) or ERA_SIX_DIGITS.fullmatch(typed):
        return read_with_era(match, typed)
    if match := EIGHT_DIGITS.fullmatch(typed):
        return western_day(match, typed)
    if match := WITHOUT_ERA.fullmatch(typed):
        if len(match["year"]) == 4:
            return western_day(match, typed)
        raise era_missing(typed, match, today, sense)
    if match := MONTH_DAY.fullmatch(typed):
        return read_month_day(int(match["month"]), int(match["day"]), typed, today, sense)
    if typed and INCOMPLETE.fullmatch(typed):
        raise UnreadableDate(
            f"「{typed}」だけでは日が決まりません。月と日も入力してください。わからないときは空けておき、メモに残してください。",
            code="incomplete_date",
        )
    raise UnreadableDate(
        f"「{typed}」を日付として読めません。{HOW_TO}" if typed else f"日付を入力してください。{HOW_TO}", code="unreadable_date"
    )


def numbers(match: re.Match[str]) -> tuple[int, int, int]:
    return 1 if match["year"] == "元" else int(match["year"]), int(match["month"]), int(match["day"])


def western_day(match: re.Match[str], typed: str) -> date:
    day = calendar_day(*numbers(match))
    if day is None:
        raise no_such_day(typed)
    if day < FIRST_DAY:
        raise UnreadableDate(f"「{typed}」は古すぎます。明治6年（1873年）からの日付を入力してください。", code="before_calendar")
    return day


def read_with_era(match: re.Match[str], typed: str) -> date:
    """Raises for days after an era's end and offers the same day in the right era: 昭和64年1月8日 is 平成元年1月8日."""
    era = next(era for era in ERAS if match["era"] in {era.name, era.short, era.letter})
    day = era.day(*numbers(match))
    if day is None:
        raise no_such_day(typed)
    if day < FIRST_DAY:
        raise UnreadableDate(f"「{typed}」は古すぎます。明治6年（1873年）からの日付を入力してください。", code="before_calendar")
    if not era.holds(day):
        raise UnreadableDate(
            f"「{typed}」は{era.name}の日付ではありません。{formal(day)}のことですか？ そうなら「{letters(day)}」と入力してください。",
            code="outside_era",
            candidates=(day,),
        )
    return day


def read_month_day(month: int, day: int, typed: str, today: date, sense: Sense) -> date:
    """The nearest such day; the last one for things that have happened, the next one for things to come."""
    if sense == "birthday":
        raise UnreadableDate(f"「{typed}」には年がありません。「S49.5.3」「1974/5/3」のように年から入力してください。", code="year_missing")
    years = range(today.year - 8, today.year + 9)
    days = [found for year in years if (found := calendar_day(year, month, day))]
    if sense == "past":
        days = [found for found in days if found <= today]
    if sense == "future":
        days = [found for found in days if found >= today]
    if not days:
        raise no_such_day(typed)
    return min(days, key=lambda found: abs(found - today))


def check_sense(day: date, today: date, sense: Sense) -> None:
    if sense == "birthday" and day > today:
        raise UnreadableDate(f"生年月日が未来の日付（{formal(day)}）になっています。年を確かめてください。", code="birthday_in_future")
    if sense == "birthday" and age(day, today) > OLDEST_AGE:
        raise UnreadableDate(f"{formal(day)}生まれでは{age(day, today)}歳になります。元号と年を確かめてください。", code="birthday_too_old")
    if sense == "past" and day > today:
        raise UnreadableDate(f"{formal(day)}はまだ来ていない日付です。年を確かめてください。", code="date_in_future")


def letters(day: date) -> str:
    """S49.5.3, the shortest certain way to type a day."""
    era, year = era_year(day)
    return f"{era.letter}{year}.{day.month}.{day.day}"


def no_such_day(typed: str) -> UnreadableDate:
    return UnreadableDate(f"「{typed}」という日は暦にありません。月と日を確かめてください。", code="no_such_day")


def era_missing(typed: str, match: re.Match[str], today: date, sense: Sense) -> UnreadableDate:
    """49.5.3 may be 昭和49年 or 1949年: we ask, because a wrong birthday is found too late."""
    found = tuple(possible_days(match, today, sense))
    if not found:
        return no_such_day(typed)
    choices = "、".join(f"{formal(day)}（西暦{day.year}年）なら「{letters(day)}」" for day in found)
    return UnreadableDate(f"「{typed}」は元号がわかりません。{choices}と入力してください。", code="era_missing", candidates=found)


def possible_days(match: re.Match[str], today: date, sense: Sense) -> Iterator[date]:
    """Readings by era first; as a Western year without its century when typed with strokes or when only one era fits."""
    year, month, day = numbers(match)
    latest = today if sense in {"past", "birthday"} else today + timedelta(days=366 * 20)
    eras = [era for era in ERAS if era.name != "明治" and (era.name != "大正" or sense == "birthday")]
    by_era = [found for era in eras if (found := era.day(year, month, day)) and era.holds(found) and found <= latest]
    yield from by_era
    if "/" in match[0] or len(by_era) < 2:
        centuries = [found for century in (2000, 1900) if (found := calendar_day(century + year, month, day))]
        yield from [found for found in centuries if found <= latest and found not in by_era][: 1 if by_era else 2]
