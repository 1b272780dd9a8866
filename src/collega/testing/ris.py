"""A simulated RIS: it takes messages over MLLP, answers them, keeps them, and sends its own."""

import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from collega.formats.hl7.message import Hl7Message, decoded
from collega.testing.ports import LOOPBACK

START, END = b"\x0b", b"\x1c\r"
ANSWER_SECONDS = 10.0


class Reply(StrEnum):
    """How it answers a message: properly, or as a RIS in trouble does."""

    TAKEN = "AA"
    ERROR = "AE"
    REJECTED = "AR"
    SILENCE = "silence"
    HANGS_UP = "hangs up"
    OTHER_ID = "other id"
    GARBAGE = "garbage"


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A message that came, and how it was answered."""

    encoded: bytes
    reply: Reply

    @property
    def message(self) -> Hl7Message:
        """The message, read."""
        return Hl7Message(decoded(self.encoded)[0])


class SimulatedRis:
    """Listens on the loopback interface for the length of a block.

    Parameters
    ----------
    port : int
        0 takes a free one.
    reply : callable
        Says how to answer a message.
    tls : ssl.SSLContext, optional
        Of a server.
    """

    def __init__(
        self,
        port: int = 0,
        reply: Callable[[Hl7Message], Reply] = lambda _: Reply.TAKEN,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.reply = reply
        self._heard: list[Heard] = []
        self._tls = tls
        self._stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server((LOOPBACK, port), backlog=16)
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="simulated RIS", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, and listen no more."""
        self._stopping.set()
        with self._lock:
            for item in [self._server, *self._connections]:
                _shut(item)
        self._thread.join(timeout=5)

    @property
    def heard(self) -> Sequence[Heard]:
        """All that came, in the order in which it came."""
        with self._lock:
            return tuple(self._heard)

    def taken(self, kind: str = "") -> list[Hl7Message]:
        """Give the messages that were answered AA, those of one type where it is named."""
        found = [item.message for item in self.heard if item.reply is Reply.TAKEN]
        return [message for message in found if not kind or message.kind == kind]

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._connections.add(connection)
            while (message := receive(connection)) is not None and self._answer(connection, message):
                pass
        except OSError:
            return
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _answer(self, connection: socket.socket, encoded: bytes) -> bool:
        """Keep a message and answer it; returns whether the conversation goes on."""
        message = Hl7Message(decoded(encoded)[0])
        reply = self.reply(message)
        with self._lock:
            self._heard.append(Heard(encoded=encoded, reply=reply))
        control_id = message.header.value(10)
        match reply:
            case Reply.SILENCE:
                return True
            case Reply.HANGS_UP:
                return False
            case Reply.GARBAGE:
                answer = b"not a message"
            case Reply.OTHER_ID:
                answer = _acknowledgement("AA", f"{control_id}-other")
            case _:
                answer = _acknowledgement(reply, control_id)
        connection.sendall(START + answer + END)
        return True


class RisLink:
    """A connection of the RIS to the port on which collega takes messages."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message: bytes) -> str:
        """Send one, and give the code of its answer: AA, AE or AR; empty where none came."""
        self._socket.sendall(START + message + END)
        answer = receive(self._socket)
        return Hl7Message(decoded(answer)[0]).first("MSA").value(1) if answer else ""

    def close(self) -> None:
        """Hang up."""
        _shut(self._socket)


def receive(connection: socket.socket) -> bytes | None:
    """Read a block of the minimal lower layer protocol; None where the peer has hung up."""
    block = b""
    while not block.endswith(END):
        part = connection.recv(65536)
        if not part:
            return None
        block += part
    return block[1 : -len(END)]


def _acknowledgement(code: str, control_id: str) -> bytes:
    lines = [f"MSH|^~\\&|RIS|SIM|COLLEGA||20260101000000||ACK|R{control_id}|P|2.5.1", f"MSA|{code}|{control_id}"]
    if code != Reply.TAKEN:
        lines.append("ERR|||207^Application internal error^HL70357|E||||the simulated RIS was told to refuse it")
    return "".join(f"{line}\r" for line in lines).encode()


def _shut(item: socket.socket) -> None:
    try:
        item.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        item.close()
