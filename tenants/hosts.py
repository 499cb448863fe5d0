"""Which host stands for which centre, and whose database login serves it."""

import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

Kind = Literal["centre", "headquarters", "entrance"]
KEPT_SECONDS = 60
_known: dict[str, "tuple[float, Host]"] = {}


@dataclass(frozen=True)
class Host:
    """What a request's host stands for. The database backend takes it as its tenant."""

    kind: Kind
    schema_name: str
    login: str
    name: str
    municipality: str = ""
    centre_id: UUID | None = None
    state: str = ""
    domain: str = ""

    @property
    def url(self) -> str:
        """The canonical address, for links in what leaves the browser; never taken from a request."""
        address = {"headquarters": settings.HEADQUARTERS_HOST, "entrance": settings.BASE_HOST}.get(self.kind)
        if address is None:
            _, colon, port = settings.BASE_HOST.partition(":")
            address = self.domain + colon + port
        return f"{settings.ACCOUNT_DEFAULT_HTTP_PROTOCOL}://{address}/"

    @property
    def urlconf(self) -> str:
        return f"config.urls_{self.kind}"

    @property
    def is_centre(self) -> bool:
        return self.kind == "centre"

    def get_tenant_type(self) -> None:
        """django-tenants asks; there is one kind of schema."""


ENTRANCE = Host(kind="entrance", schema_name="public", login="entrance", name="つなぎ帖")
HEADQUARTERS = Host(kind="headquarters", schema_name="public", login="hq", name="本部")


def name_of(address: str) -> str:
    """The host's name without port, in lower case."""
    return (urlsplit(f"//{address}").hostname or "").rstrip(".")


def reserved_names() -> set[str]:
    return {name_of(settings.BASE_HOST), name_of(settings.HEADQUARTERS_HOST)}


def host_named(address: str) -> Host | None:
    """Who lives at this address; None for a stranger.

    A centre found is remembered for a minute. Strangers are not remembered: anybody can invent them without end.
    """
    name = name_of(address)
    if name == name_of(settings.BASE_HOST):
        return ENTRANCE
    if name == name_of(settings.HEADQUARTERS_HOST):
        return HEADQUARTERS
    since, host = _known.get(name, (0.0, None))
    if host is not None and time.monotonic() - since < KEPT_SECONDS:
        return host
    found = _look_up(name)
    if found is None:
        _known.pop(name, None)
    else:
        _known[name] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Look every host up again: a centre was opened or changed."""
    _known.clear()


def _look_up(name: str) -> Host | None:
    from tenants.activation import host_active
    from tenants.models import Centre

    with host_active(ENTRANCE):
        centre = Centre.objects.reachable().filter(domains__domain=name).first()
        return centre.host if centre is not None else None
