"""One login per centre: what activating does, and what it refuses."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from accounts.models import Account
from tenants.activation import centre_active, headquarters_active, open_centres, owner_active
from tenants.backend import base
from tenants.backend.park import Park
from tenants.hosts import ENTRANCE, HEADQUARTERS, Host
from tenants.models import Centre

SCHEMAS = ("test_a", "test_b")


def who() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_schema()")
        return cursor.fetchone()


def test_each_host_works_with_its_own_login_and_schema(logins: str) -> None:
    assert who() == ("entrance", "public")
    with centre_active("test_a"):
        assert who() == ("c_test_a", "test_a")
        with centre_active("test_a"):
            assert who() == ("c_test_a", "test_a")
    with headquarters_active():
        assert who() == ("hq", "public")
    with owner_active():
        assert who() == ("owner", "public")
    assert who() == ("entrance", "public")


def test_set_role_puts_the_same_rights_in_force_as_the_login(
    centre: Host, other_centre: Callable[[], AbstractContextManager[Host]]
) -> None:
    assert who() == ("c_test_a", "test_a")
    with other_centre():
        assert who() == ("c_test_b", "test_b")
        with (
            pytest.raises(ProgrammingError, match="permission denied for schema test_a"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT * FROM test_a.accounts_account")
        assert who() == ("c_test_b", "test_b")
    assert who() == ("c_test_a", "test_a")


def test_switching_inside_a_transaction_is_refused_and_the_centre_stays(logins: str) -> None:
    with centre_active("test_a"):
        with transaction.atomic():
            with pytest.raises(TransactionManagementError):
                connection.set_tenant(ENTRANCE)
            with pytest.raises(TransactionManagementError), centre_active("test_b"):
                pass
            assert who() == ("c_test_a", "test_a")
        assert who() == ("c_test_a", "test_a")


def test_without_a_centre_its_tables_are_an_error_and_never_publics(logins: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        Account.objects.count()
    with pytest.raises(ProgrammingError, match="does not exist"), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM guardian_userobjectpermission")


def test_an_unknown_centre_is_refused_at_once(logins: str) -> None:
    with pytest.raises(Centre.DoesNotExist), centre_active("nobody"):
        pass
    began = time.monotonic()
    connection.set_tenant(Host(kind="centre", schema_name="nobody", login="c_nobody", name=""))
    with pytest.raises(DatabaseError, match="password authentication failed"):
        who()
    assert time.monotonic() - began < 2
    connection.set_tenant(ENTRANCE)


def test_the_web_cannot_become_the_owner(owner_secret_absent: None) -> None:
    with owner_active(), pytest.raises(DatabaseError, match="OWNER_SECRET"):
        who()


def test_a_connection_goes_back_to_the_park_of_its_login(logins: str) -> None:
    with centre_active("test_a"):
        who()
        first = connection.connection
    with centre_active("test_b"):
        who()
        assert connection.connection is not first
    with centre_active("test_a"):
        who()
        assert connection.connection is first


def test_a_parked_connection_that_the_server_closed_is_not_handed_out(logins: str) -> None:
    from tests.databases import administrator

    with centre_active("test_a"):
        who()
        parked = connection.connection
        number = parked.info.backend_pid
    with administrator() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [number])
    time.sleep(0.1)
    with centre_active("test_a"):
        assert who() == ("c_test_a", "test_a")
        assert connection.connection is not parked


def test_what_is_idle_too_long_is_closed(logins: str) -> None:
    with centre_active("test_a"):
        who()
        parked = connection.connection
        park = connection.pool
    assert isinstance(park, Park)
    base.sweep_parks()
    assert not parked.closed
    park.max_idle = 0
    base.sweep_parks()
    assert parked.closed
    assert park.idle == []


def test_a_park_keeps_no_more_than_it_should_and_ends_what_was_left_open(logins: str) -> None:
    with centre_active("test_a"):
        who()
        park = connection.pool
    assert isinstance(park, Park)
    taken = [park.getconn() for _ in range(park.keep + 2)]
    taken[0].execute("SELECT 1")
    for lent in taken:
        park.putconn(lent)
    assert len(park.idle) == park.keep
    assert [lent.closed for lent in taken].count(True) == 2
    assert all(lent.info.transaction_status == psycopg.pq.TransactionStatus.IDLE for lent, _ in park.idle)


def test_open_centres_are_listed_for_schedules(logins: str) -> None:
    assert [host.schema_name for host in open_centres()] == list(SCHEMAS)


def test_eight_threads_over_four_centres_never_see_a_foreign_row(logins: str) -> None:
    import random

    from tests.tenants.centres import open_test_centre

    schemas = [*SCHEMAS, open_test_centre("test_c"), open_test_centre("test_d")]
    for schema in schemas:
        with centre_active(schema):
            Account.objects.create_user(f"{schema}@example.jp", name=schema)
    seen: list[tuple[str, list[str], str]] = []
    broken: list[BaseException] = []

    def visit(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(60):
            schema = dice.choice(schemas)
            try:
                with centre_active(schema):
                    act(schema, dice)
            except (Mishap, DatabaseError):
                pass
            except BaseException as error:  # noqa: BLE001 - told to the main thread
                broken.append(error)
                return
        connection.close()

    def act(schema: str, dice: random.Random) -> None:
        mishap = dice.random()
        with transaction.atomic():
            names = list(Account.objects.values_list("name", flat=True))
            if mishap < 0.1:
                raise Mishap
            if mishap < 0.2:
                Account.objects.create_user(f"{schema}@example.jp", name="twice")
            if mishap < 0.3:
                connection.connection.close()
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_user")
                seen.append((schema, names, cursor.fetchone()[0]))

    threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert len(seen) > 200
    assert {entry[0] for entry in seen} == set(schemas)
    assert [entry for entry in seen if entry != (entry[0], [entry[0]], f"c_{entry[0]}")] == []


class Mishap(Exception):
    """Something goes wrong in the middle of a transaction."""


def test_headquarters_and_the_entrance_differ_though_both_are_public(logins: str) -> None:
    connection.set_tenant(HEADQUARTERS)
    assert Account.objects.count() == 0
    connection.set_tenant(ENTRANCE)
    with pytest.raises(ProgrammingError):
        Account.objects.count()
