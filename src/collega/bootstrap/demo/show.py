"""The demonstration from begin to end."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from collega.bootstrap.demo import films
from collega.bootstrap.demo.count import Progress, count
from collega.bootstrap.demo.films import Programme
from collega.bootstrap.demo.scanner import Scanner
from collega.bootstrap.demo.server import AE_TITLE, Place, Server, place, serving
from collega.bootstrap.demo.watch import Watch
from collega.testing.pacs import KeepingPacs
from collega.testing.ports import LOOPBACK

DEFAULT_MINUTES = 1.0
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.5
PacsMaker = Callable[[Path], KeepingPacs]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What the demonstration is asked to do.

    ``patience_s``: after so long without anything new, what is not in the PACS counts as missing.
    """

    films: Path | None = None
    minutes: float | None = None
    patience_s: float = PATIENCE_SECONDS


class Demonstration:
    """A running demonstration."""

    def __init__(
        self, where: Place, server: Server, pacs: KeepingPacs, programme: Programme, patience_s: float
    ) -> None:
        self.where = where
        self.server = server
        self.pacs = pacs
        self.programme = programme
        self._patience_s = patience_s
        self._scanner = Scanner(programme, (LOOPBACK, server.dicom_port), AE_TITLE)
        self._watch = Watch(server, pacs)

    def run(self) -> Iterator[Progress]:
        """Send everything and yield the progress, the last time when all is there or patience is at its end."""
        self._scanner.start()
        before, since = None, time.monotonic()
        try:
            while True:
                self.server.check()
                progress, finished = self._look()
                yield progress
                state = (progress.sent, progress.analysed, progress.delivered, progress.confirmed)
                now = time.monotonic()
                before, since = (before, since) if state == before else (state, now)
                if finished and (progress.ended or now - since > self._patience_s):
                    return
                time.sleep(LOOK_SECONDS)
        finally:
            self._scanner.stop()

    def _look(self) -> tuple[Progress, bool]:
        sent = self._scanner.sent()
        self._watch.look(sent.taken)
        progress = count(self.programme.count, sent.taken, self._watch.known, sent.refused)
        self._scanner.note_through(progress.confirmed + len(progress.without_app))
        return progress, sent.finished


@contextlib.contextmanager
def demonstrate(
    wishes: Wishes, environment: Mapping[str, str] | None = None, make_pacs: PacsMaker = KeepingPacs
) -> Iterator[Demonstration]:
    """Start everything; at the end of the block nothing of it is left.

    ``make_pacs`` makes the simulated PACS from its folder.
    """
    environment = os.environ if environment is None else environment
    programme = None if wishes.films is None else films.of_folder(wishes.films, wishes.minutes)
    with (
        place(environment) as where,
        make_pacs(where.shelf) as pacs,
        serving(where, environment, (pacs.aet, pacs.port)) as server,
    ):
        if programme is None:
            minutes = DEFAULT_MINUTES if wishes.minutes is None else wishes.minutes
            programme = films.generated(where.demo / "films", minutes, server.zone)
        yield Demonstration(where, server, pacs, programme, wishes.patience_s)
