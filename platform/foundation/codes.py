"""Code lists: what may be chosen on a day, what a code is called, and refusing what is not in the list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby

from foundation.errors import RuleViolation
from foundation.memory import Remembered
from foundation.models import Code

Lists = Mapping[str, Mapping[str, list[Code]]]
SHOWN_LENGTH = 40


def load_lists() -> Lists:
    """All lists in form order; for each code its wordings, oldest first."""
    lists: dict[str, dict[str, list[Code]]] = defaultdict(dict)
    for code in Code.objects.order_by("list_id", "order", "valid_from"):
        lists[code.list_id].setdefault(code.code, []).append(code)
    return dict(lists)


remembered = Remembered(load_lists)


def forget() -> None:
    """For tests and for the page on which lists are edited."""
    remembered.forget()


def on_day(wordings: list[Code], day: date) -> Code | None:
    """The wording in force on a day."""
    return next((row for row in reversed(wordings) if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)), None)


def valid(list_name: str, day: date) -> list[Code]:
    """What may be chosen on a day, in the order of the form. KeyError for a list that does not exist."""
    found = (on_day(wordings, day) for wordings in remembered.get()[list_name].values())
    return sorted((code for code in found if code), key=lambda code: code.order)


def choices(list_name: str, *, on: date) -> list[tuple[str, str]]:
    return [(code.code, code.label) for code in valid(list_name, on)]


def grouped_choices(list_name: str, *, on: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices under the headings of the list `<name>_group`, in the order of that list."""
    headings = {code.code: code for code in valid(f"{list_name}_group", on)}
    rows = sorted(valid(list_name, on), key=lambda code: (headings[code.group].order, code.order))
    groups = groupby(rows, key=lambda code: code.group)
    return [(headings[group].label, [(code.code, code.label) for code in members]) for group, members in groups]


def wording(list_name: str, code: str, on: date | None = None) -> Code:
    """The code as worded on a day; without a day, or outside its time, as worded last. Works for ended codes too."""
    wordings = remembered.get()[list_name][code]
    return (on_day(wordings, on) if on else None) or wordings[-1]


def label(list_name: str, code: str | None, *, on: date | None = None) -> str:
    """The words for a code; nothing for nothing. KeyError for a code that never was: it should not have been saved."""
    return wording(list_name, code, on).label if code else ""


def short_label(list_name: str, code: str | None, *, on: date | None = None) -> str:
    """The words for narrow columns, or the full ones where there are none."""
    if not code:
        return ""
    row = wording(list_name, code, on)
    return row.short_label or row.label


def labels(list_name: str, chosen: Iterable[str], *, on: date | None = None) -> list[str]:
    """The words for several codes, in the order of the form."""
    rows = sorted((wording(list_name, code, on) for code in set(chosen)), key=lambda row: row.order)
    return [row.label for row in rows]


def is_sensitive(list_name: str, code: str) -> bool:
    """Whether the code tells what the law calls 要配慮個人情報."""
    return wording(list_name, code).is_sensitive


def check(list_name: str, chosen: object, *, on: date, field: str | None = None) -> None:
    """Refuse what cannot be chosen on a day: one code, or a list of codes without repeats.

    Raises RuleViolation `unknown_code` or `repeated_code`, whatever the type of what was sent.
    """
    several = list(chosen) if isinstance(chosen, (list, tuple, set, frozenset)) else [chosen]
    allowed = {code.code for code in valid(list_name, on)}
    for code in several:
        if not isinstance(code, str) or code not in allowed:
            raise RuleViolation(
                f"「{str(code)[:SHOWN_LENGTH]}」は選べません。一覧にあるものから選んでください。", code="unknown_code", field=field
            )
    if len(set(several)) < len(several):
        raise RuleViolation("同じものが二度選ばれています。", code="repeated_code", field=field)
