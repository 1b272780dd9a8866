"""A sender of messages that waits for each answer."""

import socket
import ssl
from types import TracebackType
from typing import Self

from tests.e2e.peers import LOOPBACK


class Ris:
    """A connection to the port for messages, over TLS where a context is given."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname=LOOPBACK)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, message: bytes) -> bytes:
        """Send one, and give its answer."""
        self._socket.sendall(b"\x0b" + message + b"\x1c\r")
        return self.answer()

    def raw(self, encoded: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(encoded)

    def answer(self) -> bytes:
        """Read the next answer; nothing where the port hung up."""
        got = b""
        while not got.endswith(b"\x1c\r"):
            part = self._socket.recv(1 if got else 65536)
            if not part:
                return b""
            got += part
            if got.count(b"\x1c\r") > 1:
                message = "several answers at once"
                raise AssertionError(message)
        return got[1:-2]
