"""The sealing process: goes round all hosts, every fraction of a second, and brings their heads outside every ten minutes.

It works with the logins that the hosts have; its own are the key that signs heads and the credentials of the stores outside. Whatever
fails at one host, or at one store, is told and tried again; the others go on.
"""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import connections

from audit.anchors import Store, StoreAway, deliver
from audit.heads import Signer, make_head
from audit.sealing import Busy, Sealer
from tenants.activation import host_active, kept_centres
from tenants.hosts import HEADQUARTERS, Host

log = structlog.get_logger("tsunagi.evidence")

T = TypeVar("T")

PAUSE = 0.3
LOOK_FOR_HOSTS = 30.0
TELL_AGAIN = 60.0


class Round:
    def __init__(self, signer: Signer | None, stores: Sequence[Store], *, anchor_seconds: float | None = None) -> None:
        self.signer, self.stores = signer, stores
        self.anchor_seconds = settings.ANCHOR_SECONDS if anchor_seconds is None else anchor_seconds
        self.sealers: dict[Host, Sealer] = {}
        self.looked_at = self.anchored_at = float("-inf")
        self.told: dict[tuple[str, ...], float] = {}

    def forever(self, stopped: Callable[[], bool]) -> None:
        while not stopped():
            began = time.monotonic()
            self.turn()
            time.sleep(max(0.0, PAUSE - (time.monotonic() - began)))

    def turn(self) -> int:
        """Seal what there is at every host; anchor when it is time. The number of lines sealed."""
        now = time.monotonic()
        if now - self.looked_at > LOOK_FOR_HOSTS:
            self._guard("hosts", self._look_for_hosts)
            self.looked_at = now
        sealed = sum(self._guard("seal", self._seal, host) or 0 for host in list(self.sealers))
        if now - self.anchored_at >= self.anchor_seconds:
            self.anchored_at = now
            self.anchor()
        return sealed

    def anchor(self) -> None:
        for host in list(self.sealers):
            self._guard("anchor", self._anchor, host)

    def _look_for_hosts(self) -> None:
        hosts = [*kept_centres(), HEADQUARTERS]
        self.sealers = {host: self.sealers.get(host) or Sealer() for host in hosts}

    def _seal(self, host: Host) -> int:
        with host_active(host):
            return self.sealers[host].run()

    def _anchor(self, host: Host) -> None:
        with host_active(host):
            if self.signer is not None:
                make_head(host.schema_name, self.signer)
            for store in self.stores:
                try:
                    deliver(store)
                except StoreAway as away:
                    self._tell("anchor store away", store.name, str(away))

    def _guard(self, what: str, act: Callable[..., T], *host: Host) -> T | None:
        try:
            return act(*host)
        except Busy:
            self._tell("another sealer works here", *[one.schema_name for one in host])
        except Exception as broken:  # noqa: BLE001 - what lies in one centre's tables keeps no other centre from being sealed
            connections["default"].close()
            self._tell(f"{what} failed", *[one.schema_name for one in host], type(broken).__qualname__)
        return None

    def _tell(self, event: str, *about: str) -> None:
        """An alarm: at once, then once a minute while it lasts."""
        now = time.monotonic()
        if now - self.told.get((event, *about), float("-inf")) >= TELL_AGAIN:
            self.told[event, *about] = now
            log.error(event, about=list(about))
