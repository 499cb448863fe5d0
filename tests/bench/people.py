"""Among many: the list of 10,000 cases against its bare SQL, and a search over 5,000 people against a bare decrypt loop."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from django.db import connection
from django.test import Client as Browser

from accounts.models import Account
from casework.cases.models import Case
from casework.clients.models import Client
from casework.clients.search import find_by_name
from foundation import clock
from tenants.activation import centre_active
from tests.bench.ratios import Ratio, compare
from tests.factories.people import staff
from vault import keys, sealing

CASES, PEOPLE = 10_000, 5_000
SCHEMA, HOST = "test_a", "test-a.testserver"
SURNAMES = [("夕凪", "ゆうなぎ"), ("三先", "みさき"), ("築港", "ちっこう"), ("波除", "なみよけ"), ("磯路", "いそじ")]


def measure() -> Iterator[Ratio]:
    with centre_active(SCHEMA):
        chief = staff("chief_counsellor")
        people = make_people()
        yield compare(f"{PEOPLE}人から探す: つなぎ帖 / 開くだけのループ", lambda: search(chief), decrypt_loop(), rounds=9)
        make_cases(people, chief)
    browser = Browser(SERVER_NAME=HOST)
    with centre_active(SCHEMA):
        browser.force_login(chief)
    yield compare(f"{CASES}件のケース一覧: つなぎ帖 / SQLだけ", lambda: show_list(browser), bare_sql, rounds=9)


def make_people() -> list[Client]:
    given = [("見本", "みほん"), ("例子", "れいこ"), ("試太", "ためた"), ("仮名", "かな")]
    people = []
    for number in range(PEOPLE):
        (family, kana), (own, own_kana) = SURNAMES[number % len(SURNAMES)], given[number % len(given)]
        people.append(Client(name=f"{family} {own}{number}", kana=f"{kana} {own_kana}"))
    return Client.objects.bulk_create(people, batch_size=1000)


def make_cases(people: list[Client], owner: Account) -> None:
    today = clock.today()
    Case.objects.bulk_create(
        [
            Case(
                fiscal_year=2027, sequence=number + 1, number=f"R9-{number + 1:05}", client=people[number % PEOPLE], owner=owner,
                received_by=owner, received_on=today - timedelta(days=number % 700), stage="received",
            )
            for number in range(CASES)
        ],
        batch_size=1000,
    )  # fmt: skip


def search(viewer: Account) -> None:
    assert len(find_by_name(viewer, ["なぎ"], channel="screen")) == PEOPLE // len(SURNAMES)


def decrypt_loop() -> Callable[[], None]:
    """Read the rows, open two columns with keys already at hand, compare: no evidence, no folding, nothing else."""
    columns = ("name", "kana")

    def loop() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, name, kana FROM clients_client")
            rows = cursor.fetchall()
        ciphers = keys.keys_by_id({sealing.key_id_of(bytes(row[1])) for row in rows})
        hits = 0
        for pk, *values in rows:
            for column, raw in zip(columns, map(bytes, values), strict=True):
                where = sealing.place(SCHEMA, "clients_client", column, pk)
                hits += "なぎ" in sealing.unseal(raw, ciphers[sealing.key_id_of(raw)], where).decode()
        assert hits == PEOPLE // len(SURNAMES)

    return loop


def show_list(browser: Browser) -> None:
    page = browser.get("/cases/?view=all")
    assert page.status_code == 200
    assert page.content.decode().count("R9-") >= 50


def bare_sql() -> None:
    """The rows of the page and the counts of its tabs, fetched and thrown away."""
    today: date = clock.today()
    with centre_active(SCHEMA), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.number, c.stage, c.received_on, a.name, p.name, p.kana FROM cases_case c "
            "JOIN accounts_account a ON a.id = c.owner_id JOIN clients_client p ON p.id = c.client_id "
            "ORDER BY c.received_on DESC, c.sequence DESC LIMIT 50"
        )
        assert len(cursor.fetchall()) == 50
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE stage IN ('received', 'screened')), count(*) FILTER (WHERE owner_id IS NOT NULL), "
            "count(*) FILTER (WHERE coalesce(last_contact_on, received_on) < %s), "
            "count(*) FILTER (WHERE EXISTS (SELECT 1 FROM cases_duty d WHERE d.case_id = c.id AND d.closed_on IS NULL AND d.due_on < %s)) "
            "FROM cases_case c",
            [today - timedelta(days=30), today],
        )
        cursor.fetchone()
