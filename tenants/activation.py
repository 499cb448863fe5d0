"""Acting as one host: its database login, its schema. Everything outside a request goes through here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import connections

from tenants.backend.base import DatabaseWrapper
from tenants.connection import connection
from tenants.hosts import ENTRANCE, HEADQUARTERS, Host


@contextmanager
def host_active(host: Host) -> Iterator[Host]:
    """Refused inside a transaction by the backend, unless the host is active already."""
    before = connection.tenant
    connection.set_tenant(host)
    try:
        yield host
    finally:
        connection.set_tenant(before)


@contextmanager
def centre_active(schema: str) -> Iterator[Host]:
    """For jobs and commands. Raises Centre.DoesNotExist on an unknown centre."""
    from tenants.models import Centre

    with host_active(ENTRANCE):
        host = Centre.objects.get(schema_name=schema).host
    with host_active(host):
        yield host


@contextmanager
def headquarters_active() -> Iterator[Host]:
    with host_active(HEADQUARTERS) as host:
        yield host


@contextmanager
def owner_active() -> Iterator[None]:
    """This thread changes schemas as the owner of everything. The web does not have the owner's secret."""
    before, host = connection.own_mode, connection.tenant
    connection.become("owner")
    connection.set_tenant(ENTRANCE)
    try:
        with keys_owner_active():
            yield
    finally:
        connection.become(before)
        connection.set_tenant(host)


@contextmanager
def keys_owner_active() -> Iterator[None]:
    """This thread may replace keys, and change the tables they lie in. The web does not have the owner's secret."""
    keys = cast(DatabaseWrapper, connections["keys"])
    before = keys.own_mode
    keys.become("keys_owner")
    try:
        yield
    finally:
        keys.become(before)


def active_host() -> Host:
    """Whose login this thread uses."""
    return cast(Host, connection.tenant)


def active_schema() -> str:
    """The active centre's schema; "public" when no centre is active."""
    return connection.schema_name


def open_centres() -> list[Host]:
    """Every centre that works, for schedules that go round."""
    from tenants.models import Centre

    with host_active(ENTRANCE):
        return [centre.host for centre in Centre.objects.reachable().prefetch_related("domains").order_by("schema_name")]


def kept_centres() -> list[Host]:
    """Every centre that was not erased, whether or not it is open: closing one hides nothing."""
    from tenants.models import Centre, CentreState

    with host_active(ENTRANCE):
        there = Centre.objects.exclude(state=CentreState.ERASED).prefetch_related("domains").order_by("schema_name")
        return [centre.host for centre in there]
