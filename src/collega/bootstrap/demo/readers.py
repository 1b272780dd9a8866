"""The simulated readers at work: a thread that opens and signs studies through collega's own interface."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from collega.bootstrap.demo.day import Pace
from collega.bootstrap.demo.difficult import DifficultHour
from collega.bootstrap.demo.rota import ROTA, Reader, Waiting, choose, reading_time, waiting
from collega.bootstrap.demo.said import first_look, opinions
from collega.bootstrap.demo.server import Server

LOOK_SECONDS = 0.25
MOST_ROWS = 1000
RECORDED = 201
Truth = Callable[[str], Collection[str] | None]


@dataclass(kw_only=True, slots=True)
class Desk:
    """What a reader has before them, and until when."""

    reader: Reader
    study: Waiting | None = None
    until: datetime | None = None


class Readers:
    """Read what the board shows, in its own order, while the PACS can show the images.

    Parameters
    ----------
    server : Server
    pace : Pace
        How the simulated day runs.
    hour : DifficultHour
        While it lasts nobody can read.
    truth : callable
        Gives the findings that are really there in a study; None where that is not known.
    clock : callable
        Seconds of a clock that never runs back.
    """

    def __init__(
        self,
        server: Server,
        pace: Pace,
        hour: DifficultHour,
        truth: Truth,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._truth = truth
        self._pace = pace
        self._hour = hour
        self._clock = clock
        self._begin = 0.0
        self._desks = [Desk(reader=reader) for reader in ROTA]
        self._opened: set[str] = set()
        self._signed: set[str] = set()
        self._to_judge: dict[str, Reader] = {}  # who signed before AI had answered gives an opinion afterwards
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated readers", daemon=True)

    def start(self) -> None:
        """Begin the day."""
        self._begin = self._clock()
        self._thread.start()

    def stop(self) -> None:
        """Go home."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def signed(self, studies: Iterable[str]) -> int:
        """How many of these studies are signed; a folder that was kept may show readers older ones."""
        return len(self._signed.intersection(studies))

    def have_read(self, studies: Sequence[str]) -> bool:
        """Whether these studies are signed."""
        return self._signed.issuperset(studies)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            if not self._hour.is_now:
                self._look()

    def _look(self) -> None:
        now = datetime.now(UTC)
        rows = self._server.get(f"/api/worklist?limit={MOST_ROWS}") or []
        board = [waiting(row) for row in rows]
        for desk in self._desks:
            self._finish(desk, now)
        for study in board:
            if study.answered and study.uid in self._to_judge:
                self._give_opinions(study, self._to_judge.pop(study.uid))
        day = self._pace.clock(self._clock() - self._begin)
        for desk in self._desks:
            if desk.study is None and desk.reader.on_duty(day):
                self._begin_one(desk, board, now, day)

    def _begin_one(self, desk: Desk, board: list[Waiting], now: datetime, day: datetime) -> None:
        minute_s = self._pace.hour_s / 60
        at_hand = {other.study.uid for other in self._desks if other.study and other.reader.signs == desk.reader.signs}
        done = self._signed if desk.reader.signs else self._opened
        study = choose(desk.reader, board, at_hand | done, now, day, minute_s)
        if study is not None and self._note(study, "opened", now, desk.reader):
            self._opened.add(study.uid)
            if not desk.reader.signs:
                self._look_first(study, desk.reader)
            desk.study, desk.until = study, now + reading_time(desk.reader, study, minute_s)

    def _finish(self, desk: Desk, now: datetime) -> None:
        if desk.study is None or desk.until is None or now < desk.until:
            return
        if desk.reader.signs and self._note(desk.study, "signed", now, desk.reader):
            self._signed.add(desk.study.uid)
            self._to_judge[desk.study.uid] = desk.reader
        desk.study = desk.until = None

    def _look_first(self, study: Waiting, reader: Reader) -> None:
        """Give a first look by the form of the study's page; what is not taken is left."""
        if (truth := self._truth(study.uid)) is not None:
            self._server.send_form(f"/studies/{study.uid}/first-look", first_look(reader, study, truth))

    def _give_opinions(self, study: Waiting, reader: Reader) -> None:
        if (truth := self._truth(study.uid)) is not None:
            for fields in opinions(reader, study, truth):
                self._server.send_form(f"/studies/{study.uid}/opinions", fields)

    def _note(self, study: Waiting, kind: str, at: datetime, reader: Reader) -> bool:
        """Tell collega what a reader did; returns whether it is on record, else it is tried again."""
        status = self._server.post(
            f"/api/studies/{study.uid}/events", {"kind": kind, "at": at.isoformat(), "by": reader.name}
        )
        return status == RECORDED
