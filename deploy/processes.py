"""Child processes that never outlive what started them."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8"}  # noqa: S108


class ServiceError(Exception):
    """Something that must run cannot; the message is for the person at the terminal."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path | None  # None: what it prints goes to our terminal
    stop_signal: int = signal.SIGTERM
    patience: float = 10.0

    def assert_alive(self) -> None:
        if self.process.poll() is not None:
            raise ServiceError(f"{self.name} が終了しました（終了コード {self.process.returncode}）。\n{tail(self.log)}".rstrip())

    def ask_to_stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def make_stop(self) -> None:
        """Waits a while, then insists; the whole process group is gone afterwards."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience)
        kill_group(self.process.pid)
        self.process.wait()


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str],
    cwd: Path = Path("/"),
    stop_signal: int = signal.SIGTERM,
    patience: float = 10.0,
    identity: Mapping[str, Any] | None = None,  # user, group, extra_groups of Popen
) -> Child:
    """Starts a child in a session of its own (Ctrl-C reaches only us), which is told to stop when we die."""
    with nullcontext() if log is None else log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_dies_with_parent(stop_signal),
            **(identity or {}),
        )
    return Child(name, process, log, stop_signal, patience)


def _dies_with_parent(stop_signal: int) -> Callable[[], None]:
    libc, parent = ctypes.CDLL(None), os.getpid()

    def set_death_signal() -> None:
        libc.prctl(PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return set_death_signal


def stop_all(children: list[Child]) -> None:
    """All at once; the list is empty afterwards."""
    for child in reversed(children):
        child.ask_to_stop()
    for child in reversed(children):
        child.make_stop()
    children.clear()


def wait_until(ready: Callable[[], bool], child: Child, *, seconds: float) -> None:
    limit = time.monotonic() + seconds
    while not ready():
        child.assert_alive()
        if time.monotonic() > limit:
            raise ServiceError(f"{child.name} が {seconds:.0f} 秒たっても応答しません。\n{tail(child.log)}")
        time.sleep(0.05)


def kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def started_at(pid: int) -> str | None:
    """The kernel's start time: together with the pid it names a process even after the number was used again."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


class Register:
    """The processes of this run, on disk, so that the next run can clear up after a killed one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, child: Child) -> None:
        with self.path.open("a") as lines:
            lines.write(f"{child.process.pid} {started_at(child.process.pid)} {child.name}\n")

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def stop_leftovers(self, *, patience: float = 10.0) -> list[str]:
        """Ends what an earlier run noted and left behind; returns the names."""
        noted = [line.split(" ", 2) for line in self.path.read_text().splitlines()] if self.path.exists() else []
        alive = [(int(pid), name) for pid, since, name in noted if started_at(int(pid)) == since]
        for pid, _name in reversed(alive):
            os.kill(pid, signal.SIGINT)
        limit = time.monotonic() + patience
        while time.monotonic() < limit and any(started_at(pid) for pid, _name in alive):
            time.sleep(0.05)
        for pid, _name in alive:
            kill_group(pid)
        self.clear()
        return [name for _pid, name in alive]


def tail(log: Path | None, lines: int = 15) -> str:
    if log is None:
        return ""
    try:
        return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
