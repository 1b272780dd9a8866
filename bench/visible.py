"""From the last byte to a result that can be seen in the PACS, idle and while CT slices pour in."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bench.evidence import WAYS, Way, working
from bench.figures import emit_all, emit_missing
from bench.inspect_pacs import PAGE, wait_for_series
from bench.keeping import database
from bench.pour import Pour, pouring
from bench.scanner import RefusedError
from bench.single import is_over
from bench.study import POLL_SECONDS, send, small
from tests.e2e.peers import Orthanc, orthanc
from tests.e2e.site import Site, wait_for

TARGET_IDLE_S, TARGET_POURED_S = 0.4, 1.5
WARM_UP = 2
LATE_S = 30.0


def measure(folder: Path, studies: int, rounds: int, each: int) -> None:
    """Measure ``studies`` idle; then while ``each`` slices come over each of four associations, ``rounds`` times."""
    for way in WAYS:
        for is_poured, words, target in ((False, "idle", TARGET_IDLE_S), (True, "slices pouring in", TARGET_POURED_S)):
            name = f"last byte to visible: {way.name}, {words}"
            seconds: list[float] = []
            rates: list[float] = []
            try:
                for number in range(rounds if is_poured else 1):
                    where = folder / f"{way.told}-{is_poured}-{number}"
                    seconds += _round(where, way, studies, each if is_poured else 0, rates)
                    shutil.rmtree(where)
            except (RefusedError, TimeoutError) as error:
                emit_missing(name, "s", str(error), measured=len(seconds))
                continue
            more = {"slices_per_s": rates} if is_poured else {}
            emit_all(name, "s", seconds, target=target if way.is_judged else None, **more)


def _round(folder: Path, way: Way, studies: int, each: int, rates: list[float]) -> list[float]:
    """Measure one site; notes how many slices a second came meanwhile."""
    with (
        orthanc(folder / "orthanc") as pacs,
        working(folder / "site", way, pacs=(pacs.aet, pacs.dicom_port)) as collega,
    ):
        for seed in range(1, WARM_UP + 1):
            _one(collega, pacs, way, seed)
        with _pour(folder / "source", collega, each, rates) as pour:
            seconds: list[float] = []
            while len(seconds) < studies and (pour is None or pour.goes_on()):
                seconds.append(_one(collega, pacs, way, WARM_UP + 1 + len(seconds)))
    return seconds


@contextlib.contextmanager
def _pour(folder: Path, collega: Site, each: int, rates: list[float]) -> Iterator[Pour | None]:
    if not each:
        yield None
        return
    before, begin = _slices(collega), time.monotonic()
    with pouring(folder, collega.dicom_port, each) as pour:
        time.sleep(1.0)
        yield pour
        rates.append((_slices(collega) - before) / (time.monotonic() - begin))


def _slices(collega: Site) -> int:
    with database(collega.data) as connection:
        row = connection.execute("SELECT count(*) FROM instance WHERE size > 100000").fetchone()
    return int(row[0]) if row else 0


def _one(collega: Site, pacs: Orthanc, way: Way, seed: int) -> float:
    images = small(seed, "visible")
    study = str(images[0].StudyInstanceUID)
    last_byte = send(collega.dicom_port, images, told=way.told)
    seen = wait_for_series(pacs, study, [PAGE], step_s=POLL_SECONDS, seconds=LATE_S)
    wait_for(lambda: is_over(collega.account(study)), "the study is confirmed", LATE_S)
    time.sleep(0.1)
    return seen - last_byte
