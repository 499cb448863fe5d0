"""Asking for a page and counting what it asks of the database."""

import re

from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

# who is asking, and the evidence of it, cost the same on every page
NOT_COUNTED = re.compile(
    r"\"(django_session|accounts_\w+|mfa_\w+|tenants_\w+)\"|audit_append|\A(SAVEPOINT|RELEASE|BEGIN|COMMIT|ROLLBACK|SET)\b", re.IGNORECASE
)


def read(browser: Client, path: str, posted: dict[str, str] | None = None) -> tuple[HttpResponse, list[str]]:
    """The answer and the statements of the page itself, without those that every page has."""
    with CaptureQueriesContext(connections["default"]) as asked:
        answer = browser.get(path) if posted is None else browser.post(path, posted)
    assert answer.status_code == 200
    return answer, [query["sql"] for query in asked.captured_queries if not NOT_COUNTED.search(query["sql"])]
