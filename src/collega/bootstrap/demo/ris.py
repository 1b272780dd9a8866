"""The simulated RIS of the demonstration: it orders what is made, reports what the readers sign, and hears AI."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pydicom

from collega.bootstrap.demo.films import Film
from collega.bootstrap.demo.generate import present_in
from collega.testing.ports import LOOPBACK
from collega.testing.ris import RisLink, SimulatedRis
from collega.testing.ris_messages import ADDENDUM, CORRECTION, Requested, order, report, report_text

NAME = "simulated-ris"
READ = ("StudyInstanceUID", "AccessionNumber", "PatientID", "PatientName", "StudyDescription", "Modality")
# Of so many orders one is changed, one cancelled; of so many reports one gets an addendum, one is corrected.
CHANGED_EVERY, CANCELLED_EVERY, ADDENDUM_EVERY, CORRECTED_EVERY = 4, 9, 7, 11
URGENT, ROUTINE = ("S", "SEH"), ("R", "POLI")
TRIES, SECONDS_BETWEEN_TRIES = 5, 0.5
Writer = Callable[[datetime, str], bytes]
RESULT, FLAG = "ORU^R01", "ORM^O01"


@dataclass(frozen=True, kw_only=True, slots=True)
class RisCount:
    """Messages of the day: what the RIS sent and was answered AA for, and what it took from collega."""

    orders: int
    reports: int
    results: int
    flags: int


class DemoRis:
    """A RIS that plays along.

    Parameters
    ----------
    hears : SimulatedRis
        Where collega's messages come.
    """

    def __init__(self, hears: SimulatedRis) -> None:
        self._hears = hears
        self._port = 0
        self._link: RisLink | None = None
        self._lock = threading.Lock()
        self._requested: dict[str, Requested] = {}
        self._reported: set[str] = set()
        self._orders = self._reports = self._sent = 0
        self._waits = threading.Event()

    @property
    def destination(self) -> dict[str, object]:
        """What collega's settings say of it."""
        return {
            "name": NAME,
            "kind": "ris",
            "host": LOOPBACK,
            "port": self._hears.port,
            "language": "nl",
            "priority_message": "orm-sc",
            "retry_first_s": 0.5,
            "retry_most_s": 2.0,
        }

    def speak_to(self, port: int) -> None:
        """Learn where collega takes messages."""
        self._port = port

    def announced(self, films: Iterable[Film]) -> Iterator[Film]:
        """Order each study before it is made."""
        for film in films:
            self._order(film)
            yield film

    def report(self, signed: Iterable[Film]) -> None:
        """Send the reports of studies that the readers have signed, once each."""
        for film in signed:
            said = self._requested.get(film.study_instance_uid)
            if said is None or film.exam is None or said.accession in self._reported:
                continue
            self._reported.add(said.accession)
            lines = report_text(present_in(film.exam))
            number = len(self._reported)
            self._send_report(said, lines, "F")
            if number % ADDENDUM_EVERY == 0:
                self._send_report(said, [*lines, ADDENDUM], "F")
            if number % CORRECTED_EVERY == 0:
                self._send_report(said, [CORRECTION, *lines], "C")

    def count(self) -> RisCount:
        """Count the messages of the day."""
        results, flags = len(self._hears.taken(RESULT)), len(self._hears.taken(FLAG))
        return RisCount(orders=self._orders, reports=self._reports, results=results, flags=flags)

    def close(self) -> None:
        """Hang up."""
        self._waits.set()
        if self._link is not None:
            self._link.close()

    def _order(self, film: Film) -> None:
        if film.exam is None:
            return
        header = pydicom.dcmread(film.files[0], stop_before_pixels=True, specific_tags=list(READ))
        priority, location = URGENT if film.exam.urgent else ROUTINE
        said = Requested(
            accession=str(header.AccessionNumber),
            patient_id=str(header.PatientID),
            name=str(header.PatientName),
            procedure=str(header.get("StudyDescription", "")) or str(header.Modality),
            modality=str(header.Modality),
            study_instance_uid=film.study_instance_uid,
            priority=priority,
            location=location,
        )
        self._requested[film.study_instance_uid] = said
        changes = film.exam.seed % CHANGED_EVERY == 0
        self._send_order(replace(said, priority="R", location="POLI") if changes else said, "NW")
        if changes:
            self._send_order(said, "XO")
        if film.exam.seed % CANCELLED_EVERY == 0:
            never = replace(said, accession=f"{said.accession}X", study_instance_uid="")
            self._send_order(never, "NW")
            self._send_order(never, "CA")

    def _send_order(self, said: Requested, control: str) -> None:
        self._orders += self._send(lambda at, number: order(said, control, at, number))

    def _send_report(self, said: Requested, lines: list[str], status: str) -> None:
        self._reports += self._send(lambda at, number: report(said, lines, status, at, number))

    def _send(self, write: Writer) -> bool:
        """Send a message over the one connection; returns whether it was taken."""
        with self._lock:
            self._sent += 1
            message = write(datetime.now(UTC), f"SIM{self._sent:06d}")
            for _ in range(TRIES):
                with contextlib.suppress(OSError):
                    self._link = self._link or RisLink(self._port)
                    return self._link.send(message) == "AA"
                self._link = None
                if self._waits.wait(SECONDS_BETWEEN_TRIES):
                    break
        return False


@contextlib.contextmanager
def at_work() -> Iterator[DemoRis]:
    """Run the RIS for the length of the block."""
    with SimulatedRis() as hears:
        ris = DemoRis(hears)
        try:
            yield ris
        finally:
            ris.close()
