"""B47: what the scanner says, asked over a real connection."""

import socket
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from files.scanner import ScannerAway, finds_malware

Start = Callable[[bytes], str]


class Clamd:
    """Speaks INSTREAM: takes the pieces to the empty one, then answers."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.heard = answer, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.door.getsockname()[1]}"
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        link, _ = self.door.accept()
        with link, link.makefile("rb") as lines:
            assert lines.read(10) == b"zINSTREAM\0"
            while size := int.from_bytes(lines.read(4), "big"):
                self.heard += lines.read(size)
            link.sendall(self.answer)

    def stop(self) -> None:
        self.door.close()
        self.thread.join(5)


@pytest.fixture
def clamd() -> Iterator[Callable[[bytes], Clamd]]:
    started: list[Clamd] = []

    def start(answer: bytes) -> Clamd:
        started.append(Clamd(answer))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def test_the_scanner_hears_the_whole_file_and_says_it_is_clean(clamd: Callable[[bytes], Clamd]) -> None:
    server = clamd(b"stream: OK\0")
    assert finds_malware(b"x" * 200_000, server.address) is False
    assert server.heard == b"x" * 200_000


def test_what_the_scanner_finds_is_malware(clamd: Callable[[bytes], Clamd]) -> None:
    assert finds_malware(b"x", clamd(b"stream: Win.Test.EICAR_HDB-1 FOUND\0").address) is True


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but\0", b"other: X FOUND\0"])
def test_anything_else_is_no_verdict(clamd: Callable[[bytes], Clamd], answer: bytes) -> None:
    with pytest.raises(ScannerAway):
        finds_malware(b"x", clamd(answer).address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "unix:/nonexistent/clamd.sock", "", "http://x", "tcp://127.0.0.1:x"])
def test_a_scanner_that_is_not_there_is_away(address: str) -> None:
    with pytest.raises(ScannerAway):
        finds_malware(b"x", address, seconds=1)
