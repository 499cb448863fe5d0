"""Ports of 127.0.0.1 that nobody uses. Standard library only."""

import os
import secrets
import socket
from itertools import islice
from pathlib import Path


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
