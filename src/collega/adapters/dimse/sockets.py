"""Prompt sockets: Nagle's algorithm and delayed acknowledgement together cost 40 ms a message."""

import contextlib
import socket

from pynetdicom import evt
from pynetdicom.events import Event


def prompt_handlers() -> list[evt.EventHandlerType]:
    """Handlers that keep both ends of an association from waiting for each other."""
    return [
        (evt.EVT_CONN_OPEN, _send_at_once),
        (evt.EVT_CONN_OPEN, _acknowledge_at_once),
        (evt.EVT_DATA_SENT, _acknowledge_at_once),
        (evt.EVT_DATA_RECV, _acknowledge_at_once),
    ]


def _send_at_once(event: Event) -> None:
    _set(event, socket.TCP_NODELAY)


def _acknowledge_at_once(event: Event) -> None:
    _set(event, socket.TCP_QUICKACK)  # Linux forgets it after use


def _set(event: Event, option: int) -> None:
    transport = event.assoc.dul.socket
    if transport is None or transport.socket is None:
        return
    with contextlib.suppress(OSError):  # closed by the peer meanwhile
        transport.socket.setsockopt(socket.IPPROTO_TCP, option, 1)
