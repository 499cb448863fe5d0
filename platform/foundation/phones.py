"""Telephone numbers: stored as digits, printed the national way, found by their last four."""

import re
import unicodedata

import phonenumbers

from foundation.errors import RuleViolation

COUNTRY = "JP"
ABROAD = phonenumbers.UNKNOWN_REGION
DOMESTIC = re.compile(r"0(?!10)[1-9][0-9]{8,9}")  # 010 is how one dials abroad, no number at home
SEPARATORS = re.compile(r"[\s()‐-―−ー.・-]")


def normalise(text: str) -> str:
    """0665769897 for `06-6576-9897`, `０６（６５７６）９８９７` and `+81 6 6576 9897`; abroad the + stays."""
    plain = SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if plain.startswith("+81"):
        return "0" + plain.removeprefix("+81").removeprefix("0")
    return plain


def is_plausible(text: str) -> bool:
    """Whether it has the shape of a number: invented 090-0000 numbers are plausible, half a number is not."""
    number = normalise(text)
    if number.startswith("+"):
        return number[1:].isascii() and number[1:].isdigit() and phonenumbers.is_possible_number_string(number, ABROAD)
    return DOMESTIC.fullmatch(number) is not None


def national(text: str) -> str:
    """06-6576-9897, 090-1234-5678, 0120-123-456; what is not a number is shown as it was typed."""
    if not is_plausible(text):
        return text
    number = normalise(text)
    if number.startswith("+"):
        return phonenumbers.format_number(phonenumbers.parse(number, ABROAD), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    printed = phonenumbers.format_number(phonenumbers.parse(number, COUNTRY), phonenumbers.PhoneNumberFormat.NATIONAL)
    return printed if normalise(printed) == number else number


def last_four(text: str) -> str:
    """For finding a person by the end of the number. Empty if there are fewer than four digits."""
    digits = re.sub(r"\D", "", normalise(text))
    return digits[-4:] if len(digits) >= 4 else ""


def check(text: str, *, field: str | None = None) -> str:
    """The stored form. Raises RuleViolation `bad_phone` if it cannot be a number."""
    if not is_plausible(text):
        raise RuleViolation(
            "電話番号を市外局番から入力してください（例 06-6576-9897）。内線や事情は備考に書いてください。", code="bad_phone", field=field
        )
    return normalise(text)
