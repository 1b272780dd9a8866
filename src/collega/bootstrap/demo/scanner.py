"""A simulated scanner: a thread that sends one study after another, each over its own association."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from collega.bootstrap.demo.films import Film, Programme
from collega.bootstrap.sending import send_files
from collega.errors import PeerError

TRIES = 3
SECONDS_BETWEEN_TRIES = 1.0
MOST_SECONDS_HELD_BACK = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A study that collega has acknowledged, and when (seconds of a clock that never runs back)."""

    film: Film
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """Studies in the order in which they were taken, and the reasons why some were not."""

    taken: tuple[Taken, ...]
    refused: tuple[str, ...]
    finished: bool

    @property
    def uids(self) -> tuple[str, ...]:
        """UIDs of the studies that were taken."""
        return tuple(item.film.study_instance_uid for item in self.taken)


class Scanner:
    """Sends a programme in the background.

    Parameters
    ----------
    programme : Programme
    address : tuple of str and int
        Where collega listens.
    aet : str
        Its AE title.
    """

    def __init__(self, programme: Programme, address: tuple[str, int], aet: str) -> None:
        self._programme = programme
        self._address = address
        self._aet = aet
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._taken: list[Taken] = []
        self._refused: list[str] = []
        self._through = 0
        self._thread = threading.Thread(target=self._run, name=f"simulated {programme.scanner}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """End after the study that is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def sent(self) -> Sent:
        """Tell what was sent so far."""
        finished = not self._thread.is_alive()
        with self._lock:
            return Sent(taken=tuple(self._taken), refused=tuple(self._refused), finished=finished)

    def note_through(self, studies: int) -> None:
        """Tell how many studies are through, which may let the next one go."""
        self._through = studies

    def _hold_back(self) -> None:
        """Wait while too many studies are under way, not for ever: some may never come through."""
        end = time.monotonic() + MOST_SECONDS_HELD_BACK
        most = self._programme.most_under_way
        while most and len(self._taken) - self._through >= most and time.monotonic() < end:
            if self._stopping.wait(0.05):
                return

    def _run(self) -> None:
        begin = time.monotonic()
        for film in self._programme.films:
            if self._stopping.wait(max(0.0, begin + film.due_s - time.monotonic())):
                return
            self._hold_back()
            problem = self._send(film)
            with self._lock:
                if problem:
                    self._refused.append(problem)
                else:
                    self._taken.append(Taken(film=film, at=time.monotonic()))

    def _send(self, film: Film) -> str:
        """Send a study, again where no association is had or it broke off; say what was wrong with it.

        What has come is sent once more then, as scanners do: pynetdicom now and then misses an answer that comes
        before it looks for one.
        """
        problem = ""
        for _ in range(TRIES):
            try:
                answers = list(send_files(film.files, self._address, self._aet, self._programme.scanner))
            except PeerError as error:
                problem = str(error)
                if self._stopping.wait(SECONDS_BETWEEN_TRIES):
                    break
                continue
            problem = "; ".join(sorted({answer for _, answer in answers if answer}))
            if not problem or self._stopping.wait(SECONDS_BETWEEN_TRIES):
                break
        return problem


def together(scanners: Iterable[Scanner]) -> Sent:
    """Tell what several scanners have sent, in the order of time."""
    parts = [scanner.sent() for scanner in scanners]
    return Sent(
        taken=tuple(sorted((item for part in parts for item in part.taken), key=lambda item: item.at)),
        refused=tuple(reason for part in parts for reason in part.refused),
        finished=all(part.finished for part in parts),
    )
