"""The pages of 閲覧の確認 over 200,000 lines, a quarter of a busy centre's year: which plans the database takes, and how long it takes.

Every list finds its lines by an index; the figures, which count a fifth of a year, are only timed.
"""

from random import Random
from time import perf_counter
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework.oversight.watching import watch
from tenants.activation import centre_active
from tests import databases, soaking
from tests.factories.casework import make_case, supervised_by
from tests.factories.people import staff

LINES, PEOPLE, READERS = 200_000, 2_000, 10
MOST_QUERIES = 12

# as superuser: lines of a year, each about one to three people; the triggers refuse changes, not new lines
FILL = """INSERT INTO test_a.audit_auditline
    (at, transaction, actor, actor_kind, action, verdict, channel, purpose, objects, subjects, fields, facts, request_id, login,
     circumstances)
SELECT now() - (365 * random()) * interval '1 day', 1, (%(readers)s::uuid[])[1 + floor(random() * %(many)s)::int], 'staff',
    'record.read', 'read', 'screen', 'support', '[]',
    ARRAY(SELECT (%(people)s::uuid[])[1 + floor(random() * %(all)s)::int] FROM generate_series(1, 1 + (number %% 3))),
    '{"clients.Client": ["name"], "cases.Case": ["memo"]}', '{}', '', 'c_test_a', '{}'
FROM generate_series(1, %(lines)s) AS number"""


@pytest.fixture
def filled(logins: str) -> tuple[object, object, object]:
    """(chief, case, one of the readers)"""
    rng = Random(soaking.SEED)
    with centre_active("test_a"):
        chief = staff("chief_counsellor", name="主任 例")
        readers = [staff("counsellor", name=f"職員 {number}") for number in range(READERS)]
        case = make_case(by=readers[0])
        supervised_by(chief, case)
    people = [case.client_id, *(UUID(int=rng.getrandbits(128), version=4) for _ in range(PEOPLE - 1))]
    given = {"readers": [each.pk for each in readers], "many": READERS, "people": people, "all": PEOPLE, "lines": LINES * soaking.N}
    with databases.administrator(logins) as admin:
        admin.execute(FILL, given)
        admin.execute("VACUUM ANALYZE test_a.audit_auditline")
    return chief, case, readers[0]


def test_every_list_of_lines_is_found_by_an_index(filled: tuple[object, object, object]) -> None:
    """B2, B4: rules and pages stay bounded when the trail has grown."""
    chief, case, reader = filled
    browser = Client(SERVER_NAME="test-a.testserver")
    with centre_active("test_a"):
        browser.force_login(chief, backend="accounts.authentication.SignInBackend")  # type: ignore[arg-type]
    lists = {
        "最近30日": "/oversight/",
        "10ページ目": "/oversight/?page=10",
        "人で": f"/oversight/?actor={reader.pk}",  # type: ignore[attr-defined]
        "ケースで": f"/oversight/?case={case.number}",  # type: ignore[attr-defined]
        "種類と経路で": "/oversight/?verdict=refused&channel=pdf",
        "この方をだれが見たか": f"/oversight/cases/{case.pk}/",  # type: ignore[attr-defined]
        "確認の一覧": "/oversight/reviews/",
    }
    scanned = []
    for name, path in lists.items():
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            began = perf_counter()
            answer = browser.get(path)
            took = perf_counter() - began
        assert answer.status_code == 200, path
        of_trail = [
            query["sql"]
            for query in asked.captured_queries
            if '"audit_auditline"' in query["sql"] or "FROM audit_auditline" in query["sql"]
        ]
        soaking.tell(f"{name}: {took * 1000:.0f} ms、証跡への問い {len(of_trail)}")
        scanned += [sql for sql in of_trail if "Seq Scan on audit_auditline" in plan_of(sql)]
    for sql in scanned:
        soaking.tell(plan_of(sql))
    assert scanned == []


def test_the_figures_and_a_watch_of_the_day_take_seconds_not_minutes(filled: tuple[object, object, object]) -> None:
    chief, _, _ = filled
    browser = Client(SERVER_NAME="test-a.testserver")
    with centre_active("test_a"):
        browser.force_login(chief, backend="accounts.authentication.SignInBackend")  # type: ignore[arg-type]
    for name, act in {"図": lambda: browser.get("/oversight/figures/"), "見張り（1日分）": watch_here, "もう一度": watch_here}.items():
        began = perf_counter()
        act()
        took = perf_counter() - began
        soaking.tell(f"{name}: {took * 1000:.0f} ms")
        assert took < 60


def watch_here() -> None:
    with centre_active("test_a"):
        watch(now=timezone.now())


def plan_of(sql: str) -> str:
    with centre_active("test_a"), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row for (row,) in cursor.fetchall())
