"""Who sees which fields on which ground: drawn from what the slices have registered with the gate, written by nobody."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from disclosure import registrations
from vault.fields import sealed_fields

_grounds: dict[str, str] = {}
YES, NO = "○", "－"


class Row(NamedTuple):
    """A group of fields of one model, and the grounds on which it opens."""

    model: str
    fields: tuple[str, ...]
    opens_on: frozenset[str]


def describe(grounds: Mapping[str, str]) -> None:
    """Say in AppConfig.ready() who stands on a ground, in the order of the map: code → Japanese label."""
    _grounds.update(grounds)


def grounds() -> Mapping[str, str]:
    return dict(_grounds)


def rows() -> Iterator[Row]:
    """Raises LookupError for a ground that nobody has described."""
    for model, entry in sorted(registrations.registered().items(), key=lambda each: each[0]._meta.label):
        names = {field.name: str(field.verbose_name) for field in sealed_fields(model)}
        if unknown := entry.grounds.keys() - _grounds.keys():
            raise LookupError(f"{model._meta.label}: who stands on {sorted(unknown)}?")
        for group, fields in entry.groups.items():
            opens_on = frozenset(ground for ground, opened in entry.grounds.items() if group in opened)
            yield Row(str(model._meta.verbose_name), tuple(names[name] for name in sorted(fields)), opens_on)


def drawn() -> str:
    """The map as a page of Markdown."""
    head = ["何の", "どの項目", *_grounds.values()]
    lines = [HEADING, "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    for row in rows():
        marks = [YES if ground in row.opens_on else NO for ground in _grounds]
        lines.append("| " + " | ".join([row.model, "・".join(row.fields), *marks]) + " |")
    return "\n".join(lines) + "\n"


HEADING = """# だれが、どの立場で、どの項目を見られるか

開示の扉に登録されている決まりから作った表です（`manage.py field_map`）。手では書き換えません。
この表に載らない人（支援チームの外の職員、事務担当、センター管理者、本部、共有のない関係機関の利用者）は、どの項目も見られません。
「閲覧させない」届け出のある人には、どの立場でも何も見えません。保護している方の居場所は、立場にかかわらず伏せます。
"""
