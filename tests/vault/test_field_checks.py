"""What the start-up refuses. The models are declared in a registry of their own and have no table."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.apps.registry import Apps
from django.db import models
from django.test.utils import isolate_apps

from vault.fields import Sealed, SealedField, SealedModel, check_ordering


@pytest.fixture
def registry() -> Iterator[Apps]:
    with isolate_apps("vault") as apps:
        yield apps


def errors(model: type[models.Model]) -> set[str | None]:
    return {message.id for message in model.check()}


@pytest.mark.parametrize("option", ["unique", "db_index"])
def test_a_sealed_column_is_neither_unique_nor_indexed(registry: Apps, option: str) -> None:
    class Person(SealedModel):
        name = SealedField(subject="pk", **{option: True})

        class Meta:
            app_label = "vault"

    assert "vault.E001" in errors(Person)


def test_no_index_or_constraint_names_a_sealed_column(registry: Apps) -> None:
    class Person(SealedModel):
        name = SealedField(subject="pk")

        class Meta:
            app_label = "vault"
            indexes = [models.Index(fields=["-name"], name="by_name")]

    class Alias(SealedModel):
        name = SealedField(subject="pk")

        class Meta:
            app_label = "vault"
            constraints = [models.UniqueConstraint(fields=["name"], name="one_name")]

    assert "vault.E001" in errors(Person)
    assert "vault.E001" in errors(Alias)


def test_no_model_is_ordered_by_ciphertext_near_or_far(registry: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    class Person(SealedModel):
        name = SealedField(subject="pk")

        class Meta:
            app_label = "vault"
            ordering = ["-name"]

    class Visit(models.Model):  # noqa: DJ008
        person = models.ForeignKey(Person, on_delete=models.PROTECT)
        on = models.DateField()

        class Meta:
            app_label = "vault"
            ordering = ["on", models.F("person__name").desc()]

    monkeypatch.setattr("django.apps.apps.get_models", registry.get_models)
    assert [(message.obj, message.id) for message in check_ordering()] == [(Person, "vault.E002"), (Visit, "vault.E002")]


def test_a_model_with_sealed_columns_needs_the_sealed_queryset(registry: Apps) -> None:
    class Person(models.Model):  # noqa: DJ008
        name = SealedField(subject="pk")

        class Meta:
            app_label = "vault"

    assert "vault.E003" in errors(Person)


def test_our_models_pass() -> None:
    assert check_ordering() == []


@pytest.mark.parametrize(("of", "wrong"), [(str, 3), (str, b"x"), (int, True), (int, "3"), (date, "2026-05-20"), (list, {}), (dict, [])])
def test_only_the_declared_type_is_taken(registry: Apps, of: type, wrong: object) -> None:
    class Person(SealedModel):
        fact = SealedField(of=of, subject="pk", null=True)

        class Meta:
            app_label = "vault"

    with pytest.raises(TypeError):
        Person(fact=wrong)


def test_a_changed_list_after_assigning_changes_nothing(registry: Apps) -> None:
    class Person(SealedModel):
        concerns = SealedField(of=list, subject="pk")

        class Meta:
            app_label = "vault"

    concerns = ["debt"]
    person = Person(concerns=concerns)
    concerns.append("housing")
    assert isinstance(person.concerns, Sealed)
    assert person.concerns._fresh == b'["debt"]'
