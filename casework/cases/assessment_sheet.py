"""The インテーク・アセスメントシート: its sections and items, and refusing what does not fit them (domain 4.2)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from foundation import codes
from foundation.errors import RuleViolation

LONGEST_TEXT = 4000
LARGEST_NUMBER = 1_000_000_000


class ItemKind(StrEnum):
    CODE = "code"
    CODES = "codes"
    NUMBER = "number"
    TEXT = "text"


class Item(NamedTuple):
    key: str
    label: str
    kind: ItemKind = ItemKind.TEXT
    code_list: str = ""
    unit: str = ""


class Section(NamedTuple):
    key: str
    label: str
    items: tuple[Item, ...]

    @property
    def by_key(self) -> dict[str, Item]:
        return {item.key: item for item in self.items}


def _one(key: str, label: str, code_list: str) -> Item:
    return Item(key, label, ItemKind.CODE, code_list)


def _many(key: str, label: str, code_list: str) -> Item:
    return Item(key, label, ItemKind.CODES, code_list)


def _number(key: str, label: str, unit: str) -> Item:
    return Item(key, label, ItemKind.NUMBER, unit=unit)


SECTIONS = (
    Section(
        "complaint",
        "本人の主訴・状況",
        (
            Item("words", "本人の話したこと"),
            Item("wishes", "本人の望み"),
            Item("strengths", "強み・できていること"),
            Item("history", "これまでの相談"),
        ),
    ),
    Section(
        "family",
        "家族・地域・住まい",
        (
            _one("cohabitants", "同居者", "yes_no"),
            _number("cohabitant_count", "同居している人数", "人"),
            _one("family_apart", "別居の家族", "yes_no"),
            _one("marital", "婚姻", "marital"),
            _one("children", "子ども", "yes_no"),
            _number("child_count", "子どもの人数", "人"),
            _one("housing", "住居", "housing_kind"),
            Item("community", "地域との関係"),
        ),
    ),
    Section(
        "health",
        "健康・障害",
        (
            _one("state", "健康状態", "health_state"),
            Item("treatment", "通院先・服薬"),
            _many("certificates", "障害手帳等", "disability_certificate"),
            Item("certificate_grade", "等級"),
            _many("medical_support", "医療の助成", "medical_support"),
            _one("insurance", "健康保険", "health_insurance"),
        ),
    ),
    Section(
        "money",
        "収入・公的給付・債務",
        (
            _number("own_income", "本人の月収", "円"),
            _number("household_income", "世帯の月収", "円"),
            _one("finances", "家計の状況", "household_finances"),
            _one("tax", "課税状況", "tax_state"),
            _one("arrears", "滞納", "yes_no"),
            _one("debts", "債務", "yes_no"),
            _many("benefits", "公的給付", "benefits"),
            _one("pension", "年金", "pension_state"),
            _one("public_assistance", "生活保護", "public_assistance_state"),
            Item("details", "くわしく"),
        ),
    ),
    Section(
        "work",
        "職業・職歴",
        (
            _one("status", "就労状況", "employment_status"),
            _one("kind", "仕事", "employment_kind"),
            _one("time_since", "離職後の年数", "time_since_work"),
            _one("education", "最終学歴", "education"),
            Item("qualifications", "資格"),
            Item("career", "職歴"),
        ),
    ),
    Section(
        "emergency",
        "緊急支援",
        (
            _one("needed", "緊急支援の必要", "yes_no"),
            _many("kinds", "緊急支援の種類", "emergency_support_kind"),
            Item("details", "くわしく"),
        ),
    ),
)
BY_KEY = {section.key: section for section in SECTIONS}


def check_sections(sections: Mapping[str, Mapping[str, Any]], *, on: date) -> None:
    """Any: the answers come from a form or an API as they are; this is where their shape is checked.

    An item that is missing has not been talked about. Raises RuleViolation `unknown_item`, `unknown_code`,
    `repeated_code`, `number_out_of_range`, `too_long`.
    """
    for section_key, answers in sections.items():
        section = BY_KEY.get(section_key)
        if section is None or not isinstance(answers, Mapping):
            raise RuleViolation("アセスメントシートにない区分です。", code="unknown_item", field="sections")
        for key, answer in answers.items():
            if key not in section.by_key:
                raise RuleViolation(f"「{section.label}」にない項目です。", code="unknown_item", field=section_key)
            check_answer(section.by_key[key], answer, on=on, field=f"{section_key}.{key}")


def check_answer(item: Item, answer: Any, *, on: date, field: str) -> None:
    match item.kind:
        case ItemKind.CODE:
            codes.check(item.code_list, [answer], on=on, field=field)
        case ItemKind.CODES:
            codes.check(item.code_list, list(answer) if isinstance(answer, list) else [answer], on=on, field=field)
        case ItemKind.NUMBER:
            if type(answer) is not int or not 0 <= answer <= LARGEST_NUMBER:
                raise RuleViolation(f"{item.label}は0以上の整数で書いてください。", code="number_out_of_range", field=field)
        case ItemKind.TEXT:
            if not isinstance(answer, str) or len(answer) > LONGEST_TEXT:
                raise RuleViolation(f"{item.label}は{LONGEST_TEXT:,}文字までです。", code="too_long", field=field)


def answered(section: Section, answers: Mapping[str, Any]) -> int:
    """How many items of a section have an answer; "not yet asked" is one that has not."""
    return sum(1 for item in section.items if answers.get(item.key) not in (None, "", [], "not_asked", ["not_asked"]))
