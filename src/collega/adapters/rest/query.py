"""Asking a PACS what it has by QIDO-RS, and getting it by WADO-RS: PS3.18 10.6, 10.4."""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset

from collega.adapters.rest.ask import every
from collega.adapters.rest.dicomweb import UID, WebPriors
from collega.adapters.rest.line import WebLine, WebServer
from collega.errors import PeerError
from collega.formats.dicom_found import SERIES_KEYS, STUDY_KEYS, SUMS, counted, found_series, found_study, of_images
from collega.model.coverage import Moved, PacsCount, PacsSeries, PacsStudy
from collega.model.inputs import Why

STALE_SECONDS = 24 * 3600
# Hands files to our own receiver; gives for each what is wrong with it, empty where nothing is.
HandOver: TypeAlias = Callable[[Sequence[Path]], Sequence[str]]


class WebReader:
    """Asks one PACS; see `collega.ports.peers.PacsQuery`. Every call blocks.

    Parameters
    ----------
    server : WebServer
    zone : ZoneInfo
        Zone of the PACS's times.
    getter : WebPriors
        Gets objects from the same server.
    scratch : Path
        Folder for what is fetched, until it is handed over.
    hand_over : callable
        Nobody can have such a PACS send: we get a study, and hand it to our receiver as any sender would.
    """

    def __init__(
        self, server: WebServer, zone: ZoneInfo, getter: WebPriors, scratch: Path, hand_over: HandOver
    ) -> None:
        self._server = server
        self._zone = zone
        self._getter = getter
        self._scratch = scratch
        self._hand_over = hand_over

    def studies(self, first: date, last: date) -> Sequence[PacsStudy]:
        """List the studies of some days, both included; each day is a question of its own."""
        found: dict[str, PacsStudy] = {}
        with self._server.line() as line:
            for number in range((last - first).days + 1):
                day = f"{first + timedelta(days=number):%Y%m%d}"
                query: dict[str, str | list[str]] = {"StudyDate": day, "includefield": ["StudyDate", *STUDY_KEYS]}
                for answer in every(line, "studies", query, "StudyInstanceUID"):
                    study = found_study(answer, self._zone)
                    # A PACS that ignores the date answers with everything it has.
                    if study.study_date == day:
                        found[study.study_instance_uid] = study
        return list(found.values())

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series with images of studies."""
        found: dict[str, Sequence[PacsSeries]] = {}
        with self._server.line() as line:
            for uid in filter(UID.fullmatch, study_instance_uids):
                if told := found_series(_series(line, uid), uid):
                    found[uid] = of_images(told)
        return found

    def counts(self, study_instance_uids: Sequence[str]) -> Mapping[str, PacsCount]:
        """Count the objects of studies."""
        found: dict[str, PacsCount] = {}
        with self._server.line() as line:
            for uid in filter(UID.fullmatch, study_instance_uids):
                query: dict[str, str | list[str]] = {"StudyInstanceUID": uid, "includefield": list(SUMS)}
                told = found_series(_series(line, uid), uid)
                studies = every(line, "studies", query, "StudyInstanceUID")
                if told:
                    found[uid] = counted(told, studies, uid)
        return found

    def move(self, study_instance_uid: str, destination: str) -> Moved:
        """Get a study, and hand it to our receiver; ``destination`` is the AE title of that."""
        series = [one.series_instance_uid for one in self.series([study_instance_uid]).get(study_instance_uid, ())]
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._scratch.iterdir():
            # Of a fetch that ended with its machine.
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            brought = self._getter.bring(study_instance_uid, series, Path(folder))
            if brought.problem:
                too_large = brought.problem == Why.TOO_LARGE
                problem = "it is larger than inputs.most_mb or inputs.most_images" if too_large else brought.problem
                return Moved(completed=0, failed=0, problem=problem)
            try:
                problems = [why for why in self._hand_over([Path(folder) / name for name, _ in brought.files]) if why]
            except PeerError as error:
                problems = [f"{destination}: {error}"] * len(brought.files)
        failed = len(problems)
        return Moved(completed=len(brought.files) - failed, failed=failed, problem=next(iter(problems), ""))


def _series(line: WebLine, study_instance_uid: str) -> list[Dataset]:
    query: dict[str, str | list[str]] = {"includefield": list(SERIES_KEYS)}
    return every(line, f"studies/{study_instance_uid}/series", query, "SeriesInstanceUID")
