"""What every test is held to: no network, and a GET that only reads."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponseBase

READS = re.compile(r"[\s(]*(SELECT|SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT|DECLARE|FETCH|CLOSE|SHOW|EXPLAIN)\b", re.IGNORECASE)
LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b|\bINTO\b", re.IGNORECASE)
# a session notes when it was last used; a centre that a test made has its key made with the first line of its trail; who asks
# for what she is blocked from is reported at once, by a duty for somebody else; evidence goes through audit_append, a SELECT
SESSION_TABLES = re.compile(
    r"\s*((INSERT INTO|UPDATE|DELETE FROM) \"(django_session|accounts_session|vault_centrekey)\""
    r"|INSERT INTO \"cases_duty\".*ON CONFLICT DO NOTHING)",
    re.IGNORECASE,
)
LOCAL = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "", None}  # noqa: S104 - compared, not bound


class GetThatWrites(AssertionError):
    """A GET sent something else than SELECT."""


class NetworkUsed(AssertionError):
    """A test reached for another machine."""


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:  # Any: as audit hooks get them
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in LOCAL:
        raise NetworkUsed(arguments[1][0])
    if event == "socket.getaddrinfo" and arguments[0] not in LOCAL and not str(arguments[0]).endswith((".localhost", ".testserver")):
        raise NetworkUsed(arguments[0])


def no_network() -> None:
    sys.addaudithook(refuse_network)


def only_read(execute: Callable[..., Any], statement: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # Any: Django's
    if SESSION_TABLES.match(statement) or (READS.match(statement) and not LOCKS.search(statement)):
        return execute(statement, params, many, context)
    raise GetThatWrites(statement[:300])


@contextmanager
def only_reading() -> Iterator[None]:
    """Whatever is not a SELECT fails, in every database of this thread."""
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(only_read))
        yield


def reading_get(answer: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Around the test client's handler: a GET may only read."""

    def answer_get(self: Any, request: HttpRequest) -> HttpResponseBase:  # Any: Django's ClientHandler
        if request.method not in {"GET", "HEAD"}:
            return answer(self, request)
        with only_reading():
            return answer(self, request)

    return answer_get
