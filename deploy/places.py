"""Where a run keeps what it makes, and whose turn it is. Standard library only."""

import fcntl
import hashlib
import os
import stat
from pathlib import Path

from deploy.processes import ServiceError

ROOT = Path(__file__).resolve().parents[1]


class AlreadyRunning(ServiceError):
    """Another run holds this state directory."""


def demo_state() -> Path:
    return Path(os.environ.get("STATE_DIR") or ROOT / ".local" / "demo").resolve()


def short_name(state: Path) -> str:
    """The same for the same directory and person: a socket's path has room for 107 bytes only."""
    return "tsunagi-" + hashlib.sha256(f"{state}:{os.geteuid()}".encode()).hexdigest()[:12]


def socket_folder(state: Path) -> Path:
    return Path("/tmp") / short_name(state)  # noqa: S108 - made by us, and refused when somebody else made it


def outside_folder(state: Path) -> Path:
    """For the data of a server that cannot reach the state directory; outlives a reboot."""
    return Path("/var/tmp") / short_name(state)  # noqa: S108 - as above


def claim(state: Path) -> int:
    """Locks the directory itself, so that the lock ends with the process, however that ends. Returns the descriptor.

    Raises AlreadyRunning or ServiceError.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError as error:
        raise ServiceError(not_ours(state)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise AlreadyRunning(f"{state} は、いま動いている別の実行が使っています。先にそちらを止めてください。") from error
    if os.fstat(lock).st_uid != os.geteuid():
        os.close(lock)
        raise ServiceError(not_ours(state))
    return lock


def not_ours(folder: Path) -> str:
    return f"{folder} は別の利用者（root など）のものです。その利用者で消してから、もう一度実行してください。"


def make_private_folder(folder: Path, *, mode: int) -> None:
    """In a folder that everybody can write to: ours, or refused."""
    folder.mkdir(mode=mode, exist_ok=True)
    entry = folder.lstat()
    if entry.st_uid != os.geteuid() or not stat.S_ISDIR(entry.st_mode):
        raise ServiceError(not_ours(folder))
    folder.chmod(mode)
