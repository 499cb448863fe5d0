"""An assessment in words: to read an old version, to see what changed between two, to hold a stale one against the saved one."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from casework.cases.assessment_sheet import SECTIONS, Item, ItemKind
from casework.cases.assessments import Sheet
from foundation import codes

NOTHING = "（なし）"


class Answer(NamedTuple):
    part: str
    label: str
    words: str


class Difference(NamedTuple):
    label: str
    saved: str
    typed: str


def words_of(sheet: Sheet) -> list[Answer]:
    """Everything of the sheet in its order; what was not talked about has no words."""
    return list(_answers(sheet))


def answers_in(sheet: Sheet) -> list[tuple[str, list[Answer]]]:
    """What has words, by part of the sheet."""
    parts: dict[str, list[Answer]] = {}
    for answer in _answers(sheet):
        if answer.words:
            parts.setdefault(answer.part, []).append(answer)
    return list(parts.items())


def differences(before: Sheet, after: Sheet) -> list[Difference]:
    pairs = zip(_answers(before), _answers(after), strict=True)
    return [Difference(f"{was.part}：{was.label}", was.words or NOTHING, now.words or NOTHING) for was, now in pairs if was != now]


def _answers(sheet: Sheet) -> Iterator[Answer]:
    for section in SECTIONS:
        given = sheet.sections.get(section.key, {})
        for item in section.items:
            yield Answer(section.label, item.label, word(item, given.get(item.key)))
    yield Answer("まとめ", "課題と特性", "、".join(codes.labels("issue_trait", sheet.issue_traits)))
    yield Answer("まとめ", "課題のまとめ", sheet.summary)
    yield Answer("まとめ", "支援の方向性", sheet.direction)


def word(item: Item, answer: Any) -> str:
    """Any: a code, codes, a number or a text, as the item's kind says."""
    if answer in (None, "", []):
        return ""
    match item.kind:
        case ItemKind.CODE:
            return codes.label(item.code_list, answer)
        case ItemKind.CODES:
            return "、".join(codes.labels(item.code_list, answer))
        case ItemKind.NUMBER:
            return f"{answer:,}{item.unit}"
    return str(answer)
