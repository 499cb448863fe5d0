"""PostgreSQL with one login per centre.

login     web, workers, ordinary commands: activating a centre takes a connection from that login's own park
owner     commands that change schemas: one login that owns everything, the search path follows the centre
set_role  unit tests only: `owner` + SET ROLE, so that one rolled-back transaction can visit several centres
keys      the second database: one login whatever centre is active; it makes and destroys keys
keys_owner  the same as its owner: commands that change its tables or replace a key
"""

import os
import threading
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.transaction import TransactionManagementError
from django_tenants.postgresql_backend import base
from psycopg import sql

from tenants.backend.park import Park
from tenants.backend.schema import RecordingSchemaEditor
from tenants.passwords import KEYS_OWNER, OWNER, password_for

PARKED_MODES = frozenset({"login", "keys"})
MODES = PARKED_MODES | {"owner", "set_role", "keys_owner"}
_parks: dict[tuple[int, str, str, str], Park] = {}
_lock = threading.Lock()


def login_of(host: Any) -> str:  # Any: a Host, a Centre or django-tenants' FakeTenant
    """The database login that serves a host. Public belongs to the entrance unless the host names another login."""
    named = getattr(host, "login", None)
    if named:
        return named
    return "entrance" if host.schema_name == "public" else "c_" + host.schema_name


def sweep_parks() -> None:
    """Close what has been idle too long in this process."""
    with _lock:
        parks = [park for key, park in _parks.items() if key[0] == os.getpid()]
    for park in parks:
        park.sweep()


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = RecordingSchemaEditor
    search_path_set_schemas: tuple[str, ...] | None
    role: str = ""  # whose rights are in force; set by set_tenant
    written: list[str] | None = None  # what schema editors sent, when somebody wants to know
    own_mode: str | None = None  # of this thread's connection alone; else the mode of the settings

    @property
    def mode(self) -> str:
        mode = self.own_mode or self.settings_dict["MODE"]
        assert mode in MODES, mode
        return mode

    @property
    def login(self) -> str:
        return {"login": self.role, "keys": "keys", "keys_owner": KEYS_OWNER}.get(self.mode, OWNER)

    # -- idle connections, login by login ---------------------------------------
    @property
    def pool(self) -> Park | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options or self.mode not in PARKED_MODES:
            return None
        key = (os.getpid(), self.alias, self.settings_dict["NAME"], self.login)  # the pid: a fork must not share sockets
        with _lock:
            if key not in _parks:
                _parks[key] = Park(self.get_connection_params() | {"autocommit": True}, self._configure_connection, **options)
            return _parks[key]

    def close_pool(self) -> None:
        with _lock:
            for key in [key for key in _parks if key[:2] == (os.getpid(), self.alias)]:
                _parks.pop(key).close()

    def get_connection_params(self) -> dict[str, Any]:  # Any: psycopg's parameters
        params = super().get_connection_params()
        secrets = {"role_secret": settings.ROLE_SECRET, "owner_secret": settings.OWNER_SECRET}
        try:
            params |= {"user": self.login, "password": password_for(self.login, **secrets)}
        except LookupError as missing:
            raise psycopg.OperationalError("この操作にはデータベースの所有者の秘密（環境変数 OWNER_SECRET）が要ります。") from missing
        # sent at login: beats whatever ALTER ROLE says
        longest = f" -c statement_timeout={settings.STATEMENT_SECONDS}s" if self.login != "owner" else ""
        return params | {"options": f"-c search_path={','.join(self.path())} -c TimeZone=UTC{longest}"}

    def path(self) -> list[str]:
        if self.mode in {"keys", "keys_owner"}:
            return ["public"]
        last = ["public", "ext"] if self.include_public_schema else ["ext"]
        return list(dict.fromkeys([self.schema_name, *last]))

    # -- activating a centre ------------------------------------------------------
    def become(self, mode: str | None) -> None:
        """Serve this thread in another mode from now on; None goes back to the settings'. Never inside a transaction."""
        if self.in_atomic_block:
            raise TransactionManagementError("the mode cannot change inside a transaction")
        self.close()
        self.own_mode = mode

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:  # Any: see login_of
        role = login_of(tenant)
        if role != self.role and self.mode == "login" and self.connection is not None:
            if self.in_atomic_block or not self.autocommit:
                raise TransactionManagementError(f"{self.role} → {role}: the login cannot change inside a transaction")
            self.close()  # back to the park it came from
        self.role, self.tenant, self.schema_name = role, tenant, tenant.schema_name
        self.include_public_schema = include_public
        # the content-type cache stays: its table is in public only

    def _handle_search_path(self, cursor: Any = None) -> None:  # Any: Django's or psycopg's cursor, unused
        wanted = (self.role, *self.path())
        if self.mode in PARKED_MODES | {"keys_owner"} or self.search_path_set_schemas == wanted:
            return  # the parent forgets the mark on close and on every rollback
        path = sql.SQL(", ").join(map(sql.Identifier, self.path()))
        statement = sql.SQL("SET search_path = {}").format(path)
        if self.mode == "set_role":
            statement = sql.SQL("SET ROLE {}; {}").format(sql.Identifier(self.role), statement)
        try:
            self.connection.execute(statement)  # not through the cursor: query counts are those of login mode
        except psycopg.errors.InFailedSqlTransaction:  # the next statement can only be a rollback
            self.search_path_set_schemas = None
        else:
            self.search_path_set_schemas = wanted
