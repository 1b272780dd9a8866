"""Messages as a RIS of the tests writes them, and a sender that waits for each answer."""

import socket
from types import TracebackType
from typing import Self

from tests.e2e.peers import LOOPBACK

HEADER = "MSH|^~\\&|RIS|ZKH|COLLEGA|ZKH|{at}||{kind}|{control}|P|2.4|||||NLD|UNICODE UTF-8"


def order(number: str, *, control: str = "NW", priority: str = "R", at: str = "20261128101500+0100", id_: str) -> bytes:
    """Write an ORM^O01."""
    return _joined(
        HEADER.format(at=at, kind="ORM^O01", control=id_),
        "PID|1||4711^^^ZKH^PI||Vries^Jan^^de||19570314|M",
        "PV1|1|E|SEH^K3",
        f"ORC|{control}|P{number}|F{number}||SC||||{at}|||^Bakker^A",
        f"OBR|1|P{number}|F{number}|XTHORAX^Thorax^L|{priority}|||||||||||||{number}||||||CR|||^^^^^{priority}",
    )


def report(number: str, text: str, *, status: str = "F", at: str = "20261128113000+0100", id_: str) -> bytes:
    """Write an ORU^R01 with a line of text for each line."""
    lines = [f"OBX|{place}|TX|GDT^verslag||{line}||||||{status}" for place, line in enumerate(text.split("\n"), 1)]
    return _joined(
        HEADER.format(at=at, kind="ORU^R01", control=id_),
        "PID|1||4711^^^ZKH^PI||Vries^Jan^^de||19570314|M",
        f"OBR|1|P{number}|F{number}|XTHORAX^Thorax^L||||||||||||||{number}||||{at}||CR|{status}|||||||^Smit^J",
        *lines,
    )


def _joined(*segments: str) -> bytes:
    return ("\r".join(segments) + "\r").encode()


class Ris:
    """A connection to the port for messages."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, message: bytes) -> str:
        """Send one, and give its answer in text."""
        self._socket.sendall(b"\x0b" + message + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            part = self._socket.recv(65536)
            assert part, "the port hung up before it answered"
            answer += part
        return answer[1:-2].decode()


def verdict(answer: str) -> str:
    """AA, AE or AR."""
    return next(line for line in answer.split("\r") if line.startswith("MSA")).split("|")[1]
