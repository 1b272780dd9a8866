"""A scanner that notes when the last byte of a film left it."""

import socket
import time
from pathlib import Path

import pydicom
from pynetdicom import AE, evt
from pynetdicom.events import Event
from tests.e2e.peers import LOOPBACK


def send(port: int, file: Path) -> float:
    """Send one film over an association of its own; the moment at which its last byte was written."""
    header = pydicom.dcmread(file, stop_before_pixels=True)
    moments: list[float] = []

    def note(_event: Event) -> None:
        moments.append(time.time())

    entity = AE(ae_title="BENCH")
    entity.add_requested_context(header.SOPClassUID, header.file_meta.TransferSyntaxUID)
    handlers: list[evt.EventHandlerType] = [(evt.EVT_CONN_OPEN, _send_at_once)]
    association = entity.associate(LOOPBACK, port, ae_title="COLLEGA", evt_handlers=handlers)
    association.bind(evt.EVT_DATA_SENT, note)
    answer = association.send_c_store(file)
    last = moments[-1]
    association.release()
    if answer.get("Status") != 0:
        message = f"{file.name} was not taken: {answer.get('Status')}"
        raise ConnectionError(message)
    return last


def _send_at_once(event: Event) -> None:
    transport = event.assoc.dul.socket
    if transport is not None and transport.socket is not None:
        transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
