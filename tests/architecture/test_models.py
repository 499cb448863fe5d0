"""Which tables may point where. What is shared knows nothing of a centre's rows; the schema is the centre."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.migrations.loader import MigrationLoader

from tenants.models import Centre

BOTH = set(settings.SHARED_APPS) & set(settings.TENANT_APPS)
ONLY_SHARED = set(settings.SHARED_APPS) - BOTH
ONLY_CENTRES = set(settings.TENANT_APPS) - BOTH


def models_of(names: set[str]) -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if apps.get_app_config(model._meta.app_label).name in names]


def targets(model: type[models.Model]) -> set[str]:
    fields = [field for field in model._meta.get_fields() if field.is_relation and field.concrete and field.related_model]
    return {apps.get_app_config(field.related_model._meta.app_label).name for field in fields}  # type: ignore[union-attr]


def name_of(model: type[models.Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", models_of(ONLY_SHARED), ids=name_of)
def test_a_shared_table_points_into_no_centres_schema(model: type[models.Model]) -> None:
    assert targets(model) <= ONLY_SHARED


@pytest.mark.parametrize("model", models_of(BOTH), ids=name_of)
def test_a_table_that_headquarters_has_too_points_to_none_that_it_has_not(model: type[models.Model]) -> None:
    assert not targets(model) & ONLY_CENTRES


@pytest.mark.parametrize("model", models_of(ONLY_CENTRES | BOTH), ids=name_of)
def test_no_row_says_which_centre_it_belongs_to(model: type[models.Model]) -> None:
    assert not [field for field in model._meta.get_fields() if field.concrete and field.related_model is Centre]
    assert not {"centre_id", "tenant_id", "schema_name"} & {field.attname for field in model._meta.concrete_fields}


def test_content_types_are_shared_and_grants_are_not() -> None:
    assert {"django.contrib.contenttypes", "django.contrib.auth"} <= ONLY_SHARED
    assert "guardian" in ONLY_CENTRES
    assert {"accounts", "django.contrib.sessions", "allauth.account", "allauth.mfa", "audit", "jobs"} <= BOTH
    assert "django.contrib.admin" not in settings.INSTALLED_APPS


def test_every_migration_can_be_one_transaction_per_centre() -> None:
    loader = MigrationLoader(None)
    assert [key for key, migration in loader.disk_migrations.items() if not migration.atomic] == []
