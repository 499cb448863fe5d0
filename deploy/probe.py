"""Asks a web process behind a unix socket how it is: `python -m deploy.probe SOCKET PATH`. Exit code 0 for 200."""

import http.client
import socket
import sys


class SocketConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(self.host)


def status(address: str, path: str) -> int:
    connection = SocketConnection(address)
    connection.request("GET", path, headers={"Host": "localhost"})
    return connection.getresponse().status


if __name__ == "__main__":
    try:
        sys.exit(0 if status(sys.argv[1], sys.argv[2]) == 200 else 1)
    except OSError as error:
        sys.exit(str(error))
