"""A scanner that notes when the last byte of a study left it."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.events import Event
from tests.e2e.peers import LOOPBACK

from collega.adapters.dimse.standstill import keep_answers


class RefusedError(ConnectionError):
    """The peer does not offer the service."""


def send(port: int, file: Path) -> float:
    """Send one film over an association of its own; the moment at which its last byte was written."""
    header = pydicom.dcmread(file, stop_before_pixels=True)
    with associated(port, str(header.SOPClassUID), [str(header.file_meta.TransferSyntaxUID)]) as association:
        return store(association, file)


@contextmanager
def associated(port: int, sop_class: str, syntaxes: Sequence[str] | None = None) -> Iterator[Association]:
    """Open an association for one SOP class, and release it.

    Raises
    ------
    RefusedError
        The peer takes the association or the SOP class not.
    """
    entity = AE(ae_title="BENCH")
    entity.add_requested_context(sop_class, None if syntaxes is None else list(syntaxes))
    handlers: list[evt.EventHandlerType] = [(evt.EVT_CONN_OPEN, send_at_once), (evt.EVT_ESTABLISHED, keep_answers)]
    association = entity.associate(LOOPBACK, port, ae_title="COLLEGA", evt_handlers=handlers)
    if not association.is_established:
        message = f"no association for SOP class {sop_class}"
        raise RefusedError(message)
    try:
        yield association
    finally:
        association.release()


def store(association: Association, what: Path | Dataset) -> float:
    """Send one object; the moment at which its last byte was written."""
    moments: list[float] = []

    def note(_event: Event) -> None:
        moments.append(time.time())

    association.bind(evt.EVT_DATA_SENT, note)
    answer = association.send_c_store(what)
    last = moments[-1]
    association.unbind(evt.EVT_DATA_SENT, note)
    if answer.get("Status") != 0:
        message = f"an object was not taken: {answer.get('Status')}"
        raise ConnectionError(message)
    return last


def send_at_once(event: Event) -> None:
    """Switch Nagle's algorithm off."""
    transport = event.assoc.dul.socket
    if transport is not None and transport.socket is not None:
        transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
