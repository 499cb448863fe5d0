"""Asks clamd about a file by its INSTREAM command. The address is `tcp://host:port` or `unix:/path`."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

PIECE = 64 * 1024
LONGEST_ANSWER = 4096


class ScannerAway(Exception):
    """No answer, or none that says anything. The file stays unopened and is asked about again."""


def finds_malware(plain: bytes, address: str, *, seconds: float = 60.0) -> bool:
    """Whether the scanner found something. Only its plain OK counts as clean. Raises ScannerAway."""
    try:
        with closing(_connected(address, seconds)) as link:
            link.sendall(b"zINSTREAM\0")
            for start in range(0, len(plain), PIECE):
                piece = plain[start : start + PIECE]
                link.sendall(len(piece).to_bytes(4, "big") + piece)
            link.sendall(b"\0\0\0\0")
            answer = _answer(link)
    except (OSError, ValueError) as away:
        raise ScannerAway(type(away).__qualname__) from away
    if answer == b"stream: OK":
        return False
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return True
    raise ScannerAway("no verdict")


def _connected(address: str, seconds: float) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return socket.create_connection((parts.hostname, parts.port), timeout=seconds)
    if parts.scheme == "unix" and parts.path:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(seconds)
        try:
            link.connect(parts.path)
        except OSError:
            link.close()
            raise
        return link
    raise ValueError("CLAMD_ADDRESS")


def _answer(link: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        more = link.recv(LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0\n")
