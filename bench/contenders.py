"""Who takes part in the ingest: collega's receiver, its competitors, and what shows the limits."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import raw_disk, send_slices
from bench.keeping import Stored, kept
from bench.processes import cpu_s
from bench.send_slices import Sent, shares
from bench.slices import Batch
from tests.e2e.peers import echoscu, orthanc, running, wait_until
from tests.e2e.peers import storescp as dcmtk_storescp
from tests.e2e.site import Site, family, site

from collega.config import load
from collega.errors import ConfigurationError
from collega.testing.ports import owned_by, reserved_ports

BENCH = Path(__file__).resolve().parent
SYNC = "COLLEGA_DICOM__SYNC"
QUIET = {"COLLEGA_LOG__LEVEL": "warning"}  # as its competitors, which say nothing of each object


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running receiver.

    Attributes
    ----------
    send : callable
        Sends studies over so many associations.
    cpu : callable
        CPU seconds so far, by process.
    stored : callable
        Given what was sent, what is kept; may wait until it is recorded.
    """

    send: Callable[[Sequence[Batch], int], Sent]
    cpu: Callable[[], Mapping[str, float]]
    stored: Callable[[Sequence[Batch]], Stored]


Contender = Callable[[Path], AbstractContextManager[Server]]


def can_switch_syncing() -> bool:
    """Whether this version knows the setting."""
    try:
        load(environment={SYNC: "false"})
    except ConfigurationError:
        return False
    return True


@contextmanager
def receiver(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[tuple[Site, int]]:
    """Run the receiver alone, with its database; gives the site, and the receiver's process."""
    with site(folder, pacs=None, settings={**QUIET, **(settings or {})}) as one:
        process = one.start("--role", "receiver", ready=False)
        wait_until(lambda: owned_by(process.pid, one.dicom_port) or process.poll() is not None, "the receiver listens")
        if process.poll() is not None:
            raise ChildProcessError(one.log())
        yield one, process.pid


@contextmanager
def _collega(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    with receiver(folder, settings) as (one, pid):

        def cpu() -> dict[str, float]:
            return {"receiver": _family_s(pid), "postgresql": sum(map(cpu_s, one.database_processes()))}

        yield Server(send=_sender(one.dicom_port, "COLLEGA"), cpu=cpu, stored=partial(kept, one.data))


def collega(folder: Path) -> AbstractContextManager[Server]:
    """Run collega's receiver as sites have it: every object synced and recorded."""
    return _collega(folder)


def collega_unsynced(folder: Path) -> AbstractContextManager[Server]:
    """Run the same receiver with syncing off."""
    return _collega(folder, {SYNC: "false"})


@contextmanager
def storescp(folder: Path) -> Iterator[Server]:
    """Run dcmtk's storescp, which syncs nothing, a process for each association."""
    with dcmtk_storescp(folder) as peer:
        yield Server(
            send=_sender(peer.port, peer.aet),
            cpu=lambda: {"storescp": _family_s(peer.pid)},
            stored=lambda _: Stored(objects=len(peer.files())),
        )


@contextmanager
def storescp_ignoring(folder: Path) -> Iterator[Server]:
    """Run storescp so that it keeps nothing: what the sender alone takes."""
    folder.mkdir(parents=True)
    with reserved_ports() as (port,):
        arguments = ("storescp", str(port), "--fork", "--ignore", "-od", folder)
        with running(arguments, (port,), folder / "storescp.log") as child:
            yield Server(
                send=_sender(port, "STORESCP"),
                cpu=lambda: {"storescp": _family_s(child.pid)},
                stored=lambda sent: Stored(objects=sum(len(batch.files) for batch in sent)),
            )


@contextmanager
def pynetdicom(folder: Path) -> Iterator[Server]:
    """Run the storage SCP that pynetdicom ships."""
    target = folder / "storage"
    target.mkdir(parents=True)
    with reserved_ports() as (port,):
        arguments = (sys.executable, BENCH / "pynetdicom_scp.py", str(port), target)
        with running(arguments, (port,), folder / "pynetdicom.log") as child:
            yield Server(
                send=_sender(port, "PYNETDICOM"),
                cpu=lambda: {"pynetdicom": _family_s(child.pid)},
                stored=lambda _: Stored(objects=_files(target)),
            )


@contextmanager
def orthanc_synced(folder: Path) -> Iterator[Server]:
    """Run Orthanc, which syncs its files unless told otherwise and writes their headers into SQLite."""
    with orthanc(folder, settings={"SyncStorageArea": True}) as peer:
        yield Server(
            send=_sender(peer.dicom_port, peer.aet),
            cpu=lambda: {"orthanc": _family_s(peer.pid)},
            stored=lambda _: Stored(objects=int(peer.rest("/statistics")["CountInstances"])),
        )


def raw_synced(folder: Path) -> AbstractContextManager[Server]:
    """Run the limit: TCP to disk, file and folder synced before each acknowledgement."""
    return _raw(folder, "sync")


def raw_unsynced(folder: Path) -> AbstractContextManager[Server]:
    """Run the limit without syncing."""
    return _raw(folder, "nosync")


def bare_synced(folder: Path) -> AbstractContextManager[Server]:
    """Run the limit of a receiver that answers when an object is on disk, with nothing else to do."""
    return _bare(folder, "sync")


def bare_unsynced(folder: Path) -> AbstractContextManager[Server]:
    """Run the same without syncing."""
    return _bare(folder, "nosync")


def _bare(folder: Path, sync: str) -> AbstractContextManager[Server]:
    return _limit("bare_scp.py", folder, sync, lambda port: _sender(port, "BARE"))


def _raw(folder: Path, sync: str) -> AbstractContextManager[Server]:
    return _limit("raw_disk.py", folder, sync, lambda port: partial(_send_raw, port))


def _send_raw(port: int, batches: Sequence[Batch], associations: int) -> Sent:
    parts = [[file for batch in share for file in batch.files] for share in shares(batches, associations)]
    before = time.process_time()
    seconds = raw_disk.send(port, parts)
    return Sent(seconds=seconds, cpu_s=time.process_time() - before)


@contextmanager
def _limit(
    script: str, folder: Path, sync: str, sender: Callable[[int], Callable[[Sequence[Batch], int], Sent]]
) -> Iterator[Server]:
    """Run a program of ours that shows a limit."""
    target = folder / "storage"
    target.mkdir(parents=True)
    with reserved_ports() as (port,):
        arguments = (sys.executable, BENCH / script, str(port), target, sync)
        with running(arguments, (port,), folder / "limit.log") as child:
            yield Server(
                send=sender(port),
                cpu=lambda: {"limit": _family_s(child.pid)},
                stored=lambda _: Stored(objects=_files(target)),
            )


def _sender(port: int, aet: str) -> Callable[[Sequence[Batch], int], Sent]:
    """Greet the server once, so that what it loads at the first association is loaded, and send by storescu."""
    greeted = echoscu(port, called=aet)
    if greeted.code:
        message = f"{aet} does not answer: {greeted.text}"
        raise ConnectionError(message)
    return partial(send_slices.storescu, port, aet)


def _family_s(pid: int) -> float:
    return sum(map(cpu_s, family(pid)))


def _files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())
