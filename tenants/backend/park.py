"""Idle connections of one login, kept for the next request.

No threads: connecting happens in the caller and a refusal is immediate. Django takes it for a psycopg pool.
"""

import select
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]  # Any: rows of every shape


class Park:
    def __init__(self, params: dict[str, Any], configure: Callable[[Connection], object], keep: int = 4, max_idle: float = 60) -> None:
        self.params, self.configure, self.keep, self.max_idle = params, configure, keep, max_idle
        self.idle: list[tuple[Connection, float]] = []
        self.lock = threading.Lock()
        self.closed = False

    def open(self) -> None:
        """Django asks for it; there is nothing to start."""

    def getconn(self) -> Connection:
        while (parked := self._take()) is not None:
            connection, since = parked
            if time.monotonic() - since < self.max_idle and not hung_up(connection):
                return connection
            connection.close()
        connection = psycopg.connect(**self.params)
        connection._pool = self  # where Django hands it back
        self.configure(connection)
        return connection

    def putconn(self, connection: Connection) -> None:
        try:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.rollback()
            connection.autocommit = True
        except psycopg.Error:  # the server went away meanwhile
            connection.close()
        with self.lock:
            if not connection.closed and not self.closed and len(self.idle) < self.keep:
                self.idle.append((connection, time.monotonic()))
                return
        connection.close()

    def sweep(self) -> None:
        """Close what has been idle too long."""
        limit = time.monotonic() - self.max_idle
        self._drop(lambda since: since < limit)

    def close(self) -> None:
        """Nothing is parked here from now on."""
        self.closed = True
        self._drop(lambda since: True)

    def _take(self) -> tuple[Connection, float] | None:
        with self.lock:
            return self.idle.pop() if self.idle else None

    def _drop(self, too_old: Callable[[float], bool]) -> None:
        with self.lock:
            leaving = [connection for connection, since in self.idle if too_old(since)]
            self.idle = [(connection, since) for connection, since in self.idle if not too_old(since)]
        for connection in leaving:
            connection.close()


def hung_up(connection: Connection) -> bool:
    """An idle connection with something to read has been told goodbye by the server."""
    return connection.closed or bool(select.select([connection], [], [], 0)[0])
