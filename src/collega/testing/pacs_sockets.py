"""Socket settings that keep an exchange of small messages from waiting.

A DIMSE message goes out as a command and a data set, in two small writes. Nagle's algorithm
holds the second one back until the first is acknowledged, and the peer delays that
acknowledgement by about 40 ms. ``TCP_NODELAY`` cures our own sending; ``TCP_QUICKACK``, which
Linux forgets after use, spares a peer that has not switched Nagle's algorithm off.
"""

import contextlib
import socket
import threading

from pynetdicom import evt
from pynetdicom.association import Association

LOOK_SECONDS = 0.1


class Standstill(threading.Event):
    """Where pynetdicom's own thread of an association waits: `clear` returns once it stands still.

    Without it that thread can take, on a busy machine, the answer that a call is waiting for. It is written
    twice, here and in the adapters: a simulator has nothing of what it tests.
    """

    def __init__(self, reader: Association) -> None:
        super().__init__()
        self._reader = reader
        self._changed = threading.Condition()
        self._may_go = True
        self._stands = False

    def is_set(self) -> bool:
        """Whether the reader may go on."""
        return self._may_go

    def set(self) -> None:
        """Let the reader go on."""
        with self._changed:
            self._may_go, self._stands = True, False
            self._changed.notify_all()

    def clear(self) -> None:
        """Wait until the reader stands still, or has ended; it waits not for itself."""
        with self._changed:
            self._may_go = False
            while not (self._stands or self._may_go) and self._is_another():
                self._changed.wait(LOOK_SECONDS)

    def wait(self, timeout: float | None = None) -> bool:
        """Stand still, as the reader, until it may go on."""
        with self._changed:
            while not self._may_go:
                self._stands = True
                # A service that ends in a thread of its own takes the mark away meanwhile.
                self._reader._is_paused = True  # noqa: SLF001 - as below
                self._changed.notify_all()
                if not self._changed.wait(LOOK_SECONDS if timeout is None else timeout) and timeout is not None:
                    return False
        return True

    def _is_another(self) -> bool:
        return self._reader.is_alive() and threading.current_thread() is not self._reader


def _option(event: evt.Event, option: int) -> None:
    transport = event.assoc.dul.socket
    if transport is None or transport.socket is None:
        return
    # The peer can have closed the connection between the event and this call.
    with contextlib.suppress(OSError):
        transport.socket.setsockopt(socket.IPPROTO_TCP, option, 1)


def send_at_once(event: evt.Event) -> None:
    """Switch Nagle's algorithm off on the connection of ``event``."""
    _option(event, socket.TCP_NODELAY)


def acknowledge_at_once(event: evt.Event) -> None:
    """Ask the kernel to acknowledge what has arrived now; it must be asked again each time."""
    _option(event, socket.TCP_QUICKACK)


def keep_answers(event: evt.Event) -> None:
    """Let no answer to a call of ours be lost; nothing of the association is read yet."""
    if event.assoc.is_requestor:
        event.assoc._reactor_checkpoint = Standstill(event.assoc)  # noqa: SLF001 - there is no other way in


def socket_handlers() -> list[evt.EventHandlerType]:
    """Event handlers for ``start_server`` and ``associate`` that keep a connection prompt, and its answers."""
    return [
        (evt.EVT_CONN_OPEN, send_at_once),
        (evt.EVT_CONN_OPEN, acknowledge_at_once),
        (evt.EVT_DATA_SENT, acknowledge_at_once),
        (evt.EVT_DATA_RECV, acknowledge_at_once),
        (evt.EVT_ESTABLISHED, keep_answers),
    ]
