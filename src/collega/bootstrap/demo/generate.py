"""Studies of nobody for the simulated day: made when their time comes, other ones in every run."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from pydicom.dataset import Dataset

from collega.bootstrap.demo.day import DIFFICULT_HOUR, Exam, Kind
from collega.bootstrap.demo.films import SCANNER, Film, Programme
from collega.formats.dicom_write import encode
from collega.model.app import Manifest
from collega.testing.head_bleeds import Bleed
from collega.testing.head_ct import head_ct
from collega.testing.mammogram import mammogram
from collega.testing.simulated_vendor import note_truth
from collega.testing.synthetic import chest_film, ct_series

SCANNERS: Mapping[Kind, str] = {
    Kind.FILM: SCANNER,
    Kind.HEAD_CT: "SIMCT",
    Kind.NECK_CT: "SIMCT",
    Kind.CHEST_CT: "SIMCT2",
    Kind.MAMMOGRAM: "SIMMG",
    Kind.HEART_CT: "SIMCT2",
    Kind.BODY_CT: "SIMCT2",
}
MODALITIES: Mapping[Kind, tuple[str, str]] = {
    Kind.FILM: ("CR", "CHEST"),
    Kind.HEAD_CT: ("CT", "HEAD"),
    Kind.NECK_CT: ("CT", "CSPINE"),
    Kind.CHEST_CT: ("CT", "CHEST"),
    Kind.MAMMOGRAM: ("MG", "BREAST"),
    Kind.HEART_CT: ("CT", "HEART"),
    Kind.BODY_CT: ("CT", "WHOLEBODY"),
}
# What study and series of a CT are called that is drawn for simulators alone: all of them draw the same chest.
CALLED: Mapping[Kind, tuple[str, str]] = {
    Kind.NECK_CT: ("CT CWK", "CWK 1 mm"),
    Kind.CHEST_CT: ("CT thorax met contrast", "Thorax 5 mm"),
    Kind.HEART_CT: ("CT coronairen", "Hart 0,6 mm"),
    Kind.BODY_CT: ("CT hele lichaam, skelet", "Skelet 3 mm"),
}
# What simulators are told to be there in a positive study: the findings of each, in turn.
PRESENT: Mapping[Kind, Sequence[tuple[str, ...]]] = {
    Kind.FILM: (("consolidation", "pneumonia-like-opacity"), ("solitary-nodule",), ("pleural-effusion",)),
    Kind.HEAD_CT: (("haemorrhage",),),
    Kind.NECK_CT: (("cervical-fracture",),),
    Kind.CHEST_CT: (("embolism",), ("nodule",), ("diffuse-disease", "nodule")),
    Kind.MAMMOGRAM: (("malignancy",),),
    Kind.HEART_CT: (("stenosis",),),
    Kind.BODY_CT: (("bone-lesion",),),
}
BLEED_ML = 12.0
# A head in thick slices and few pixels: two scanners, collega and a PACS share the cores of one machine.
SLICES, SIZE = 28, 256
# Some films are made at the bedside, and all of the difficult hour: the app that fails then looks at no others.
BEDSIDE, BEDSIDE_EVERY = "Thorax bed", 6
# Seeds are patients: a head CT is of somebody else than a film.
FIRST_SEED: Mapping[Kind, int] = {kind: 100_000 * number for number, kind in enumerate(Kind)}
SMALL_SLICES, SMALL_SIZE = 10, 64


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


def programmes(plan: Sequence[Exam], folder: Path, run: str, records: Sequence[Path] = ()) -> tuple[Programme, ...]:
    """Share the planned exams out to the scanners; ``records``: files in which simulators look up the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    shares = {scanner: [exam for exam in plan if SCANNERS[exam.kind] == scanner] for scanner in SCANNERS.values()}
    return tuple(
        Programme(scanner=scanner, films=(_make(exam, folder, run, records) for exam in exams), count=len(exams))
        for scanner, exams in shares.items()
        if exams
    )


def _make(exam: Exam, folder: Path, run: str, records: Sequence[Path]) -> Film:
    images = _images(exam, run)
    uid, accession = str(images[0].StudyInstanceUID), str(images[0].AccessionNumber)
    for record in records:
        note_truth(record, uid, accession, present_in(exam))
    files = []
    for number, image in enumerate(images, start=1):
        if exam.urgent:
            image.RequestedProcedurePriority = "STAT"
        files.append(folder / f"{exam.kind}-{exam.seed:05d}-{number:03d}.dcm")
        files[-1].write_bytes(encode(image))
    return Film(study_instance_uid=uid, files=tuple(files), due_s=exam.due_s, exam=exam)


def present_in(exam: Exam) -> tuple[str, ...]:
    """Tell what is really there in a planned study, by the ids of findings."""
    variants = PRESENT[exam.kind]
    return variants[exam.seed // 2 % len(variants)] if exam.positive else ()


def is_bedside(exam: Exam) -> bool:
    """Tell whether a film is made at the bedside."""
    return exam.seed % BEDSIDE_EVERY == 0 or exam.at.hour == DIFFICULT_HOUR


def _images(exam: Exam, run: str) -> Sequence[Dataset]:
    seed = FIRST_SEED[exam.kind] + exam.seed
    if exam.kind is Kind.FILM:
        film = chest_film(seed, opacity=exam.positive, made_at=exam.at, run=run)
        if is_bedside(exam):
            film.SeriesDescription, film.ViewPosition = BEDSIDE, "AP"
        return [film]
    if exam.kind is Kind.HEAD_CT:
        lesions = [Bleed(volume_ml=BLEED_ML)] if exam.positive else []
        return head_ct(seed, lesions=lesions, slices=SLICES, size=SIZE, made_at=exam.at, run=run)
    if exam.kind is Kind.MAMMOGRAM:
        return mammogram(seed, made_at=exam.at, run=run)
    return small_ct(exam, run)


def small_ct(exam: Exam, run: str, before: timedelta = timedelta()) -> Sequence[Dataset]:
    """Draw a CT for simulators alone; so long ``before`` its exam where it is a prior of that."""
    seed = FIRST_SEED[exam.kind] + exam.seed
    series = ct_series(seed, slices=SMALL_SLICES, size=SMALL_SIZE, made_at=exam.at - before, run=run)
    for image in series:
        image.StudyDescription, image.SeriesDescription = CALLED[exam.kind]
        image.BodyPartExamined = MODALITIES[exam.kind][1]
    return series
