"""Studies of nobody for the simulated day: made when their time comes, other ones in every run."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from collega.bootstrap.demo.day import DIFFICULT_HOUR, Exam, Kind
from collega.bootstrap.demo.films import SCANNER, Film, Programme
from collega.formats.dicom_write import encode
from collega.model.app import Manifest
from collega.testing.head_bleeds import Bleed
from collega.testing.head_ct import head_ct
from collega.testing.synthetic import chest_film

SCANNERS = {Kind.FILM: SCANNER, Kind.HEAD_CT: "SIMCT"}
MODALITIES = {Kind.FILM: ("CR", "CHEST"), Kind.HEAD_CT: ("CT", "HEAD")}
BLEED_ML = 12.0
# A head in thick slices and few pixels: two scanners, collega and a PACS share the cores of one machine.
SLICES, SIZE = 28, 256
# Some films are made at the bedside, and all of the difficult hour: the app that fails then looks at no others.
BEDSIDE, BEDSIDE_EVERY = "Thorax bed", 6
FIRST_HEAD = 500_000  # seeds are patients: a head CT is of somebody else than a film


def looked_at(apps: Iterable[Manifest]) -> frozenset[Kind]:
    """Kinds of study that an app accepts; where there is none for either, films are sent for all to see it."""
    accepted = [manifest.accepts for manifest in apps]
    kinds = {
        kind
        for kind, (modality, part) in MODALITIES.items()
        for rules in accepted
        if modality in rules["modality"] and part in rules.get("body_part", [part])
    }
    return frozenset(kinds or {Kind.FILM})


def programmes(plan: Sequence[Exam], folder: Path, run: str) -> tuple[Programme, ...]:
    """Share the planned exams out to the scanners."""
    folder.mkdir(parents=True, exist_ok=True)
    shares = {kind: [exam for exam in plan if exam.kind is kind] for kind in SCANNERS}
    return tuple(
        Programme(scanner=SCANNERS[kind], films=(_make(exam, folder, run) for exam in exams), count=len(exams))
        for kind, exams in shares.items()
        if exams
    )


def _make(exam: Exam, folder: Path, run: str) -> Film:
    images = _images(exam, run)
    files = []
    for number, image in enumerate(images, start=1):
        if exam.urgent:
            image.RequestedProcedurePriority = "STAT"
        files.append(folder / f"{exam.kind}-{exam.seed:05d}-{number:03d}.dcm")
        files[-1].write_bytes(encode(image))
    uid = str(images[0].StudyInstanceUID)
    return Film(study_instance_uid=uid, files=tuple(files), due_s=exam.due_s, exam=exam)


def _images(exam: Exam, run: str) -> Sequence[Dataset]:
    if exam.kind is Kind.FILM:
        film = chest_film(exam.seed, opacity=exam.positive, made_at=exam.at, run=run)
        if exam.seed % BEDSIDE_EVERY == 0 or exam.at.hour == DIFFICULT_HOUR:
            film.SeriesDescription, film.ViewPosition = BEDSIDE, "AP"
        return [film]
    lesions = [Bleed(volume_ml=BLEED_ML)] if exam.positive else []
    return head_ct(FIRST_HEAD + exam.seed, lesions=lesions, slices=SLICES, size=SIZE, made_at=exam.at, run=run)
