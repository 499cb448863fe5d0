"""Keys live in the database `keys` and nothing else does."""

from typing import Any

from django.db.models import Model

KEYS = "keys"


class KeysRouter:
    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return KEYS if model._meta.app_label == "vault" else None

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        in_vault = {one._meta.app_label == "vault", other._meta.app_label == "vault"}
        return False if len(in_vault) == 2 else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        if db == KEYS:
            return app_label == "vault"
        return False if app_label == "vault" else None
