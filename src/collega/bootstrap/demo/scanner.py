"""The simulated scanner: a thread that sends one study after another, each over its own association."""

import threading
import time
from dataclasses import dataclass

from collega.bootstrap.demo.films import Film, Programme
from collega.bootstrap.sending import send_files
from collega.errors import PeerError

AE_TITLE = "SIMSCANNER"
TRIES = 3
SECONDS_BETWEEN_TRIES = 1.0
MOST_SECONDS_HELD_BACK = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """Studies in the order of sending, and the reasons why some were not taken."""

    taken: tuple[str, ...]
    refused: tuple[str, ...]
    finished: bool


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
        self._taken: list[str] = []
        self._refused: list[str] = []
        self._through = 0
        self._thread = threading.Thread(target=self._run, name="simulated scanner", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """End after the study that is under way."""
        self._stopping.set()
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
        for number, film in enumerate(self._programme.films):
            if self._stopping.wait(max(0.0, begin + number * self._programme.interval_s - time.monotonic())):
                return
            self._hold_back()
            problem = self._send(film)
            with self._lock:
                if problem:
                    self._refused.append(problem)
                else:
                    self._taken.append(film.study_instance_uid)

    def _send(self, film: Film) -> str:
        """Send a study, again where no association is had; say what was wrong with it."""
        problem = ""
        for _ in range(TRIES):
            try:
                answers = list(send_files(film.files, self._address, self._aet, AE_TITLE))
            except PeerError as error:
                problem = str(error)
                if self._stopping.wait(SECONDS_BETWEEN_TRIES):
                    break
                continue
            return "; ".join(sorted({answer for _, answer in answers if answer}))
        return problem
