"""`make demo`: the whole product on this machine, in the foreground until Ctrl-C."""

import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple
from urllib.error import URLError

from deploy.local import ANCHOR_NAMES, Services
from deploy.places import ROOT, demo_state, write_private
from deploy.ports import port_is_free
from deploy.processes import Child, Register, ServiceError, start, stop_all, wait_until
from deploy.reset import forget
from deploy.storage import DIRECT

PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "-A", "config.celery"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
SEALING = ("ANCHOR_KEY_FILE", "ANCHOR_BUCKET", *ANCHOR_NAMES)


class Ours(NamedTuple):
    """A process of ours, and which of the secrets that all others go without it keeps."""

    command: list[str | Path]
    keeps: tuple[str, ...] = ()


PROCESSES = {
    "web": Ours([PYTHON, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "config.wsgi:application"]),
    "worker": Ours([*CELERY, "worker", "--pool", "threads", "--concurrency", "2", *QUIET]),
    "scheduler": Ours([*CELERY, "beat", "--pidfile="]),
    "sealer": Ours([PYTHON, "manage.py", "audit_seal"], SEALING),
}


def withheld_from(keeps: Iterable[str]) -> dict[str, str]:
    """The secrets a process goes without, emptied."""
    return dict.fromkeys({"OWNER_SECRET", *SEALING} - {*keeps}, "")


STATIC_SOURCES = ("platform", "casework", "network", "requirements")


class Stopped(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""


class Demo:
    def __init__(self, state: Path, port: int) -> None:
        self.state, self.port = state, port
        self.services = Services(state, fsync=True)
        self.children: list[Child] = []
        self.register = Register(state / "processes")
        self.complete = state / "demo-data"  # the data is all there, and for which day
        self.began = time.monotonic()

    # -- the whole -------------------------------------------------------------
    def run(self) -> None:
        self.services.claim()
        self.clear_up()
        self.check_port()
        with self.step("データベース、キュー、ファイル保管を起動しています"):
            self.write_environment(self.services.start(wait_for_storage=False))
        if not self.complete.exists():
            self.services.server.wait_for_disk(False)  # a power cut now only means that the data is made anew
        with self.step("データベースを最新にしています"):
            self.command("migrate")
        self.make_data()
        self.collect_static()
        with self.step("画面、ジョブ、時計、封印を起動しています"):
            self.start_processes()
            self.services.wait()
        self.announce()
        self.watch()

    def stop(self) -> None:
        """Leaves no process, no socket, no lock; the data stays. Another run's things are left alone."""
        stop_all(self.children)
        if self.services.lock is not None:
            (self.state / "env").unlink(missing_ok=True)
            self.register.clear()
        self.services.stop()

    # -- steps -----------------------------------------------------------------
    def clear_up(self) -> None:
        left = self.register.stop_leftovers() + self.services.register.stop_leftovers()
        if left:
            say(f"前回の残り（{'、'.join(left)}）を止めました")
        half_made = any((self.state / name).exists() for name in ("secrets.json", "postgres", "cluster")) and not self.complete.exists()
        if half_made:
            say("前回は準備の途中で止まったので、はじめから作り直します")
            forget(self.state)

    def check_port(self) -> None:
        if not port_is_free(self.port):
            raise ServiceError(f"ポート {self.port} は別のプログラムが使っています。PORT=8001 make demo のように変えられます。")

    def write_environment(self, environment: Mapping[str, str]) -> None:
        own = {
            "BASE_HOST": f"localhost:{self.port}",
            "HEADQUARTERS_HOST": f"hq.localhost:{self.port}",
            "STATE_DIR": str(self.state),
            "DATABASE_MODE": "login",
        }
        self.environment = {**environment, **own, "AS_OF": self.day(), "DEMO_SIGN_INS": str(self.state / "sign-ins.txt")}
        lines = "".join(f"{name}={value}\n" for name, value in self.environment.items())
        write_private(self.state / "env", lines.encode())

    def day(self) -> str:
        """Today, unless AS_OF stops the calendar; data once made keeps its day."""
        asked = os.environ.get("AS_OF", "")
        made_for = self.complete.read_text().strip() if self.complete.exists() else asked
        if asked and asked != made_for:
            say(f"データは {made_for or '今日の日付'} で作られています。AS_OF={asked} にするには、先に make demo-reset を実行してください")
        return made_for

    def make_data(self) -> None:
        if self.complete.exists():
            return
        with self.step("架空のデータを作っています（はじめだけ、数分かかります）"):
            day = self.environment["AS_OF"]
            self.command("demo_data", *(["--as-of", day] if day else []))
        self.services.server.wait_for_disk(True)
        write_private(self.complete, f"{day}\n".encode())

    def collect_static(self) -> None:
        note, seen = self.state / "static.seen", fingerprint_of_static()
        if note.exists() and note.read_text() == seen:
            return
        with self.step("画面の部品をまとめています"):
            self.command("collectstatic", "--noinput", "--clear", "--verbosity=0")
        note.write_text(seen)

    def start_processes(self) -> None:
        log = self.state / "logs" / "worker.log"
        log.touch()
        seen = log.stat().st_size
        started = {name: self.start(name, ours.command, keeps=ours.keeps) for name, ours in PROCESSES.items()}
        wait_until(lambda: answers(f"http://127.0.0.1:{self.port}/readyz"), started["web"], seconds=60)
        wait_until(lambda: b"ready." in log.read_bytes()[seen:], started["worker"], seconds=60)

    def announce(self) -> None:
        sign_ins = self.state / "sign-ins.txt"
        seconds = time.monotonic() - self.began
        print(f"\nつなぎ帖が使えます（{seconds:.0f} 秒で起動しました）")
        print(f"  入口: http://localhost:{self.port}/   本部: http://hq.localhost:{self.port}/")
        if sign_ins.exists():
            print(sign_ins.read_text().replace(":8000", f":{self.port}").rstrip())
        print(f"  記録: {self.state / 'logs'}   止めるには Ctrl-C\n", flush=True)

    def watch(self) -> None:
        while True:
            time.sleep(0.5)
            for child in (*self.children, *self.services.children):
                child.assert_alive()

    # -- plumbing --------------------------------------------------------------
    def start(self, name: str, command: list[str | Path], *, keeps: Iterable[str] = ()) -> Child:
        """Web, worker, scheduler and sealer: without the secret of the schemas' owner, and each without what only another needs."""
        addresses = [f"127.0.0.1:{self.port}", *([f"[::1]:{self.port}"] if has_ipv6() else [])]
        environment = self.child_environment() | withheld_from(keeps) | {"BIND": ",".join(addresses)}
        child = start(name, command, log=self.state / "logs" / f"{name}.log", env=environment, cwd=ROOT)
        self.children.append(child)
        self.register.add(child)
        return child

    def command(self, *arguments: str) -> None:
        """A command of manage.py, to its end; what it prints is shown when it is progress or a failure."""
        name = arguments[0]
        child = start(
            name,
            [PYTHON, "manage.py", *arguments],
            log=None if name == "demo_data" else self.state / "logs" / f"{name}.log",
            env=self.child_environment() | {"PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
        )
        self.children.append(child)
        self.register.add(child)
        while child.process.poll() is None:
            time.sleep(0.05)
        self.children.remove(child)
        if child.process.returncode:
            child.assert_alive()

    def child_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "DJANGO_SETTINGS_MODULE": "config.settings.demo"}

    @contextmanager
    def step(self, message: str) -> Iterator[None]:
        say(message)
        began = time.monotonic()
        yield
        say(f"  できました（{time.monotonic() - began:.1f} 秒）")


def fingerprint_of_static() -> str:
    seen = hashlib.sha256()
    for folder in STATIC_SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and ("static" in path.parts or folder == "requirements"):
                entry = path.stat()
                seen.update(f"{path} {entry.st_size} {entry.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def answers(address: str) -> bool:
    try:
        with DIRECT.open(address, timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def say(message: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {message}", flush=True)


def stop_on_signals() -> None:
    def raise_stopped(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()  # a second Ctrl-C must not interrupt the clearing up
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)


def ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def main() -> None:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"エラー: PORT は 1 から 65535 の数です（今の値: {port}）。")
    demo = Demo(demo_state(), int(port))
    stop_on_signals()
    try:
        demo.run()
    except Stopped:
        print("\n止めています…", flush=True)
    except ServiceError as error:
        ignore_signals()
        sys.exit(f"エラー: {error}")
    finally:
        ignore_signals()
        demo.stop()
    print(
        "止めました。データは残っています。"
        if demo.complete.exists()
        else "準備の途中で止めました。次の make demo ははじめから作り直します。"
    )


if __name__ == "__main__":
    main()
