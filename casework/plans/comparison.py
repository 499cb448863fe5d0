"""Two texts of the same plan side by side: what somebody else saved, and what was typed here."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from casework.plans.parts import PlanParts
from foundation import codes, wareki

LABELS = {
    "wishes": "生活に対する意向",
    "issues": "解決したい課題",
    "goals": "目標",
    "actions": "支援の内容",
    "service_uses": "利用する事業",
    "cautions": "支援にあたって気をつけること",
    "is_employment_target": "就労支援の対象",
    "period_from": "期間の始め",
    "period_until": "期間の終わり",
}


class Difference(NamedTuple):
    label: str
    saved: str
    typed: str


def differences(saved: Mapping[str, Any], typed: PlanParts) -> list[Difference]:
    """The parts that differ, in words. Any: values of all kinds of fields."""
    found = []
    for name, label in LABELS.items():
        theirs, mine = in_words(name, saved.get(name)), in_words(name, typed.get(name))
        if theirs != mine:
            found.append(Difference(label, theirs or "（空）", mine or "（空）"))
    return found


def in_words(name: str, value: Any) -> str:  # Any: as above
    match name:
        case "goals":
            return "\n".join(f"{_of(row, 'text')}（{wareki.formal(_of(row, 'target_date'))}まで）" for row in value or ())
        case "actions":
            rows = [(codes.label("plan_action_actor", _of(row, "actor")), _of(row, "text"), _of(row, "timing")) for row in value or ()]
            return "\n".join(f"{actor}：{text}" + (f"（{timing}）" if timing else "") for actor, text, timing in rows)
        case "service_uses":
            return "、".join(codes.labels("service_use", value or ()))
        case "is_employment_target":
            return "対象" if value else "対象でない"
        case "period_from" | "period_until":
            return wareki.formal(value) if value else ""
    return (value or "").replace("\r\n", "\n").strip()


def _of(row: Any, name: str) -> Any:  # Any: a mapping of the form or the facts of a domain function
    return row[name] if isinstance(row, Mapping) else getattr(row, name)
