"""Which measurements there are, and in which order they run."""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import (
    audit,
    board,
    deid,
    delivery,
    dicomweb,
    evidence,
    fhir,
    floor,
    ingest,
    labels,
    memory,
    messages,
    numerics,
    open_board,
    overhead,
    overhead_dicom,
    overhead_http,
    quick_view,
    reading_queue,
    single,
    start,
    surveys,
    timeline,
    value,
    visible,
    whole,
)
from bench.figures import machine
from bench.material import Apps, Material, apps_to_use, films


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured.

    Attributes
    ----------
    films, singles, starts : int
        Films in one go, films one at a time, starts.
    slices, pairs : int
        Slices that each server takes, and pairs of runs with each competitor.
    runs, studies : int
        Runs of so many studies each, from the last byte to the start of a job.
    visibles, pours, poured : int
        Studies whose results are looked for in the PACS, in each round; rounds with slices pouring in, and slices
        over each of four associations in a round.
    small : int
        Small objects for the receiver's memory.
    attempts : int
        Attempts in each runtime.
    delivered : int
        Results that go to the PACS by each way.
    messages : int
        HL7 messages of each of ten senders.
    searched, given, gives : int
        Studies that are searched over DICOMweb; slices of the study that is given, and pairs of runs.
    logged, long : int
        Audit lines that are written one by one, and lines of the record that is checked.
    deidentified : int
        Slices that are de-identified.
    labelled : int
        Reports of each language that are labelled.
    opened : int
        Times that the study that is given is opened in the quick view.
    scores, repeats : int
        Scores of one area, and how often each figure of statistics is made.
    phones : int
        Phones that answer a survey at one time.
    patients, weeks : int
        Patients of a simulated reading list, and weeks of a simulated department.
    """

    films: int
    singles: int
    starts: int
    slices: int
    pairs: int
    runs: int
    studies: int
    visibles: int
    pours: int
    poured: int
    small: int
    attempts: int
    delivered: int
    messages: int
    searched: int
    given: int
    gives: int
    logged: int
    long: int
    deidentified: int
    labelled: int
    opened: int
    scores: int
    repeats: int
    phones: int
    patients: int
    weeks: int


FULL = Size(
    films=590, singles=60, starts=5, slices=2000, pairs=5, runs=5, studies=500, visibles=60, pours=3, poured=2000,
    small=20_000, attempts=100, delivered=100, messages=2000, searched=200_000, given=500, gives=7, logged=1000,
    long=1_000_000, deidentified=1000, labelled=2000, opened=15, scores=1_000_000, repeats=7, phones=500,
    patients=4_000_000, weeks=1000,
)  # fmt: skip
QUICK = Size(
    films=40, singles=10, starts=2, slices=200, pairs=2, runs=1, studies=40, visibles=10, pours=1, poured=400,
    small=1000, attempts=20, delivered=20, messages=200, searched=20_000, given=100, gives=3, logged=200,
    long=20_000, deidentified=100, labelled=200, opened=5, scores=100_000, repeats=3, phones=60,
    patients=400_000, weeks=100,
)  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Run what is asked for and print each figure as soon as it is known."""
    parser = argparse.ArgumentParser(description="Measure collega on this machine; see bench/README.md.")
    parser.add_argument("--quick", action="store_true", help="a short run: a tenth of everything, or less")
    parser.add_argument("--only", choices=PARTS, action="append", help="these parts alone")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="collega-bench-") as name:
        measure(Path(name), QUICK if asked.quick else FULL, asked.only or tuple(PARTS))


def measure(folder: Path, size: Size, parts: Sequence[str]) -> None:
    """Measure the named parts, with all files below ``folder``."""
    folder.chmod(0o755)  # the database's own account passes through it
    material = films(folder / "films", size.films)
    apps = apps_to_use()
    machine(films=material.source, apps=apps.ids)
    for part in PARTS:
        if part in parts:
            PARTS[part](folder / part, material, apps, size)


def _whole(folder: Path, material: Material, apps: Apps, _size: Size) -> None:
    before = floor.films_alone(folder / "floor-1", material)
    results = whole.measure(folder / "line", material, apps)
    after = floor.films_alone(folder / "floor-2", material)
    floor.compare(folder / "floor-3", material, results, [before, after])


def _single(folder: Path, material: Material, apps: Apps, size: Size) -> None:
    single.measure(folder, material, apps, size.singles)


def _dicomweb(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    dicomweb.measure(folder, size.searched, size.given, size.gives)


def _start(folder: Path, _material: Material, apps: Apps, size: Size) -> None:
    start.measure(folder, apps, size.starts)


def _board(folder: Path, _material: Material, apps: Apps, _size: Size) -> None:
    board.measure(folder, apps)
    open_board.measure(folder / "open")


def _quick_view(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    quick_view.measure(folder, size.given, size.opened)


def _fhir(folder: Path, _material: Material, apps: Apps, _size: Size) -> None:
    fhir.measure(folder, apps)


def _timeline(folder: Path, _material: Material, apps: Apps, _size: Size) -> None:
    timeline.measure(folder, apps)


def _ingest(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    ingest.measure(folder, size.slices, size.pairs)


def _evidence(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    evidence.measure(folder / "start", size.runs, size.studies)
    visible.measure(folder / "visible", size.visibles, size.pours, size.poured)


def _memory(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    memory.measure(folder, size.small)


def _runtimes(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    overhead.measure(folder, size.attempts)
    overhead_http.measure(size.attempts)
    overhead_dicom.measure(folder / "dicom", size.attempts)


def _messages(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    messages.measure(folder, size.messages)


def _delivery(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    delivery.measure(folder, size.delivered)


def _audit(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    audit.measure(folder, size.logged, size.long)


def _labels(_folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    labels.measure(size.labelled)


def _deid(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    deid.measure(folder, size.deidentified)


def _statistics(_folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    numerics.measure(size.scores, size.repeats)


def _value(_folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    value.measure(size.repeats)


def _surveys(folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    surveys.measure(folder, size.phones)


def _queue(_folder: Path, _material: Material, _apps: Apps, size: Size) -> None:
    reading_queue.measure(size.patients, size.weeks, size.repeats)


PARTS: Mapping[str, Callable[[Path, Material, Apps, Size], None]] = {
    "whole": _whole,
    "single": _single,
    "start": _start,
    "board": _board,
    "quick-view": _quick_view,
    "fhir": _fhir,
    "dicomweb": _dicomweb,
    "timeline": _timeline,
    "ingest": _ingest,
    "evidence": _evidence,
    "memory": _memory,
    "runtimes": _runtimes,
    "delivery": _delivery,
    "messages": _messages,
    "audit": _audit,
    "deid": _deid,
    "labels": _labels,
    "queue": _queue,
    "statistics": _statistics,
    "value": _value,
    "surveys": _surveys,
}
