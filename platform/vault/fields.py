"""Sealed columns: what is put on an instance is covered at once, and only the doors in `disclosure` can uncover it.

A sealed value prints as ●●●, is true of nothing, equals only itself and serialises to nothing. NULL means unknown, so `isnull` may be asked.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NoReturn
from uuid import UUID, uuid4

from django import forms
from django.core import checks
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.query_utils import DeferredAttribute

from vault import keys, sealing
from vault.models import KeyClass

COVER = "●●●"
COVERS = frozenset({COVER, "（非表示）", "（消去済み）", "（保護のため非表示）"})
CENTRE = "centre"


class Covered:
    """Base of everything that stands where a value may not be read; a form refuses to show it as if it were the value."""

    __slots__ = ()


class Sealed(Covered):
    """A value nobody has opened."""

    __slots__ = ("_cipher", "_fresh", "_home")

    def __init__(self, *, cipher: bytes | None = None, fresh: bytes | None = None, home: tuple[str, str, object] | None = None) -> None:
        self._cipher, self._fresh, self._home = cipher, fresh, home

    def __repr__(self) -> str:
        return COVER

    def __format__(self, spec: str) -> str:
        return COVER

    def __copy__(self) -> "Sealed":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Sealed":
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a sealed value cannot be pickled")

    def _closed(self, *_: object) -> NoReturn:
        raise TypeError("a sealed value says nothing about itself: open it at the gate")

    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __lt__ = __le__ = __gt__ = __ge__ = __add__ = __int__ = __index__ = _closed


class SealedAttribute(DeferredAttribute):
    """Covers what is assigned, and remembers of what is read from which row it came."""

    field: "SealedField"

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Sealed) and value._fresh is None and value._home is None:
            value._home = self.field.home_of(instance)
        return value

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = self.field.covered(value)


class UnrevealedRefused:
    """Mixed into the form fields of sealed columns."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Covered):
            raise TypeError("a form starts from what the gate revealed, never from a sealed value")
        return super().prepare_value(value)  # type: ignore[misc]  # of the form field beside this mixin


class SealedCharField(UnrevealedRefused, forms.CharField):
    pass


class SealedDateField(UnrevealedRefused, forms.DateField):
    pass


class SealedIntegerField(UnrevealedRefused, forms.IntegerField):
    pass


FORM_FIELDS: dict[type, type[forms.Field]] = {str: SealedCharField, date: SealedDateField, int: SealedIntegerField}
EMPTY: dict[type, Any] = {str: "", list: [], dict: {}}


class SealedField(models.Field):
    """`subject` is the path from the instance to the client's id, or "centre" for what belongs to no client.

    "client_id or centre" is for rows of either kind: the centre's key where the path ends at None.
    """

    descriptor_class = SealedAttribute

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        of: type = str,
        subject: str,
        key_class: str = KeyClass.GENERAL,
        **options: Any,
    ) -> None:
        if of not in sealing.DECODERS:
            raise TypeError(f"a sealed field holds str, date, int, list or dict, not {of.__name__}")
        self.of, self.subject, self.key_class = of, subject, str(key_class)
        super().__init__(verbose_name, **options)
        if self.max_length is not None:
            self.validators = [*self.validators, MaxLengthValidator(self.max_length)]

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("validators", None)
        return name, path, args, kwargs | {"of": self.of, "subject": self.subject, "key_class": self.key_class}

    def get_internal_type(self) -> str:
        return "BinaryField"

    # -- covering and sealing

    def covered(self, value: object) -> Sealed | None:
        if value is None or isinstance(value, Sealed):
            return value
        if not isinstance(value, self.of) or isinstance(value, bool | datetime):
            raise TypeError(f"{self.name} holds {self.of.__name__}")
        if isinstance(value, str) and value in COVERS:
            raise ValidationError("伏せられた表示のままでは保存できません。", code="covered_value")
        return Sealed(fresh=sealing.encode(value))

    def home_of(self, instance: models.Model) -> tuple[str, str, object]:
        assert self.column is not None
        return (self.model._meta.db_table, self.column, instance.pk)

    def owner_of(self, instance: models.Model) -> keys.Owner:
        return keys.Owner(subject_of(instance, self.subject), self.key_class)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        value: Sealed | None = model_instance.__dict__.get(self.attname)
        if value is None:
            return None
        if value._fresh is not None:
            value = model_instance.__dict__[self.attname] = self._sealed(value._fresh, model_instance)
        elif value._home != self.home_of(model_instance) and (add or value._home is not None):
            raise TypeError(f"{self.name}: a sealed value belongs to its row; open it at the gate and set it anew")
        elif value._cipher is not None and keys.successor_of(sealing.key_id_of(value._cipher)):
            value = model_instance.__dict__[self.attname] = self._sealed_anew(value._cipher, model_instance)
        return value

    def _sealed_anew(self, cipher: bytes, instance: models.Model) -> Sealed:
        """What was read before its key was replaced is not written back under the old one."""
        key_id, where = sealing.key_id_of(cipher), sealing.place(keys.current_centre(), *self.home_of(instance))
        return self._sealed(sealing.unseal(cipher, keys.keys_by_id([key_id])[key_id], where), instance)

    def _sealed(self, fresh: bytes, instance: models.Model) -> Sealed:
        if self.max_length is not None:
            MaxLengthValidator(self.max_length)(sealing.DECODERS[self.of](fresh))
        owner, home = self.owner_of(instance), self.home_of(instance)
        key = keys.keys_for([owner])[owner]
        where = sealing.place(keys.current_centre(), *home)
        return Sealed(cipher=sealing.seal(fresh, key.id, key.cipher, where), home=home)

    # -- between Python and the database

    def from_db_value(self, value: Any, expression: object, connection: object) -> Sealed | None:
        return None if value is None else Sealed(cipher=bytes(value))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if not isinstance(value, Sealed) or value._cipher is None:
            raise TypeError(f"{self.name}: clear text never goes to the database; save the object")
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return value._cipher if isinstance(value, Sealed) else value

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> None:
        return None

    def value_to_string(self, obj: models.Model) -> NoReturn:
        raise TypeError(f"{self.name}: a sealed value is not serialised")

    # -- forms and validation

    def get_default(self) -> Any:
        return super().get_default() if self.has_default() or self.null else EMPTY.get(self.of)

    def to_python(self, value: Any) -> Any:
        return value

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Validate fresh text as what it is; what is already sealed was validated when it was new."""
        if isinstance(value, Sealed):
            if value._fresh is not None:
                super().clean(sealing.DECODERS[self.of](value._fresh), model_instance)
            return value
        return super().clean(value, model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        if self.of not in FORM_FIELDS:
            return None
        options: dict[str, Any] = {"form_class": FORM_FIELDS[self.of]}
        if self.of is str:
            options |= {"max_length": self.max_length, "widget": forms.TextInput if self.max_length else forms.Textarea}
        return super().formfield(**(options | kwargs))

    # -- start-up

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_no_index(), *self._check_queryset()]

    def _check_no_index(self) -> Iterator[checks.CheckMessage]:
        if self.unique or self.db_index or self.primary_key:  # type: ignore[attr-defined]  # the stubs leave it out
            yield checks.Error("暗号文は一意にも索引にもできません。", obj=self, id="vault.E001")
        meta = self.model._meta
        named = [*meta.unique_together, *(index.fields for index in meta.indexes), *(getattr(c, "fields", ()) for c in meta.constraints)]
        if any(self.name in {name.lstrip("-") for name in names} for names in named):
            yield checks.Error("暗号文は一意にも索引にもできません。", obj=self, id="vault.E001")

    def _check_queryset(self) -> Iterator[checks.CheckMessage]:
        if not isinstance(self.model._default_manager.get_queryset(), SealedQuerySet):
            yield checks.Error("封じた列をもつモデルは SealedModel を継ぎ、SealedQuerySet を使います。", obj=self.model, id="vault.E003")


def sealed_fields(model: type[models.Model]) -> list[SealedField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, SealedField)]


def subject_of(instance: models.Model, path: str) -> UUID | None:
    """The client's id at the end of the path. Raises ValueError where there is no client: such a value would have no key."""
    path, _, otherwise = path.partition(" or ")
    if path == CENTRE:
        return None
    found: Any = instance
    for name in path.split("."):
        found = getattr(found, name, None)
    if found is None and otherwise == CENTRE:
        return None
    if not isinstance(found, UUID):
        raise ValueError(f"{instance._meta.label}.{path} leads to no client")
    return found


class SealedQuerySet(models.QuerySet):
    """Keys of many rows are fetched or made in one go; ciphertext is never an order, a change by expression or a copy."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        objs = list(objs)
        keys.keys_for(
            field.owner_of(row)
            for row in objs
            for field in sealed_fields(self.model)
            if isinstance(value := row.__dict__.get(field.attname), Sealed) and value._fresh is not None
        )
        return super().bulk_create(objs, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._refuse_sealed(kwargs)
        return super().update(**kwargs)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], **kwargs: Any) -> int:  # type: ignore[override]
        fields = list(fields)
        self._refuse_sealed(fields)
        return super().bulk_update(objs, fields, **kwargs)

    def _refuse_sealed(self, names: Iterable[str]) -> None:
        sealed = {field.name for field in sealed_fields(self.model)} & set(names)
        if sealed:
            raise TypeError(f"{', '.join(sorted(sealed))}: sealed values are changed by saving their object")

    def order_by(self, *field_names: Any) -> Any:
        for name in _names_in(field_names):
            if leads_to_sealed(self.model, name):
                raise TypeError(f"{name}: ciphertext has no order; sort what the gate has opened")
        return super().order_by(*field_names)


def _names_in(expressions: Sequence[Any]) -> Iterator[str]:
    for expression in expressions:
        if isinstance(expression, str):
            yield expression.lstrip("-+")
        elif isinstance(expression, models.F):
            yield str(expression.name)  # type: ignore[attr-defined]  # the stubs leave it out
        elif isinstance(expression, BaseExpression | Combinable):
            yield from _names_in(getattr(expression, "get_source_expressions", list)())


def leads_to_sealed(model: type[models.Model], path: str) -> bool:
    """Whether an ORM path such as `case__client__name` ends at a sealed column."""
    here: Any = model
    for name in path.split("__"):
        try:
            field = here._meta.get_field(here._meta.pk.name if name == "pk" else name)
        except (FieldDoesNotExist, AttributeError):
            return False
        if isinstance(field, SealedField):
            return True
        here = field.related_model
    return False


class SealedModel(models.Model):
    """What every model with sealed fields inherits."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)

    objects = SealedQuerySet.as_manager()

    class Meta:
        abstract = True

    def _get_field_expression_map(self, meta: Any, exclude: Any = None) -> Any:
        """Check constraints may ask whether a sealed column is empty; Django would ask the value for its truth."""
        sealed = {field.name: field for field in sealed_fields(type(self))}
        expressions = super()._get_field_expression_map(meta, {*(exclude or ()), *sealed})  # type: ignore[misc]
        for name, field in sealed.items():
            if name not in (exclude or ()):
                stands_for = None if self.__dict__.get(field.attname) is None else b"\x01"
                expressions[name] = models.Value(stands_for, models.BinaryField())
        return expressions


@checks.register("models")
def check_ordering(app_configs: object = None, **kwargs: object) -> list[checks.CheckMessage]:
    """No model is ordered by ciphertext, its own or a related one's."""
    from django.apps import apps

    return [
        checks.Error(f"暗号文 {name} では並べられません。", obj=model, id="vault.E002")
        for model in apps.get_models()
        for name in _names_in(list(model._meta.ordering or ()))
        if leads_to_sealed(model, name)
    ]
