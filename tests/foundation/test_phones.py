import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foundation import phones
from foundation.errors import RuleViolation


@pytest.mark.parametrize(
    "typed", ["06-6576-9897", "0665769897", "０６（６５７６）９８９７", "06 6576 9897", "+81-6-6576-9897", "06ー6576ー9897"]
)
def test_all_these_are_the_same_number(typed):
    assert phones.check(typed) == "0665769897"
    assert phones.national(typed) == "06-6576-9897"


@pytest.mark.parametrize(
    ("stored", "printed"),
    [
        ("09012345678", "090-1234-5678"),
        ("0120123456", "0120-123-456"),
        ("09000000018", "090-0000-0018"),
        ("+16502530000", "+1 650-253-0000"),
        ("家主さんの電話", "家主さんの電話"),
    ],
)
def test_numbers_are_printed_the_national_way(stored, printed):
    assert phones.national(stored) == printed


@pytest.mark.parametrize(
    "typed", ["", "11", "06-6576", "6576-9897", "0000000000", "090-1234-56789", "電話なし", "+1", "06-6576-9897 内線2", "０" * 500]
)
def test_what_cannot_be_a_number_is_refused_with_an_example(typed):
    with pytest.raises(RuleViolation) as refusal:
        phones.check(typed, field="phone")

    assert (refusal.value.code, refusal.value.field) == ("bad_phone", "phone")
    assert "06-6576-9897" in refusal.value.message


@pytest.mark.parametrize(("typed", "end"), [("06-6576-9897", "9897"), ("+81 90 1234 5678", "5678"), ("110", ""), ("", "")])
def test_the_last_four_digits_find_a_number(typed, end):
    assert phones.last_four(typed) == end


@example("0108010000")
@given(st.from_regex(r"0[1-9][0-9]{8,9}", fullmatch=True))
def test_printing_never_changes_the_digits(number):
    assert phones.normalise(phones.national(number)) == number
