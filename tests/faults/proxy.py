"""A TCP proxy that can be broken: `down` refuses, `hang` takes the connection and says nothing, `slow` waits before each answer,
`reset` cuts connections in the middle. For anything that speaks TCP or listens on a UNIX socket.

    with FaultProxy(("127.0.0.1", 5432)) as proxy:
        …  # connect to proxy.address
        proxy.down()
        proxy.up()
"""

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

Target = tuple[str, int] | str  # a UNIX socket's path
CHUNK = 65536


class FaultProxy:
    def __init__(self, target: Target) -> None:
        self.target = target
        self.accepted = 0  # connections so far: a storm of retries shows here
        self._mode, self._delay = "up", 0.0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.port = 0
        self._listen()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    # -- switches

    def up(self) -> None:
        self._mode, self._delay = "up", 0.0
        if self._listener is None:
            self._listen()

    def down(self) -> None:
        """Nobody listens any more and what was open is cut."""
        self._mode = "down"
        if self._listener is not None:
            self._shut(self._listener)
            self._listener = None
        self._cut()

    def hang(self) -> None:
        """Connections are taken and nothing comes back."""
        self._mode = "hang"

    def slow(self, seconds: float) -> None:
        self._mode, self._delay = "slow", seconds

    def reset(self) -> None:
        """What is open now is reset; new connections are reset as soon as something is sent."""
        self._mode = "reset"
        self._cut()

    # -- inside

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=[near], daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            far = socket.socket(socket.AF_UNIX) if isinstance(self.target, str) else socket.socket()
            far.connect(self.target)
        except OSError:
            near.close()
            return
        with self._lock:
            self._open |= {near, far}
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=[source, sink, sink is near], daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answering: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if self._mode == "reset":
                    self._cut()
                while self._mode == "hang":
                    time.sleep(0.02)
                if answering and self._delay:
                    time.sleep(self._delay)
                sink.sendall(data)
        for end in (source, sink):
            self._shut(end)

    def _cut(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing sends a reset
            self._shut(end)

    @staticmethod
    def _shut(end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

    def close(self) -> None:
        self.down()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
