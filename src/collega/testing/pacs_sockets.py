"""Socket settings that keep an exchange of small messages from waiting.

A DIMSE message goes out as a command and a data set, in two small writes. Nagle's algorithm
holds the second one back until the first is acknowledged, and the peer delays that
acknowledgement by about 40 ms. ``TCP_NODELAY`` cures our own sending; ``TCP_QUICKACK``, which
Linux forgets after use, spares a peer that has not switched Nagle's algorithm off.
"""

import contextlib
import socket

from pynetdicom import evt


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


def socket_handlers() -> list[evt.EventHandlerType]:
    """Event handlers for ``start_server`` and ``associate`` that keep a connection prompt."""
    return [
        (evt.EVT_CONN_OPEN, send_at_once),
        (evt.EVT_CONN_OPEN, acknowledge_at_once),
        (evt.EVT_DATA_SENT, acknowledge_at_once),
        (evt.EVT_DATA_RECV, acknowledge_at_once),
    ]
