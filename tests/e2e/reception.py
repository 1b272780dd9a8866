"""The receiver alone, as a black box, and what the tests ask of it after each fault."""

import os
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread

from tests.e2e.films import Film, write_film
from tests.e2e.peers import LOOPBACK
from tests.e2e.raw_sender import Sent, association, data_set_of, sent
from tests.e2e.site import Site, site, wait_for

# What stands in a data folder; anything else was written where it should not be.
ROOMS = frozenset({"pg", "pg.holders", "pg.lock", "pg.out", "quarantine", "results", "runs", "secrets", "studies"})


@dataclass(kw_only=True)
class Reception:
    """A site of which only the receiver runs."""

    site: Site
    folder: Path
    pid: int = 0
    handles: int = 0
    good: int = 0

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
        self.handles = self.open_handles()

    def open_handles(self) -> int:
        """Count the files and sockets that it holds open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def films(self, name: str, count: int = 1) -> list[Film]:
        """Write films of one study."""
        return [write_film(self.folder / name, name, image=number) for number in range(1, count + 1)]

    def kept(self) -> dict[str, list[bytes]]:
        """All that is in the store: data sets, as they were received, by SOP Instance UID."""
        found: dict[str, list[bytes]] = {}
        for path in (self.site.data / "studies").rglob("*.dcm"):
            content = path.read_bytes()
            uid = str(dcmread(path, specific_tags=["SOPInstanceUID"], stop_before_pixels=True).SOPInstanceUID)
            found.setdefault(uid, []).append(data_set_of(content))
        return found

    def strangers(self) -> list[str]:
        """Files that are neither objects nor what every data folder has."""
        data = self.site.data
        odd = [path for room in ("studies", "quarantine") for path in (data / room).rglob("*") if path.is_file()]
        outside = [path for path in data.iterdir() if path.name not in ROOMS]
        return [str(path.relative_to(data)) for path in (*outside, *odd) if path in outside or path.suffix != ".dcm"]

    def recorded(self, study: str) -> int:
        """Count the objects of a study that the database knows."""
        return sum(series["instances"] for series in self.site.json("studies", "show", study)["series"])

    def check_kept_once(self, objects: Sequence[Sent]) -> None:
        """Acknowledged is stored, once, with the bytes that were sent; and recorded, once."""
        kept = self.kept()
        for one in objects:
            assert kept.get(one.uid) == [one.data_set], f"{one.uid} is not there exactly once, or not as it was sent"
        for study, count in Counter(one.study for one in objects).items():
            wait_for(lambda study=study, count=count: self.recorded(study) == count, f"{count} of {study} recorded", 15)

    def check_good(self) -> None:
        """Take a good study: nothing that happened before is in its way."""
        self.good += 1
        (film,) = self.films(f"good {self.site.dicom_port} {self.good}")
        one = sent(film.path)
        with association(self.port, one, calling="GOOD") as sender:
            assert sender.store(one) == 0, self.site.log()
            assert sender.release()
        assert self.kept().get(one.uid) == [one.data_set]

    def check_unharmed(self) -> None:
        """Alive, nothing half written or misplaced, and every handle back."""
        assert self.site.processes[-1].poll() is None, self.site.log()
        wait_for(lambda: not self.strangers(), f"no left-over files: {self.strangers()}", 15)
        self.check_good()
        wait_for(lambda: self.open_handles() <= self.handles, f"handles are back to {self.handles}", 20)


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


def at_once(*works: "threading.Thread") -> None:
    """Run threads side by side and wait for all of them."""
    for work in works:
        work.start()
    for work in works:
        work.join(60)
        assert not work.is_alive()


def stop_signal_group(pids: Sequence[int], number: int) -> None:
    """Send a signal to processes that may have ended."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
