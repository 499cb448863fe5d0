"""The product as it runs: its own web and worker processes with production-like logins, real Valkey, PostgreSQL and S3."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from deploy.demo import answers
from deploy.local import Services, start_in_free_slot
from deploy.ports import free_ports
from deploy.processes import Child, start, stop_all, wait_until
from tests import databases

if TYPE_CHECKING:
    from playwright.sync_api import StorageState

    from tests.e2e.people import Furnished

ROOT = Path(__file__).resolve().parents[2]
NOT_FOR_THE_WEB = {"OWNER_SECRET": "", "PG_SUPERUSER_PASSWORD": ""}
CELERY = [sys.executable, "-m", "celery", "-A", "config.celery"]


class LiveStack:
    """Web and worker on a clone of the test template. The hosts are names under .localhost, which browsers know."""

    def __init__(self, state: Path, database: str, storage: Services, storage_address: dict[str, str]) -> None:
        self.state, self.database = state, database
        self.port = free_ports(1)[0]
        self.children: list[Child] = [*storage.children]
        self.own: list[Child] = []
        self.day: date | None = None
        self.furnished: Furnished
        self.sessions: dict[tuple[str, str], StorageState] = {}  # of host and e-mail
        self.environment = os.environ | databases.environment_of(database) | storage_address | NOT_FOR_THE_WEB | self.addresses()

    def addresses(self) -> dict[str, str]:
        """A queue and a cache of its own on the run's Valkey: nothing that other tests rang is heard here."""
        return {
            "DJANGO_SETTINGS_MODULE": "config.settings.demo",
            "STATE_DIR": str(self.state),
            "BASE_HOST": f"localhost:{self.port}",
            "HEADQUARTERS_HOST": f"hq.localhost:{self.port}",
            "MAIL_URL": f"file://{self.state / 'mail'}",
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_PROCESSES": "1",
            "CELERY_BROKER_URL": os.environ["CELERY_BROKER_URL"].replace("virtual_host=0", "virtual_host=2"),
            "CACHE_URL": os.environ["CACHE_URL"].replace("db=1", "db=3"),
        }

    def address(self, host: str, path: str = "/") -> str:
        """`host` is test-a, test-b, hq, or empty for the entrance."""
        return f"http://{host + '.' if host else ''}localhost:{self.port}{path}"

    def prepare(self) -> None:
        (self.state / "env").touch()
        collect = start("collectstatic", self.manage("collectstatic", "--noinput"), log=self.log("static"), env=self.environment, cwd=ROOT)
        assert collect.process.wait(60) == 0, self.log("static").read_text()

    def begin(self, day: date) -> None:
        """Start web and worker with the calendar held at `day`."""
        self.stop()
        environment = self.environment | {"AS_OF": day.isoformat()}
        ready = self.lines_of_worker().count("ready.")
        web = self.run("web", [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "config.wsgi:application"], environment)
        worker = self.run("worker", [*CELERY, "worker", "--pool", "threads", "--concurrency", "2", "--without-mingle"], environment)
        wait_until(lambda: answers(self.address("", "/readyz")), web, seconds=60)
        wait_until(lambda: self.lines_of_worker().count("ready.") > ready, worker, seconds=60)
        self.day = day

    def run(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        child = start(name, command, log=self.log(name), env=environment, cwd=ROOT)
        self.own.append(child)
        return child

    def stop(self) -> None:
        stop_all(self.own)

    def tick(self, what: str) -> None:
        """What the scheduler does when the hour comes: it rings the worker with a signed message."""
        program = (
            f"import django; django.setup(); from jobs.tasks import tick, tick_message; tick.apply_async(args=list(tick_message({what!r})))"
        )
        scheduler = [sys.executable, "-c", f"import config.celery; {program}"]
        ringing = start("scheduler", scheduler, log=self.log("scheduler"), env=self.environment, cwd=ROOT)
        assert ringing.process.wait(60) == 0, self.log("scheduler").read_text()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:  # Any: what the database holds
        """What stands in the database, past the product: asked as the server's administrator."""
        with databases.administrator(self.database) as administrator:
            return administrator.execute(statement.encode(), values).fetchall()

    def administrator(self) -> "psycopg.Connection[Any]":
        return databases.administrator(self.database)

    def mails(self) -> str:
        """What the worker has sent."""
        return "\n".join(path.read_text() for path in (self.state / "mail").glob("*"))

    def manage(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    def log(self, name: str) -> Path:
        return self.state / f"{name}.log"

    def lines_of_worker(self) -> str:
        return self.log("worker").read_text() if self.log("worker").exists() else ""


@contextmanager
def live_stack(state: Path) -> Iterator[LiveStack]:
    """The clone, the S3 server and the prepared static files; `begin` starts web and worker."""
    storage, address = start_in_free_slot(ROOT / ".local" / "test-storage", fsync=False, parts=("storage",))
    database = f"e2e_{os.getpid()}"
    try:
        databases.clone(databases.template(), database)
        live = LiveStack(state, database, storage, {name: address[name] for name in ("S3_ENDPOINT_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY")})
        with live.administrator() as administrator:
            administrator.execute("UPDATE public.tenants_domain SET domain = replace(domain, '.testserver', '.localhost')")
        live.prepare()
        try:
            yield live
        finally:
            live.stop()
    finally:
        databases.drop(database)
        storage.stop()
