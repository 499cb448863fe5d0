"""Servers for this run, a clone of the template database for its unit tests, and the strictness of all of them.

centre, other_centre, headquarters   unit tests: one transaction, rolled back; SET ROLE puts each host's rights in force
logins                               the real logins, on a clone of the test's own
at_centre, at_other_centre, at_headquarters, at_entrance   test clients of these hosts
"""

import io
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import PurePath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.environment import start_servers

outside = dict(os.environ)
if "DJANGO_SETTINGS_MODULE" in outside:
    raise pytest.UsageError("環境変数 DJANGO_SETTINGS_MODULE を消してください: テストは自分のサーバーを起動してから設定を読みます。")

# before Django reads its settings: other conftests and test modules import models
services = start_servers("set_role")

import django  # noqa: E402

django.setup()

from django.core.cache import cache  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.client import ClientHandler  # noqa: E402
from pytest_django import DjangoDbBlocker, Settings  # noqa: E402

from config.logging import logging_settings  # noqa: E402
from foundation import memory  # noqa: E402
from tenants import hosts  # noqa: E402
from tenants.activation import centre_active, headquarters_active, host_active  # noqa: E402
from tenants.hosts import ENTRANCE, Host  # noqa: E402
from tests import databases, soaking, strictness  # noqa: E402
from vault import keys  # noqa: E402

ROLLED_BACK = {"centre", "other_centre", "headquarters", "db"}
TOGETHER = {"e2e", "ui", "faults"}
strictness.no_network()
hosts.KEPT_SECONDS = memory.SECONDS = 3600  # what is known for a minute would run out while a test counts questions


def pytest_configure(config: pytest.Config) -> None:
    """With -n this process only hands out: each of the others has servers of its own, and must not inherit where ours were."""
    if config.getoption("dist", "no") != "no":
        services.stop()
        for name in os.environ.keys() - outside.keys():
            del os.environ[name]


def pytest_unconfigure() -> None:
    services.stop()


def pytest_report_header() -> str:
    """So that a long form that failed can be run again as it was."""
    return f"SEED={soaking.SEED} N={soaking.N}"


class WholeFiles(LoadScopeScheduling):
    """A file's tests stay in one process, and so do those of a folder that shares a running product or a browser."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePath(nodeid.partition("::")[0])
        return str(path.parent if path.parent.name in TOGETHER else path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WholeFiles:
    return WholeFiles(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a host's rows gets both databases, rolled back at the end."""
    for item in items:
        if ROLLED_BACK.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.django_db(databases=["default", "keys"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's own would make a database by migrating; ours is a clone."""
    name = f"t_{os.getpid()}"
    with django_db_blocker.unblock():
        databases.clone(databases.template(), name)
        before = databases.point(name)
        yield
        databases.point(before)
        databases.drop(name)


@pytest.fixture(autouse=True)
def _get_only_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClientHandler, "get_response", strictness.reading_get(ClientHandler.get_response))


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _no_keys_held() -> None:
    """A key that was rolled back would still be open in this process."""
    keys.forget()


@pytest.fixture
def entrance(db: None) -> Iterator[Host]:
    """No centre is active."""
    with host_active(ENTRANCE) as host:
        yield host


@pytest.fixture
def centre(db: None) -> Iterator[Host]:
    """Centre test_a is active, with the rights of its login."""
    with centre_active("test_a") as host:
        yield host


@pytest.fixture
def other_centre(db: None) -> Callable[[], AbstractContextManager[Host]]:
    """`with other_centre():` acts as centre test_b in the same rolled-back transaction."""
    return lambda: centre_active("test_b")


@pytest.fixture
def headquarters(db: None) -> Iterator[Host]:
    """Headquarters is active, with the rights of its login."""
    with headquarters_active() as host:
        yield host


@pytest.fixture
def logins(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Real logins, real commits, on a database of the test's own. Returns its name."""
    assert not ROLLED_BACK.intersection(request.fixturenames), "rolled back or really logged in, not both"
    with django_db_blocker.unblock(), databases.own_database(f"l_{os.getpid()}") as name:
        yield name
        for used in connections.all():
            used.close()


@pytest.fixture
def database(django_db_setup: None) -> str:
    """The name of the run's own clone, for tests that connect by themselves and change nothing."""
    return str(connection.settings_dict["NAME"])


@pytest.fixture
def owner_secret_absent(logins: str, settings: Settings) -> None:
    """A process like the web's, which cannot become owner."""
    settings.OWNER_SECRET = ""
    connection.close()


@pytest.fixture
def at_centre() -> Client:
    return Client(SERVER_NAME="test-a.testserver")


@pytest.fixture
def at_other_centre() -> Client:
    return Client(SERVER_NAME="test-b.testserver")


@pytest.fixture
def at_headquarters() -> Client:
    return Client(SERVER_NAME="hq.testserver")


@pytest.fixture
def at_entrance() -> Client:
    return Client(SERVER_NAME="testserver")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What production would write."""
    formatter = logging_settings(messages_of_exceptions=False)["formatters"]["json"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter["()"](**{key: value for key, value in formatter.items() if key != "()"}))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.stream
    root.removeHandler(handler)
    root.setLevel(before)
