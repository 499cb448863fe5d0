"""A whole machine that may be killed anywhere: its own PostgreSQL that waits for the disk, Valkey, web, worker and sealer.

Whoever is killed is started again, as systemd does it in production.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from deploy.demo import PROCESSES, answers, withheld_from
from deploy.local import Services
from deploy.ports import free_ports
from deploy.processes import Child, ServiceError, kill_group, start, stop_all, wait_until

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "shiken"


class Machine:
    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = free_ports(1)[0]
        self.host = f"shiken.localhost:{self.port}"
        self.services = Services(state, fsync=True, parts=("postgres", "valkey"))
        self.children: dict[str, Child] = {}
        self.watching = threading.Event()
        self.again: list[str] = []  # who was started again, in order

    # -- the whole -------------------------------------------------------------
    def start(self) -> None:
        own = {
            "BASE_HOST": f"localhost:{self.port}",
            "HEADQUARTERS_HOST": f"hq.localhost:{self.port}",
            "STATE_DIR": str(self.state),
            "DJANGO_SETTINGS_MODULE": "config.settings.demo",
            "BIND": f"127.0.0.1:{self.port}",
            "FAULTS_HOST": "shiken.localhost",
            "ANCHOR_SECONDS": "5",
            "ANCHOR_BUCKET": "",  # the second database takes the heads; there is no storage here
        }
        outside = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.environment = outside | self.services.start() | own
        (self.state / "env").touch()
        self.command(sys.executable, "manage.py", "migrate")
        self.command(sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0")
        self.cases: dict[str, list[str]] = json.loads(self.command(sys.executable, "tests/faults/furnish.py").splitlines()[-1])
        for name in PROCESSES:
            self.begin(name)
        wait_until(lambda: answers(f"http://127.0.0.1:{self.port}/readyz"), self.children["web"], seconds=90)
        threading.Thread(target=self.watch, daemon=True).start()

    def stop(self) -> None:
        self.watching.set()
        stop_all(list(self.children.values()))
        self.services.stop()

    def settle(self) -> None:
        """Everything is up and answers again."""
        limit = time.monotonic() + 90
        while not answers(f"http://127.0.0.1:{self.port}/readyz"):
            assert time.monotonic() < limit, "the machine did not come back"
            time.sleep(0.2)

    def sealed(self) -> dict[str, Any]:  # Any: the command's own report
        """What `audit_verify` says once nothing waits for the sealer any more; it may have to come up first."""
        limit = time.monotonic() + 90
        while True:
            done = subprocess.run(
                [sys.executable, "manage.py", "audit_verify", SCHEMA, "--json"],
                cwd=ROOT,
                env=self.environment,
                capture_output=True,
                text=True,
            )
            verdict: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            if not verdict["unsealed"] or time.monotonic() > limit:
                return verdict | {"exit": done.returncode}
            time.sleep(1)

    # -- faults ----------------------------------------------------------------
    def kill(self, name: str, random: Random) -> None:
        """SIGKILL to one of its processes, or to all of them at once; the database always as a whole, as when the power goes."""
        if name == "postgres":
            database = self.postgres()
            if database is not None:  # else it is dead already and just being started
                kill_group(database.process.pid)
            return
        whole = random.random() < 0.5
        pid = self.children[name].process.pid
        if whole:
            kill_group(pid)
            return
        own = [pid, *children_of(pid)]
        with suppress(ProcessLookupError):
            os.kill(random.choice(own), signal.SIGKILL)

    def watch(self) -> None:
        while not self.watching.wait(0.1):
            database = self.postgres()
            if database is None or database.process.poll() is not None:
                self.again.append("postgres")
                if database is not None:
                    self.services.children.remove(database)
                with suppress(ServiceError):  # the shared memory of the killed ones may still be there: once more, as systemd would
                    self.services.server.serve()
            for name, child in list(self.children.items()):
                if child.process.poll() is not None:
                    kill_group(child.process.pid)  # what its parent left behind
                    self.again.append(name)
                    self.begin(name)

    def postgres(self) -> Child | None:
        return next((child for child in self.services.children if child.name == "postgres"), None)

    # -- plumbing --------------------------------------------------------------
    def begin(self, name: str) -> None:
        environment = self.environment | withheld_from(PROCESSES[name].keeps)
        self.children[name] = start(name, PROCESSES[name].command, log=self.state / "logs" / f"{name}.log", env=environment, cwd=ROOT)

    def command(self, *command: str) -> str:
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def rows(self, statement: str) -> list[tuple[Any, ...]]:  # Any: what the database holds
        """Asked as the server's administrator, past the product."""
        with self.administrator() as administrator:
            return administrator.execute(statement.encode()).fetchall()

    def administrator(self) -> "psycopg.Connection[Any]":
        return self.services.server.connect("app")


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(line) for line in listed.split()]


@contextmanager
def machine(state: Path) -> Iterator[Machine]:
    built = Machine(state)
    try:
        built.start()
        yield built
    finally:
        built.stop()
