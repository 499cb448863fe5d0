"""Bringing the reference data of `data/*.json` into the tables; migrations call this, with the models as they were then."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.db.migrations.state import StateApps

DATA = Path(__file__).parent / "data"
FIRST_PILOTS = date(2013, 4, 1)  # two years before the law came into force; older records are not ours


def read(name: str) -> list[dict[str, Any]]:
    """Any: rows of a JSON file."""
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return rows


def load_codes(apps: StateApps, alias: str) -> None:
    """Lists and codes as the file has them; what is already there is brought to the same state, nothing is removed."""
    code_list, code = apps.get_model("foundation", "CodeList"), apps.get_model("foundation", "Code")
    lists = read("codes.json")
    code_list.objects.using(alias).bulk_create(
        [code_list(**{name: row[name] for name in ("name", "label", "source", "verified")}) for row in lists],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["label", "source", "verified"],
    )
    code.objects.using(alias).bulk_create(
        [code(list_id=row["name"], **facts) for row in lists for facts in code_rows(row)],
        update_conflicts=True,
        unique_fields=["list", "code", "valid_from"],
        update_fields=["label", "short_label", "order", "valid_to", "is_sensitive", "group"],
    )


def code_rows(code_list: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The columns of each code of a list; order is that of the file."""
    for order, code in enumerate(code_list["codes"], start=1):
        yield {
            "code": code["code"],
            "label": code["label"],
            "short_label": code.get("short", ""),
            "order": order,
            "valid_from": code.get("since", code_list["valid_from"]),
            "valid_to": code.get("until"),
            "is_sensitive": code.get("sensitive", False),
            "group": code.get("group", ""),
        }


def load_parameters(apps: StateApps, alias: str) -> None:
    """Default values from the beginning; values that were changed since are left alone."""
    parameters = apps.get_model("foundation", "Parameter")
    for row in read("parameters.json"):
        facts = {name: row[name] for name in ("value", "note", "verified")}
        parameters.objects.using(alias).get_or_create(name=row["name"], valid_from=FIRST_PILOTS, defaults=facts)
