"""What a simulated scanner of the demonstration sends: the films of a folder, study by study."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from collega.bootstrap.apps.trial import dicom_files
from collega.bootstrap.demo.day import Exam
from collega.errors import InputError

SCANNER = "SIMSCANNER"
# Films of a folder go out faster than any department makes them, and no faster than two cores read them.
FOLDER_PER_MINUTE = 240
# A line that is held up by its own queue would tell nothing of how long one study takes.
MOST_UNDER_WAY = 8
READ = ("StudyInstanceUID", "SOPInstanceUID", "Rows")


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """One study as a scanner sends it, over one association, so many seconds after the begin.

    ``exam`` is what was planned; None for a study of a folder.
    """

    study_instance_uid: str
    files: tuple[Path, ...]
    due_s: float
    exam: Exam | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """What one scanner sends: ``films`` may be made one by one; ``count`` of them, in the order of their time.

    ``most_under_way``: the scanner holds back while so many studies are not yet through; 0 sends on.
    """

    scanner: str
    films: Iterator[Film]
    count: int
    skipped: int = 0
    most_under_way: int = 0


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
    interval_s = minutes * 60 / len(studies) if minutes is not None else 60 / FOLDER_PER_MINUTE
    films = (
        Film(study_instance_uid=uid, files=tuple(files), due_s=number * interval_s)
        for number, (uid, files) in enumerate(studies.items())
    )
    return Programme(
        scanner=SCANNER,
        films=films,
        count=len(studies),
        skipped=skipped,
        most_under_way=0 if minutes is not None else MOST_UNDER_WAY,
    )


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
