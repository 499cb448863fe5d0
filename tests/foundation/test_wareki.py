from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import wareki

TODAY = date(2025, 3, 24)
DAYS = st.dates(date(1912, 1, 1), date(2100, 12, 31))


def parse(text: str, **how) -> date:
    return wareki.parse(text, **{"today": TODAY, **how})


def refusal(text: str, **how) -> wareki.UnreadableDate:
    with pytest.raises(wareki.UnreadableDate) as caught:
        parse(text, **how)
    return caught.value


@pytest.mark.parametrize(
    "typed",
    [
        "R7.4.1",
        "r7.4.1",
        "令和7年4月1日",
        "令7.4.1",
        "R7/4/1",
        "R7-4-1",
        "R070401",
        "2025/4/1",
        "2025-04-01",
        "2025.4.1",
        "2025年4月1日",
        "西暦2025年4月1日",
        "20250401",
        "4/1",
        "4月1日",
        "来週火",
        "来週の火曜日",
        "+8",
        "＋８",
        "8日後",
        "Ｒ７．４．１",
        "２０２５年４月１日（火）",
        " 令和 7年 4月 1日 ",
        "令和７年４月１日（火）",
        "R7ー4ー1",
    ],
)
def test_all_these_mean_the_first_of_april(typed):
    assert parse(typed) == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("typed", "days"),
    [("今日", 0), ("明日", 1), ("あさって", 2), ("昨日", -1), ("おととい", -2), ("+7", 7), ("-3", -3), ("3日前", -3), ("今週金", 4), ("先週月", -7),
     ("次の月曜", 7), ("次の火曜", 1), ("再来週水", 16)],
)  # fmt: skip
def test_days_are_named_from_today(typed, days):
    assert parse(typed) == TODAY + timedelta(days=days)


@given(DAYS)
def test_every_printed_day_is_read_back_as_the_same_day(day):
    for printed in (wareki.formal(day), wareki.long(day), wareki.compact(day), wareki.letters(day), day.isoformat(), f"{day:%Y%m%d}"):
        assert wareki.parse(printed, today=TODAY) == day


def test_every_single_day_of_the_eras_is_read_back():
    for count in range((date(2100, 12, 31) - date(1912, 1, 1)).days + 1):
        day = date(1912, 1, 1) + timedelta(days=count)
        assert wareki.parse(wareki.letters(day), today=TODAY) == day


@pytest.mark.parametrize(
    ("day", "printed"),
    [
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1872, 12, 31), "西暦1872年12月31日"),
    ],
)
def test_eras_change_on_their_day(day, printed):
    assert wareki.formal(day) == printed


@pytest.mark.parametrize(
    ("typed", "meant"), [("昭和64年1月8日", "平成元年1月8日"), ("H31.5.1", "令和元年5月1日"), ("平成元年1月7日", "昭和64年1月7日")]
)
def test_a_day_outside_its_era_is_asked_back_in_the_right_one(typed, meant):
    problem = refusal(typed)

    assert problem.code == "outside_era"
    assert f"{meant}のことですか？" in problem.message
    assert [wareki.formal(day) for day in problem.candidates] == [meant]


def test_a_year_without_era_is_never_guessed():
    problem = refusal("49.5.3", sense="birthday")

    assert problem.code == "era_missing"
    assert "昭和49年5月3日" in problem.message
    assert "1949年" in problem.message
    assert problem.candidates == (date(1974, 5, 3), date(1949, 5, 3))


def test_a_short_year_names_every_era_it_could_belong_to():
    assert refusal("5.5.3").candidates == (date(2023, 5, 3), date(1993, 5, 3), date(1930, 5, 3))
    assert date(2025, 4, 1) in refusal("25/4/1").candidates


@given(st.integers(1, 99), st.integers(1, 12), st.integers(1, 31), st.sampled_from(["any", "past", "birthday"]))
def test_whatever_the_numbers_a_year_without_era_is_refused(year, month, day, sense):
    problem = refusal(f"{year}.{month}.{day}", sense=sense)

    assert problem.code in {"era_missing", "no_such_day"}
    assert sense == "any" or all(candidate <= TODAY for candidate in problem.candidates)


@pytest.mark.parametrize(
    ("typed", "sense", "meant"),
    [
        ("12/28", "any", date(2024, 12, 28)),
        ("12/28", "past", date(2024, 12, 28)),
        ("12/28", "future", date(2025, 12, 28)),
        ("3/24", "past", TODAY),
        ("3/24", "future", TODAY),
        ("2/29", "past", date(2024, 2, 29)),
        ("2/29", "future", date(2028, 2, 29)),
    ],
)
def test_a_day_without_year_is_the_nearest_that_makes_sense(typed, sense, meant):
    assert parse(typed, sense=sense) == meant


@pytest.mark.parametrize(
    ("typed", "sense", "code", "told"),
    [
        ("", "any", "unreadable_date", "入力してください"),
        ("さくら", "any", "unreadable_date", "R7.4.1"),
        ("R7.2.30", "any", "no_such_day", "暦にありません"),
        ("2025/13/1", "any", "no_such_day", "暦にありません"),
        ("令和0年1月1日", "any", "no_such_day", "暦にありません"),
        ("2/30", "any", "no_such_day", "暦にありません"),
        ("99991399", "any", "no_such_day", "暦にありません"),
        ("令和7年", "any", "incomplete_date", "月と日"),
        ("昭和49年頃", "birthday", "incomplete_date", "空けて"),
        ("M5.1.1", "any", "before_calendar", "明治6年"),
        ("1800/1/1", "any", "before_calendar", "明治6年"),
        ("5/3", "birthday", "year_missing", "年から"),
        ("R7.4.1", "birthday", "birthday_in_future", "未来"),
        ("M30.4.1", "birthday", "birthday_too_old", "127歳"),
        ("R7.4.1", "past", "date_in_future", "まだ来ていない"),
    ],
)
def test_refusals_name_the_reason_and_what_to_do(typed, sense, code, told):
    problem = refusal(typed, sense=sense, field="day")

    assert (problem.code, problem.field) == (code, "day")
    assert told in problem.message


@given(st.text(max_size=200))
def test_any_text_is_a_day_or_a_short_refusal(typed):
    try:
        answer: date | str = parse(typed)
    except wareki.UnreadableDate as problem:
        answer = problem.message

    assert isinstance(answer, date) or len(answer) < 400


def test_a_pasted_page_is_not_quoted_back():
    assert len(refusal("さくら" * 2000).message) < 120


def test_lists_leave_out_the_year_that_everybody_knows():
    assert wareki.short(date(2025, 11, 22), today=TODAY) == "11月22日"
    assert wareki.short(date(2024, 11, 22), today=TODAY) == "令和6.11.22"
    assert wareki.short(date(2019, 5, 1), today=TODAY) == "令和元.5.1"
    assert wareki.long(date(2025, 11, 22)) == "令和7年11月22日（土）"
    assert wareki.month(date(2025, 11, 22)) == "令和7年11月"


def test_the_echo_says_weekday_western_year_and_distance():
    assert wareki.echo(date(2025, 4, 1), today=TODAY) == "令和7年4月1日（火）2025年 – あと8日"
    assert wareki.echo(TODAY, today=TODAY).endswith("– 今日")
    assert wareki.echo(date(2025, 3, 21), today=TODAY).endswith("– 3日前")
    assert wareki.echo(date(1974, 5, 3), today=TODAY, sense="birthday") == "昭和49年5月3日（金）1974年 – 50歳"


@pytest.mark.parametrize(("on", "years"), [(date(2025, 5, 2), 50), (date(2025, 5, 3), 51), (date(2025, 12, 31), 51)])
def test_age_grows_on_the_birthday(on, years):
    assert wareki.age(date(1974, 5, 3), on) == years


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march():
    assert wareki.age(date(2000, 2, 29), date(2025, 2, 28)) == 24
    assert wareki.age(date(2000, 2, 29), date(2025, 3, 1)) == 25
