"""The inner side of the doors: turns sealed values into clear ones. Imported by `disclosure` and by nothing else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from vault import keys, sealing
from vault.fields import Sealed, SealedField


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


def open_values(cells: Sequence[Cell]) -> list[Any]:
    """The clear values in the same order; ERASED where the key is gone. One query for all keys not at hand.

    Raises SealBroken for altered or moved bytes.
    """
    ciphers = keys.keys_by_id(
        {sealing.key_id_of(value._cipher) for cell in cells if (value := cell.value) is not None and value._cipher is not None}
    )
    return [_opened(cell, ciphers) for cell in cells]


def _opened(cell: Cell, ciphers: dict[bytes, AESGCM]) -> Any:
    field, value = cell.field, cell.value
    if value is None:
        return None
    decode = sealing.DECODERS[field.of]
    if value._cipher is None:
        assert value._fresh is not None
        return decode(value._fresh)
    cipher = ciphers.get(sealing.key_id_of(value._cipher))
    if cipher is None:
        return ERASED
    return decode(sealing.unseal(value._cipher, cipher, sealing.place(keys.current_centre(), *field.home_of(cell.row))))


def open_rows(fields: Sequence[SealedField], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, list[Any]]]:
    """For thousands of rows `(pk, raw, raw, …)` of one table without an object for each; an empty or erased value is None."""
    rows = [(pk, [None if raw is None else bytes(raw) for raw in raws]) for pk, *raws in rows]
    ciphers = keys.keys_by_id({sealing.key_id_of(raw) for _, raws in rows for raw in raws if raw is not None})
    centre = keys.current_centre()
    columns = [(sealing.place(centre, field.model._meta.db_table, str(field.column), ""), sealing.DECODERS[field.of]) for field in fields]
    for pk, raws in rows:
        name = str(pk).encode()
        yield pk, [_opened_raw(raw, place + name, decode, ciphers) for raw, (place, decode) in zip(raws, columns, strict=True)]


def _opened_raw(raw: bytes | None, where: bytes, decode: Callable[[bytes], Any], ciphers: dict[bytes, AESGCM]) -> Any:
    cipher = ciphers.get(raw[sealing.KEY_ID]) if raw is not None else None
    return None if raw is None or cipher is None else decode(sealing.unseal(raw, cipher, where))
