"""What the simulated scanner of the demonstration sends: generated films, or those of a folder."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pydicom
from pydicom.errors import InvalidDicomError

from collega.bootstrap.trial import dicom_files
from collega.errors import InputError
from collega.formats.dicom_write import encode
from collega.testing.synthetic import chest_film

GENERATED_PER_MINUTE = 30
# Films of a folder go out faster than any department makes them, and no faster than two cores read them.
FOLDER_PER_MINUTE = 240
# A line that is held up by its own queue would tell nothing of how long one study takes.
MOST_UNDER_WAY = 8
OPACITY_EVERY = 3
READ = ("StudyInstanceUID", "SOPInstanceUID", "Rows")


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """One study as the scanner sends it, over one association."""

    study_instance_uid: str
    files: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """What is sent: ``films`` may be made one by one; ``count`` of them, one every ``interval_s``.

    ``most_under_way``: the scanner holds back while so many studies are not yet through; 0 sends on.
    """

    films: Iterator[Film]
    count: int
    interval_s: float
    skipped: int = 0
    most_under_way: int = 0
    generated: bool = False


def generated(folder: Path, minutes: float, zone: ZoneInfo) -> Programme:
    """Make films of nobody, a third of them with an opacity, other studies in every run."""
    count = max(1, round(minutes * GENERATED_PER_MINUTE))
    folder.mkdir(parents=True, exist_ok=True)
    run = datetime.now(zone).isoformat()
    films = (_generate(folder, seed, run, zone) for seed in range(1, count + 1))
    return Programme(films=films, count=count, interval_s=minutes * 60 / count, generated=True)


def of_folder(folder: Path, minutes: float | None) -> Programme:
    """Take the images at and below a folder, study by study; objects without pixels are left out.

    Raises
    ------
    InputError
        There is no image there.
    """
    studies, skipped = _by_study(dicom_files([folder]))
    if not studies:
        message = f"{folder}: no DICOM images there"
        raise InputError(message)
    films = (Film(study_instance_uid=uid, files=tuple(files)) for uid, files in studies.items())
    paced = minutes is not None
    return Programme(
        films=films,
        count=len(studies),
        interval_s=minutes * 60 / len(studies) if minutes is not None else 60 / FOLDER_PER_MINUTE,
        skipped=skipped,
        most_under_way=0 if paced else MOST_UNDER_WAY,
    )


def _generate(folder: Path, seed: int, run: str, zone: ZoneInfo) -> Film:
    dataset = chest_film(seed, opacity=seed % OPACITY_EVERY == 0, made_at=datetime.now(zone), run=run)
    path = folder / f"{seed:05d}.dcm"
    path.write_bytes(encode(dataset))
    return Film(study_instance_uid=str(dataset.StudyInstanceUID), files=(path,))


def _by_study(files: Sequence[Path]) -> tuple[Mapping[str, list[Path]], int]:
    """Group images by study, in the order of the files; count what is left out."""
    studies: dict[str, list[Path]] = {}
    skipped = 0
    for file in files:
        uid = _study_of(file)
        if uid:
            studies.setdefault(uid, []).append(file)
        else:
            skipped += 1
    return studies, skipped


def _study_of(file: Path) -> str:
    """Study of an image; empty for what is none."""
    try:
        header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(READ))
    except (InvalidDicomError, OSError, ValueError):
        return ""
    return str(header.StudyInstanceUID) if all(header.get(keyword) for keyword in READ) else ""
