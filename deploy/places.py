"""Where a run keeps what it makes, and whose turn it is. Standard library only."""

import fcntl
import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deploy.processes import Child, ServiceError

ROOT = Path(__file__).resolve().parents[1]


class AlreadyRunning(ServiceError):
    """Another run holds this state directory."""


@dataclass(frozen=True)
class Ground:
    """What one server of a run stands on: where it keeps what it makes, the run's secrets, and how it is started."""

    state: Path
    sockets: Path
    values: Mapping[str, str]
    for_tests: bool
    run: Callable[..., Child]


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


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def package_folder(name: str) -> Path:
    """Where a package lies; it is not imported, because these packages act on import."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(f"パッケージ {name} がありません。make demo か make test を実行すると用意されます。")
    return Path(next(iter(spec.submodule_search_locations)))
