"""How often a page asks the database for its own sake: without the session, who is signed in, the evidence and its savepoints."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connections
from django.test.utils import CaptureQueriesContext

OF_EVERY_PAGE = re.compile(r'"accounts_session"|FROM "accounts_membership"|WHERE "accounts_account"."id" = |audit_append|SAVEPOINT')


@contextmanager
def questions() -> Iterator[list[str]]:
    """The statements sent meanwhile, in both databases."""
    sent: list[str] = []
    with ExitStack() as stack:
        captured = [stack.enter_context(CaptureQueriesContext(connection)) for connection in connections.all()]
        yield sent
    sent += [query["sql"] for each in captured for query in each.captured_queries if not OF_EVERY_PAGE.search(query["sql"])]
