"""What a simulated PACS keeps: a folder of DICOM files and an index of it in memory."""

import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom import Dataset, dcmread

from collega.model.ids import storage_key

# Attributes that a query can ask for; the unique keys of the study root come first (PS3.4 C.6.2.1).
INDEXED = (
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "SOPClassUID",
    "SpecificCharacterSet",
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "ReferringPhysicianName",
    "Modality",
    "SeriesNumber",
    "SeriesDescription",
    "BodyPartExamined",
    "InstanceNumber",
)
IDENTITY = INDEXED[:4]
UNFINISHED = ".part"
ALWAYS_THERE = float("-inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptObject:
    """One SOP instance on the shelf; ``kept_at`` is a reading of the shelf's clock, in seconds."""

    path: Path
    kept_at: float
    header: Dataset
    patient_id: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    modality: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands among others: study, series, instance."""
        return self.study_instance_uid, self.series_instance_uid, self.sop_instance_uid


def _described(path: Path, kept_at: float, header: Dataset) -> KeptObject:
    return KeptObject(
        path=path,
        kept_at=kept_at,
        header=header,
        patient_id=str(header.get("PatientID", "")),
        study_instance_uid=str(header.StudyInstanceUID),
        series_instance_uid=str(header.SeriesInstanceUID),
        sop_instance_uid=str(header.SOPInstanceUID),
        sop_class_uid=str(header.SOPClassUID),
        modality=str(header.get("Modality", "")),
    )


def header_of(file: Path | BinaryIO) -> Dataset:
    """Read the indexed attributes of a DICOM file.

    Raises
    ------
    ValueError
        If the object does not say which study, series, instance and class it is.
    """
    header = dcmread(file, stop_before_pixels=True, specific_tags=list(INDEXED))
    missing = [keyword for keyword in IDENTITY if not header.get(keyword)]
    if missing:
        message = f"the object lacks {', '.join(missing)}"
        raise ValueError(message)
    return header


def write_durably(path: Path, data: bytes) -> None:
    """Write ``data`` so that it and its directory entry survive a loss of power."""
    unfinished = path.with_suffix(UNFINISHED)
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Shelf:
    """Objects by SOP Instance UID, one file each; safe to use from several threads.

    Parameters
    ----------
    folder : Path
        Where the files are; made if absent, indexed if not empty.
    clock : callable
        Seconds of a clock that never runs back.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._objects: dict[str, KeptObject] = {}
        self._studies: dict[str, set[str]] = {}
        self._receipts: Counter[str] = Counter()
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob(f"*{UNFINISHED}"):
            unfinished.unlink()
        for path in sorted(folder.glob("*.dcm")):
            self._index(path, header_of(path), ALWAYS_THERE)

    def keep(self, data: bytes) -> KeptObject:
        """Keep a whole DICOM file, in the place of an earlier one with the same UID.

        Raises
        ------
        ValueError
            If the object does not say what it is.
        OSError
            If it cannot be written.
        """
        header = header_of(BytesIO(data))
        uid = str(header.SOPInstanceUID)
        path = self._folder / f"{storage_key(uid)}.dcm"
        with self._lock:
            write_durably(path, data)
            self._receipts[uid] += 1
            return self._index(path, header, self._clock())

    def objects(self, study_instance_uid: str = "") -> tuple[KeptObject, ...]:
        """All objects, or those of one study, by study, series and instance."""
        with self._lock:
            if study_instance_uid:
                kept = [self._objects[uid] for uid in self._studies.get(study_instance_uid, ())]
            else:
                kept = list(self._objects.values())
        return tuple(sorted(kept, key=lambda one: one.place))

    def get(self, sop_instance_uid: str) -> KeptObject | None:
        """Return the object with this UID, or nothing."""
        with self._lock:
            return self._objects.get(sop_instance_uid)

    def receipts(self, sop_instance_uid: str) -> int:
        """How many times the object was kept since this shelf was opened."""
        with self._lock:
            return self._receipts[sop_instance_uid]

    def _index(self, path: Path, header: Dataset, kept_at: float) -> KeptObject:
        one = _described(path, kept_at, header)
        earlier = self._objects.get(one.sop_instance_uid)
        if earlier is not None:
            self._studies[earlier.study_instance_uid].discard(one.sop_instance_uid)
        self._objects[one.sop_instance_uid] = one
        self._studies.setdefault(one.study_instance_uid, set()).add(one.sop_instance_uid)
        return one
