"""What the gate hands out: read-only views, and the notices that stand for what a viewer may not read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

from django.db import models

from vault.fields import COVERS, Covered


class Withheld(Covered):
    """Stands for a value this viewer may not read. Falsy, empty, prints a short notice."""

    __slots__ = ("_notice",)

    def __init__(self, notice: str) -> None:
        assert notice in COVERS, "a form must be able to recognise the notice"
        self._notice = notice

    def __str__(self) -> str:
        return self._notice

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return self._notice

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Any:
        return iter(())

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a withheld value is not pickled")


NOT_ALLOWED: Final = Withheld("（非表示）")
GONE: Final = Withheld("（消去済み）")
PROTECTED: Final = Withheld("（保護のため非表示）")


class Opened:
    """Read-only view of one object: its opened fields first, then the clear attributes of the object itself."""

    __slots__ = ("_values", "is_protected", "original")

    original: Any  # whichever model was opened
    is_protected: bool  # the person it is about is, at this moment

    def __init__(self, original: models.Model, values: Mapping[str, Any], *, is_protected: bool = False) -> None:
        object.__setattr__(self, "original", original)
        object.__setattr__(self, "is_protected", is_protected)
        object.__setattr__(self, "_values", MappingProxyType(dict(values)))

    def __getattr__(self, name: str) -> Any:
        values = object.__getattribute__(self, "_values")
        return values[name] if name in values else getattr(self.original, name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("what the gate opened is read-only; change the object itself")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("what the gate opened is read-only")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opened) and self.original == other.original

    def __hash__(self) -> int:
        return hash(self.original)

    def __repr__(self) -> str:
        return f"<opened {self.original._meta.label} {self.original.pk}>"

    def __str__(self) -> str:
        return str(self.original)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("what the gate opened is not pickled")


class Computed(Opened):
    """Opened for a rule. Never shown: a page that wants the same values asks `reveal`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<computed {self.original._meta.label} {self.original.pk}>"
