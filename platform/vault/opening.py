"""The inner side of the doors: turns sealed values into clear ones. Imported by `disclosure` and by nothing else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from django.db import models

from vault import keys, sealing
from vault.fields import Sealed, SealedField
from vault.models import KeyClass
from vault.refusals import SealBroken


class _Erased:
    """Stands for a value whose key was destroyed."""

    def __repr__(self) -> str:
        return "（消去済み）"


ERASED: Final = _Erased()


class Cell(NamedTuple):
    """One sealed value where it lies."""

    field: SealedField
    row: models.Model

    @property
    def value(self) -> Sealed | None:
        return getattr(self.row, self.field.attname)  # loads a column that was left out


SECRET_CLASSES: Final = frozenset({KeyClass.WHEREABOUTS.value})


class PurposeMissing(Exception):
    """A defect: a secret class was about to be opened and nobody had said what for."""


def open_values(cells: Sequence[Cell], *, purpose: str = "") -> list[Any]:
    """The clear values in the same order; ERASED where the key is gone. One query for all keys not at hand.

    Where a person can be found opens for a stated purpose only: raises PurposeMissing. Raises SealBroken for altered or moved
    bytes, for a key of another centre, one that was replaced or one that never was.
    """
    if not purpose:
        _refuse_secrets(cell.field for cell in cells if cell.value is not None)
    found = keys.look_up(
        {sealing.key_id_of(value._cipher) for cell in cells if (value := cell.value) is not None and value._cipher is not None}
    )
    return [_opened(cell, found) for cell in cells]


def _refuse_secrets(fields: Iterable[SealedField]) -> None:
    for field in fields:
        if field.key_class in SECRET_CLASSES:
            raise PurposeMissing(f"{field.model._meta.label}.{field.name}")


def _opened(cell: Cell, found: keys.LookedUp) -> Any:
    field, value = cell.field, cell.value
    if value is None:
        return None
    decode = sealing.DECODERS[field.of]
    if value._cipher is None:
        assert value._fresh is not None
        return decode(value._fresh)
    cipher = found.cipher(sealing.key_id_of(value._cipher))
    if cipher is None:
        return ERASED
    return decode(sealing.unseal(value._cipher, cipher, sealing.place(keys.current_centre(), *field.home_of(cell.row))))


def open_rows(
    fields: Sequence[SealedField], rows: Iterable[Sequence[Any]], *, broken: list[Any], purpose: str = ""
) -> Iterator[tuple[Any, list[Any]]]:
    """For thousands of rows `(pk, raw, raw, …)` of one table without an object for each; an empty or erased value is None.

    So is one that does not open, whose pk is put to `broken`: one altered row does not end every search. Raises PurposeMissing.
    """
    if not purpose:
        _refuse_secrets(fields)
    rows = [(pk, [None if raw is None else bytes(raw) for raw in raws]) for pk, *raws in rows]
    found = keys.look_up({raw[sealing.KEY_ID] for _, raws in rows for raw in raws if raw is not None and sealing.is_sealed(raw)})
    centre = keys.current_centre()
    columns = [(sealing.place(centre, field.model._meta.db_table, str(field.column), ""), sealing.DECODERS[field.of]) for field in fields]
    for pk, raws in rows:
        name = str(pk).encode()
        try:
            yield pk, [_opened_raw(raw, place + name, decode, found) for raw, (place, decode) in zip(raws, columns, strict=True)]
        except SealBroken:
            broken.append(pk)


def _opened_raw(raw: bytes | None, where: bytes, decode: Callable[[bytes], Any], found: keys.LookedUp) -> Any:
    if raw is None:
        return None
    cipher = found.ciphers.get(raw[sealing.KEY_ID]) or found.cipher(sealing.key_id_of(raw))
    return None if cipher is None else decode(sealing.unseal(raw, cipher, where))
