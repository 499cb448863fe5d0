from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation import addresses
from foundation.errors import RuleViolation


@pytest.mark.parametrize("typed", ["552-0021", "5520021", "〒552-0021", "５５２００２１", " 〒 552ー0021 "])
def test_a_postcode_gives_its_town(typed):
    assert addresses.find(typed) == [addresses.Place("5520021", "大阪府", "大阪市港区", "築港")]


def test_a_postcode_of_several_towns_gives_them_all_to_choose_from():
    assert [str(place) for place in addresses.find("498-0000")] == ["愛知県弥富市", "三重県桑名郡木曽岬町"]


def test_the_postcode_of_an_office_gives_its_street():
    assert [str(place) for place in addresses.find("530-8201")] == ["大阪府大阪市北区中之島1-3-20"]


def test_a_postcode_that_is_not_in_use_gives_nothing():
    assert addresses.find("000-0000") == []


@pytest.mark.parametrize("typed", ["", "552", "55200211", "552-002A", "大阪市港区"])
def test_what_is_not_seven_digits_is_refused(typed):
    with pytest.raises(RuleViolation) as refusal:
        addresses.find(typed)

    assert refusal.value.code == "bad_postcode"


def test_postcodes_can_be_looked_up_from_several_threads():
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(addresses.find, ["552-0021"] * 40))

    assert all(answer == answers[0] for answer in answers)


def test_postcodes_are_printed_with_their_mark():
    assert addresses.print_postcode("5520021") == "〒552-0021"
