"""The shape of a history file's lines: which members a kind has, of which type, and what is wrong when it is not so."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

SHOWN_LENGTH = 80


class BadLine(Exception):
    """A line that cannot be: its number, the member at fault ("" for the whole line) and why, in Japanese."""

    def __init__(self, number: int, field: str, reason: str) -> None:
        super().__init__(f"{number}行目" + (f"の {field[:SHOWN_LENGTH]}" if field else "") + f": {reason}")
        self.number, self.field, self.reason = number, field, reason


class _Wrong(Exception):
    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


@dataclass(frozen=True)
class Line:
    number: int
    kind: str
    on: date
    members: dict[str, Any]
    digest: str
    occurrence: int


Reader = Callable[[Any], Any]
LONGEST_TEXT = 20_000
LONGEST_NAME = 200
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("文字を書いてください。")
    if len(value) > LONGEST_TEXT:
        raise _Wrong(f"長すぎます（{LONGEST_TEXT:,}文字まで）。")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise _Wrong("使えない文字があります。")
    return value


def _name(value: Any) -> str:
    if len(_text(value)) > LONGEST_NAME:
        raise _Wrong(f"番号や名前は{LONGEST_NAME}文字までです。")
    return str(value)


def _maybe(read: Reader) -> Reader:
    """What old tables leave empty or null where nothing is known: None."""
    return lambda value: None if value is None or value == "" else read(value)


def _day(value: Any) -> date:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise _Wrong("日付は 2025-04-01 の形で書いてください。")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise _Wrong(f"「{value}」という日はありません。") from error


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("true か false を書いてください。")
    return value


def _minutes(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 24 * 60:
        raise _Wrong("1 から 1440 までの分を書いてください。")
    return value


def _list_of(read: Reader, *, at_least: int = 0) -> Reader:
    def reader(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _Wrong("[ ] で囲んだ並びを書いてください。")
        if len(value) < at_least:
            raise _Wrong(f"{at_least}つ以上必要です。")
        found = []
        for position, item in enumerate(value, start=1):
            try:
                found.append(read(item))
            except _Wrong as wrong:
                raise _Wrong(
                    wrong.reason, f"[{position}]" + (f".{wrong.field}" if wrong.field and wrong.field[0] != "[" else wrong.field)
                ) from wrong
        return found

    return reader


def _record(required: dict[str, Reader], optional: dict[str, Reader] | None = None) -> Reader:
    known = required | (optional or {})

    def reader(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _Wrong("{ } で囲んだ項目を書いてください。")
        for name in value:
            if name not in known:
                raise _Wrong("知らない項目です。", name)
        for name in required:
            if name not in value:
                raise _Wrong("この項目がありません。", name)
        found: dict[str, Any] = {}
        for name, item in value.items():
            try:
                read = known[name](item)
            except _Wrong as wrong:
                inner = wrong.field if not wrong.field or wrong.field[0] == "[" else f".{wrong.field}"
                raise _Wrong(wrong.reason, name + inner) from wrong
            if read is not None:
                found[name] = read
        return found

    return reader


_PERSON = _record({}, {name: _maybe(_text) for name in ("name", "kana", "sex", "phone")} | {"birth_date": _maybe(_day)})
_GOAL = _record({"text": _text, "target_date": _day})
_ACTION = _record({"text": _text, "actor": _text})
_ITEM = _record({"decision": _text}, {"plan": _name, "emergency_start": _name, "reason": _maybe(_text)})

_COMMON = {"on": _day, "kind": _text}
KINDS: dict[str, Reader] = {
    "reception": _record(
        _COMMON | {"case": _name},
        {"person": _PERSON, "previous": _name, "route": _text, "concerns": _list_of(_text), "main_concern": _text, "memo": _text},
    ),
    "screening": _record(_COMMON | {"case": _name, "result": _text}),
    "application": _record(_COMMON | {"case": _name, "consents": _list_of(_text)}),
    "emergency_start": _record(_COMMON | {"case": _name, "agreed_on": _day, "content": _text}),
    "assessment": _record(_COMMON | {"case": _name}, {"issue_traits": _list_of(_text), "summary": _text}),
    "plan": _record(
        _COMMON
        | {"case": _name, "plan": _name}
        | {"wishes": _text, "issues": _text, "cautions": _text}
        | {"goals": _list_of(_GOAL, at_least=1), "actions": _list_of(_ACTION, at_least=1)},
        {"service_uses": _list_of(_text), "employment_target": _flag},
    ),
    "agreement": _record(_COMMON | {"plan": _name}),
    "meeting": _record(_COMMON | {"meeting": _name, "items": _list_of(_ITEM), "attendees": _list_of(_text, at_least=1)}),
    "decision": _record(_COMMON | {"plan": _name, "decision_kind": _text}),
    "record": _record(_COMMON | {"case": _name, "method": _text, "text": _text}, {"minutes": _minutes}),
    "outcome": _record(_COMMON | {"case": _name, "outcome": _text}),
    "evaluation": _record(
        _COMMON | {"plan": _name, "outcome": _text}, {"goals": _list_of(_text), "changes": _list_of(_text), "reason": _maybe(_text)}
    ),
    "closing": _record(_COMMON | {"case": _name, "reason": _text}),
}


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Each line of the file, checked for shape; empty lines are passed over.

    Raises BadLine at the first line that is no object of a known kind with the members that kind has.
    """
    seen: dict[str, int] = {}
    latest = date.min
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        value = _parse(number, raw)
        line = _checked(number, value, seen)
        if line.on < latest:
            raise BadLine(number, "on", f"前の行（{latest.isoformat()}）より前の日付です。起きた順に並べてください。")
        latest = line.on
        yield line


def _parse(number: int, raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_members_once)
    except _Twice as twice:
        raise BadLine(number, twice.args[0], "同じ項目が二度あります。") from twice
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadLine(number, "", "JSON として読めません。") from error
    if not isinstance(value, dict):
        raise BadLine(number, "", "1行に1つの { } を書いてください。")
    return value


class _Twice(Exception):
    """A member that stands twice in one object: which of the two is meant nobody can tell."""


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _checked(number: int, value: dict[str, Any], seen: dict[str, int]) -> Line:
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadLine(number, "kind", "知らない種類です。")
    try:
        members = KINDS[kind](value)
    except _Wrong as wrong:
        raise BadLine(number, wrong.field, wrong.reason) from wrong
    digest = sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
    seen[digest] = seen.get(digest, 0) + 1
    return Line(number, kind, members["on"], members, digest, seen[digest])
