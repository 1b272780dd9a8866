"""The receiver's end: each request of a client is to it what an association is, with a thread of its own."""

import contextlib
import socket
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

import structlog

from collega.adapters.handover.framing import HEADER, MOST_BYTES, NAME, Kind, answer, read_begin, short_path
from collega.model.transfer import Answer, Transfer

BACKLOG = 64
MOST_CONNECTIONS = 32
GRACE_SECONDS = 5.0
# PS3.18 10.5.3.2: reasons for which an object is refused before it is looked at.
SYNTAX_NOT_SUPPORTED, CLASS_NOT_SUPPORTED = 0xC122, 0x0122
_log = structlog.get_logger()


class Incoming(Protocol):
    """An object on its way in."""

    def write(self, *fragments: memoryview) -> None:
        """Take the next bytes of the data set."""
        ...

    def end(self) -> Answer:
        """Take the end of the data set."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Taker(Protocol):
    """The receiver; called in the threads of connections."""

    def begin(self, transfer: Transfer) -> Incoming:
        """Make room for an object."""
        ...

    def ended(self, association: str, *, released: bool = True) -> None:
        """Note the end of a request: in good order, or not."""
        ...


class HandoverServer:
    """Listens in the data folder.

    Parameters
    ----------
    taker : Taker
    data : Path
        The data folder; only our own account can open the socket.
    classes, syntaxes : collection of str
        SOP classes and transfer syntaxes that are taken, as over the DICOM port.
    """

    def __init__(self, taker: Taker, data: Path, *, classes: Collection[str], syntaxes: Collection[str]) -> None:
        self._taker = taker
        self._data = data
        self._classes = frozenset(classes)
        self._syntaxes = frozenset(syntaxes)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Listen; a socket that a killed receiver has left is taken over."""
        (self._data / NAME).unlink(missing_ok=True)
        with short_path(self._data) as path:
            self._listener.bind(path)
        (self._data / NAME).chmod(0o600)
        self._listener.listen(BACKLOG)
        threading.Thread(target=self._accept, name="handover", daemon=True).start()

    def stop(self) -> None:
        """Let running requests end, for a while."""
        (self._data / NAME).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection, thread in self._running():
            thread.join(GRACE_SECONDS)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(GRACE_SECONDS)

    def _running(self) -> list[tuple[socket.socket, threading.Thread]]:
        with self._lock:
            return list(self._open.items())

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            if len(self._running()) >= MOST_CONNECTIONS:
                connection.close()
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), name="handover", daemon=True)
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            _Conversation(connection, self._taker, self._refusal).run()
        except Exception:  # noqa: BLE001 - the edge of the thread; the client sees that its connection ends
            _log.exception("an object could not be handed over")
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()

    def _refusal(self, transfer: Transfer) -> Answer | None:
        if transfer.sop_class_uid not in self._classes:
            return Answer(status=CLASS_NOT_SUPPORTED, comment="SOP class not supported")
        if transfer.transfer_syntax_uid not in self._syntaxes:
            return Answer(status=SYNTAX_NOT_SUPPORTED, comment="transfer syntax not supported")
        return None


class _Conversation:
    """One request: objects one after another."""

    def __init__(self, connection: socket.socket, taker: Taker, refusal: Callable[[Transfer], Answer | None]) -> None:
        self._connection = connection
        self._taker = taker
        self._refusal = refusal
        self._association = ""
        self._incoming: Incoming | None = None
        self._refused: Answer | None = None
        self._buffer = memoryview(bytearray(MOST_BYTES))

    def run(self) -> None:
        """Take messages until the client has no more, or is gone."""
        released = False
        try:
            while (found := self._receive()) is not None:
                kind, content = found
                released = kind is Kind.RELEASE
                self._act(kind, content)
        finally:
            if self._incoming is not None:
                self._incoming.close()
            if self._association:
                self._taker.ended(self._association, released=released)

    def _act(self, kind: Kind, content: memoryview) -> None:
        if kind is Kind.BEGIN:
            transfer = read_begin(content)
            self._refused = self._refusal(transfer)
            if self._refused is None:
                self._association = transfer.association
                self._incoming = self._taker.begin(transfer)
        elif kind is Kind.DATA and self._incoming is not None:
            self._incoming.write(content)
        elif kind is Kind.END:
            self._end()
        elif kind is Kind.DROP:
            self._let_go()

    def _end(self) -> None:
        try:
            given = self._refused if self._incoming is None else self._incoming.end()
        finally:
            self._let_go()
        if given is not None:
            self._connection.sendall(answer(given))

    def _let_go(self) -> None:
        if self._incoming is not None:
            self._incoming.close()
        self._incoming = None

    def _receive(self) -> tuple[Kind, memoryview] | None:
        """Read a message; None at the end of all."""
        head = self._buffer[: HEADER.size]
        if not self._fill(head):
            return None
        number, length = HEADER.unpack(head)
        content = self._buffer[:length]
        return (Kind(number), content) if self._fill(content) else None

    def _fill(self, target: memoryview) -> bool:
        done = 0
        while done < len(target):
            with contextlib.suppress(InterruptedError):
                read = self._connection.recv_into(target[done:])
                if not read:
                    return False
                done += read
        return True
