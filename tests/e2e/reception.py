"""The receiver alone, as a black box, and what the tests ask of it after each fault."""

import os
import re
import socket
import struct
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
from pydicom import dcmread
from pydicom.uid import UID, ExplicitVRLittleEndian

from collega.testing.synthetic import ct_series
from tests.e2e.films import Film, save, write_film
from tests.e2e.peers import LOOPBACK
from tests.e2e.raw_sender import Sent, association, data_set_of, sent
from tests.e2e.site import Site, site, wait_for

# What stands in a data folder; anything else was written where it should not be.
ROOMS = frozenset(
    {"handover.sock", "pg", "pg.holders", "pg.lock", "pg.out", "quarantine", "receiving", "results", "runs"}
    | {"secrets", "studies"}
)

MOST_IN_STOCK, STEADY = 16, 8
MARK = re.compile("[0-9a-f]{32}")
RECORDED = "SELECT sop_instance_uid, path FROM instance JOIN study USING (study_key) WHERE study_instance_uid = ANY(%s)"


@dataclass(kw_only=True)
class Reception:
    """A site of which only the receiver runs."""

    site: Site
    folder: Path
    pid: int = 0
    handles: int = 0
    good: int = 0
    uids: dict[Path, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Where it takes DICOM."""
        return self.site.dicom_port

    def start(self, *ports: int) -> None:
        """Start it, and wait until it listens."""
        process = self.site.start("--role", "receiver", ready=False)
        listening = ports or (self.port,)
        wait_for(lambda: process.poll() is not None or all(map(listens, listening)), "the receiver listens", 30)
        assert process.poll() is None, self.site.log()
        self.pid = process.pid
        self.check_good()
        # What it opens once, a moment after it listens, is no leak.
        counts = [self.open_handles()]
        while len(counts) < STEADY or len(set(counts[-STEADY:])) > 1:
            time.sleep(0.05)
            counts.append(self.open_handles())
        self.handles = counts[-1]

    def open_handles(self) -> int:
        """Count the files and sockets that it holds open; of two kinds it keeps some in stock.

        These are connections to the database, and files without a name and without a byte for the next objects.
        """
        local = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
        places = list(Path(f"/proc/{self.pid}/fd").iterdir())
        stock = sum(_is_empty_file_of(place, self.site.data / "studies") for place in places)
        assert stock <= MOST_IN_STOCK
        links = [_link(place) for place in places]
        return sum(bool(link) and link.removeprefix("socket:[").rstrip("]") not in local for link in links) - stock

    def films(self, name: str, count: int = 1) -> list[Film]:
        """Write films of one study."""
        return [write_film(self.folder / name, name, image=number) for number in range(1, count + 1)]

    def kept(self) -> dict[str, list[bytes]]:
        """All that is in the store: data sets, as they were received, by SOP Instance UID."""
        found: dict[str, list[bytes]] = {}
        for path in (self.site.data / "studies").rglob("*.dcm"):
            if path not in self.uids:
                self.uids[path] = str(dcmread(path, specific_tags=["SOPInstanceUID"]).get("SOPInstanceUID", ""))
            found.setdefault(self.uids[path], []).append(data_set_of(path.read_bytes()))
        return found

    def strangers(self) -> list[str]:
        """Files that are neither objects, nor marks of studies that are coming in, nor what every data folder has."""
        data = self.site.data
        odd = [path for path in data.iterdir() if path.name not in ROOMS]
        for room in ("studies", "quarantine"):
            odd += [path for path in (data / room).rglob("*") if path.is_file() and path.suffix != ".dcm"]
        marks = [path for path in (data / "receiving").rglob("*") if path.is_file()]
        odd += [path for path in marks if path.stat().st_size or not MARK.fullmatch(path.name)]
        return [str(path.relative_to(data)) for path in odd]

    def recorded(self, studies: Collection[str]) -> dict[str, Path]:
        """Ask the database what it knows of studies: SOP Instance UID and file."""
        with psycopg.connect(f"host={self.site.data / 'pg'} user=postgres dbname=postgres") as database:
            rows = database.execute(RECORDED, [list(studies)]).fetchall()
        return {uid: self.site.data / path for uid, path in rows}

    def check_kept_once(self, objects: Sequence[Sent], perhaps: Sequence[Sent] = ()) -> None:
        """Acknowledged is stored, once, with the bytes that were sent; and it is recorded with its file.

        What was sent and never answered (``perhaps``) may be there as well, whole.
        """
        sent_bytes = {one.uid: one.data_set for one in (*perhaps, *objects)}
        must, studies = {one.uid for one in objects}, {one.study for one in (*perhaps, *objects)}
        wait_for(lambda: must <= set(self.recorded(studies)), "all that was acknowledged is recorded", 15)
        wait_for(lambda: must <= set(self.kept()), "all that was acknowledged has its file", 15)
        kept, recorded = self.kept(), self.recorded(studies)
        assert set(recorded) <= set(sent_bytes)
        for uid in set(sent_bytes) & set(kept) | must:
            assert kept.get(uid) == [sent_bytes[uid]], f"{uid} is not there exactly once, or not as it was sent"
        for uid, path in recorded.items():
            assert data_set_of(path.read_bytes()) == sent_bytes[uid], f"the record of {uid} points to something else"

    def check_good(self) -> None:
        """Take a good study: nothing that happened before is in its way."""
        self.good += 1
        (film,) = self.films(f"good {self.site.dicom_port} {self.good}")
        one = sent(film.path)
        with association(self.port, one, calling="GOOD") as sender:
            assert sender.store(one) == 0, self.site.log()
            assert sender.release()
        wait_for(lambda: self.kept().get(one.uid) == [one.data_set], "the good one is kept")

    def check_unharmed(self) -> None:
        """Alive, nothing half written or misplaced, and every handle back."""
        assert self.site.processes[-1].poll() is None, self.site.log()
        wait_for(lambda: not self.strangers(), f"no left-over files: {self.strangers()}", 15)
        self.check_good()
        wait_for(lambda: self.open_handles() <= self.handles, f"handles are back to {self.handles}", 20)


def small_slices(folder: Path, name: str, count: int = 1, *, syntax: str = str(ExplicitVRLittleEndian)) -> list[Sent]:
    """Write slices of a small CT of their own study: a few kilobytes each."""
    found = []
    for one in ct_series(1, slices=count, size=16, run=name, made_at=datetime.now(ZoneInfo("Europe/Amsterdam"))):
        one.file_meta.TransferSyntaxUID = UID(syntax)
        found.append(sent(save(folder / "slices" / name, one).path))
    return found


def listens(port: int) -> bool:
    """Whether somebody takes connections."""
    with socket.socket() as line:
        # Hang up by a reset: no socket stays behind for a minute in the receiver's table.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return line.connect_ex((LOOPBACK, port)) == 0


@contextmanager
def reception(folder: Path, settings: dict[str, str] | None = None, *, tls_port: int = 0) -> Iterator[Reception]:
    """Run a receiver below ``folder``."""
    with site(folder / "site", pacs=None, settings=settings) as one:
        found = Reception(site=one, folder=folder)
        found.start(*filter(None, (one.dicom_port, tls_port)))
        yield found


def _link(handle: Path) -> str:
    try:
        return str(handle.readlink())
    except OSError:
        return ""  # closed while we looked


def _is_empty_file_of(handle: Path, folder: Path) -> bool:
    """Whether it is an open file that has no name in its folder, and nothing in it."""
    link = _link(handle)
    try:
        return link.startswith(f"{folder}/#") and link.endswith("(deleted)") and not handle.stat().st_size
    except OSError:
        return False  # closed while we looked


def at_once(*works: Callable[[], object]) -> None:
    """Run works side by side and wait for all of them; what one raises is raised here."""
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result(60)


def signal_all(pids: Sequence[int], number: int) -> None:
    """Send a signal to processes, some of which may have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
