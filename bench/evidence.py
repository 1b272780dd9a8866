"""From the last byte to the start of a job, and to a result in the PACS, where completeness is evident."""

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import emit, emit_missing, p95, p99
from bench.keeping import database
from bench.scanner import RefusedError
from bench.study import APP, moment, send, small
from tests.e2e.site import Site, site

TARGET_START_S = 0.05
LATE_S, MOST_LATE, BETWEEN_S = 5.0, 3, 0.1
WARM_UP = 3
ANY_AGE = {"COLLEGA_ROUTE__MAX_STUDY_AGE_DAYS": "0"}


@dataclass(frozen=True, kw_only=True)
class Way:
    """How collega learns that a study is complete."""

    name: str
    told: bool
    settings: dict[str, str]
    is_judged: bool


# The first needs no evidence: it shows what the line itself takes, and that the measurement works.
WAYS = (
    Way(
        name="quiet time 0, no evidence",
        told=False,
        settings={"COLLEGA_RECEIVE__QUIET_VOLUME_S": "0"},
        is_judged=False,
    ),
    Way(name="procedure step completed", told=True, settings={}, is_judged=True),
)


@dataclass(frozen=True, kw_only=True)
class Start:
    """Seconds until the job started (None: not in time), and what the study was complete by."""

    seconds: float | None
    evidence: str


def measure(folder: Path, runs: int, studies: int) -> None:
    """Tell the median over the runs of each run's 99th percentile."""
    for way in WAYS:
        name, count = f"last byte to job start: {way.name}", runs if way.is_judged else 1
        try:
            told = [_run(folder / f"{way.told}-{number}", way, studies) for number in range(count)]
        except RefusedError as error:
            emit_missing(name, "s", f"collega takes no procedure steps: {error}")
            continue
        _tell(name, way, told)


def _run(folder: Path, way: Way, studies: int) -> list[Start]:
    with working(folder, way, pacs=None) as collega, database(collega.data) as connection:
        starts: list[Start] = []
        for seed in range(1, studies + WARM_UP + 1):
            images = small(seed, folder.name)
            uid = str(images[0].StudyInstanceUID)
            last_byte = send(collega.dicom_port, images, told=way.told)
            started = moment(connection, uid, "started", seconds=LATE_S)
            complete = moment(connection, uid, "complete", seconds=0.1)
            by = "" if complete is None else said(complete[1])
            starts.append(Start(seconds=None if started is None else started[0] - last_byte, evidence=by))
            if sum(start.seconds is None for start in starts) >= MOST_LATE:
                break
            moment(connection, uid, "normalised", seconds=LATE_S)
            time.sleep(BETWEEN_S)
    return starts[WARM_UP:] or starts


@contextmanager
def working(folder: Path, way: Way, *, pacs: tuple[str, int] | None) -> Iterator[Site]:
    """Run a whole site with the app that does nothing."""
    with site(folder, pacs=pacs, apps=[APP], settings={**ANY_AGE, **way.settings}) as one:
        one.start()
        time.sleep(1.0)
        yield one


def said(payload: object) -> str:
    """Tell what a study was complete by."""
    evidence = payload.get("evidence") if isinstance(payload, dict) else None
    return evidence if isinstance(evidence, str) else json.dumps(evidence)


def _tell(name: str, way: Way, runs: Sequence[Sequence[Start]]) -> None:
    seconds = [[start.seconds for start in run if start.seconds is not None] for run in runs]
    seconds = [run for run in seconds if run]
    if not seconds:
        emit_missing(name, "s", f"no job started within {LATE_S:g} s of the last byte")
        return
    high = [p99(run) for run in seconds]
    emit(
        name,
        "s",
        statistics.median(high),
        n=len(high),
        target=TARGET_START_S if way.is_judged else None,
        least=min(high),
        most=max(high),
        studies=[len(run) for run in runs],
        late=sum(start.seconds is None for run in runs for start in run),
        middle=statistics.median(statistics.median(run) for run in seconds),
        run_p95=statistics.median(map(p95, seconds)),
        evidence=dict(Counter(start.evidence for run in runs for start in run)),
    )
