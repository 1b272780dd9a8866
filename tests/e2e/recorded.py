"""What real senders say: byte streams of whole associations, recorded through a proxy."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE

from collega.adapters.dimse.provided import reporting
from collega.adapters.dimse.receiver import DicomReceiver
from collega.model.transfer import Answer, Transfer
from collega.testing.pacs_sockets import socket_handlers
from collega.testing.synthetic import chest_film, ct_series
from tests.e2e.films import save
from tests.e2e.peers import LOOPBACK, dcmsend, echoscu, storescu

COMMITMENT = "1.2.840.10008.1.20.1"


class _Takes:
    """An object that is taken and forgotten."""

    def write(self, *fragments: memoryview) -> None:
        """Let the bytes pass."""

    def end(self) -> Answer:
        return Answer(status=0)

    def close(self) -> None:
        """Nothing is left to tidy up."""


class _TakesAll:
    """Owner of the receiver behind the proxy."""

    def begin(self, transfer: Transfer) -> _Takes:
        del transfer
        return _Takes()

    def ended(self, association: str, *, released: bool = True) -> None:
        """Nothing is kept."""


@dataclass
class Tape:
    """A proxy that keeps what clients say, one stream for each connection."""

    port: int
    streams: list[bytearray] = field(default_factory=list)


@contextmanager
def tape() -> Iterator[Tape]:
    """Run a receiver that takes everything, and a proxy before it."""
    receiver = DicomReceiver(
        _TakesAll(), reporting(lambda _done, _failed: None),
        host=LOOPBACK, port=0, peers=(), max_associations=9, idle_timeout_s=20,
    )  # fmt: skip
    behind = receiver.start()
    listener = socket.create_server((LOOPBACK, 0))
    found = Tape(port=int(listener.getsockname()[1]))
    threading.Thread(target=_accept, args=(listener, behind, found), daemon=True).start()
    try:
        yield found
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        receiver.stop()


def _accept(listener: socket.socket, behind: int, kept: Tape) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.create_connection((LOOPBACK, behind))
        kept.streams.append(bytearray())
        for source, target, record in ((client, server, kept.streams[-1]), (server, client, bytearray())):
            threading.Thread(target=_copy, args=(source, target, record), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, record: bytearray) -> None:
    try:
        while part := source.recv(65536):
            record += part
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def record(folder: Path) -> list[bytes]:
    """Record associations of dcmtk and pynetdicom: plain, deflated, compressed; stores, echo, commitment."""
    slices = {
        syntax: _slices(folder, syntax)
        for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)
    }
    film = save(folder / "film", _film())
    with tape() as kept:
        says: Sequence[Callable[[], object]] = (
            lambda: storescu(kept.port, *slices[ExplicitVRLittleEndian], options=["-R", "-xe", "-pdu", "4096"]),
            lambda: storescu(kept.port, *slices[ImplicitVRLittleEndian], options=["-R", "-xi"]),
            lambda: storescu(kept.port, *slices[DeflatedExplicitVRLittleEndian], options=["-R", "-xd"]),
            lambda: dcmsend(kept.port, *slices[ExplicitVRLittleEndian], film.path),
            lambda: echoscu(kept.port),
            lambda: _pynetdicom(kept.port, [film.path, *slices[ExplicitVRLittleEndian]]),
        )
        for say in says:
            say()
    assert len(kept.streams) == len(says)
    return [bytes(stream) for stream in kept.streams]


def _slices(folder: Path, syntax: UID) -> list[Path]:
    paths = []
    for one in ct_series(1, slices=2, size=8, run=f"fuzz {syntax}"):
        one.file_meta.TransferSyntaxUID = syntax
        paths.append(save(folder / str(syntax), one).path)
    return paths


def _film() -> Dataset:
    return chest_film(1, run="fuzz")


def _pynetdicom(port: int, paths: Sequence[Path]) -> None:
    """Store, echo, and ask for a commitment in one association."""
    entity = AE(ae_title="PYNETDICOM")
    datasets = [dcmread(path) for path in paths]
    for dataset in datasets:
        entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    entity.add_requested_context("1.2.840.10008.1.1")
    entity.add_requested_context(COMMITMENT)
    held = entity.associate(LOOPBACK, port, ae_title="COLLEGA", evt_handlers=socket_handlers())
    assert held.is_established
    for dataset in datasets:
        assert held.send_c_store(dataset).Status == 0
    held.send_c_echo()
    question, item = Dataset(), Dataset()
    question.TransactionUID = "1.2.3"
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = datasets[0].SOPClassUID, datasets[0].SOPInstanceUID
    question.ReferencedSOPSequence = [item]
    held.send_n_action(question, 1, COMMITMENT, f"{COMMITMENT}.1")
    held.release()
