"""`make demo-reset`: forgets everything a demo has stored. Standard library only."""

import os
import shutil
import sys
from pathlib import Path

from deploy.places import claim, demo_state, outside_folder, socket_folder
from deploy.processes import Register, ServiceError


def forget(state: Path) -> None:
    """The caller holds the lock on `state`; the directory itself stays, and so does the lock."""
    Register(state / "services").stop_leftovers()
    Register(state / "processes").stop_leftovers()
    for folder in (socket_folder(state), outside_folder(state)):
        if folder.exists() and folder.lstat().st_uid == os.geteuid():
            shutil.rmtree(folder)
    for entry in state.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def main() -> None:
    state = demo_state()
    try:
        lock = claim(state)
        forget(state)
        state.rmdir()
        os.close(lock)
    except (ServiceError, OSError) as error:
        sys.exit(f"エラー: {error}")
    print("デモのデータを消しました。次の make demo で新しく作ります。")


if __name__ == "__main__":
    main()
