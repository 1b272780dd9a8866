"""Patient, study and instance, in the words of PS3.3 C.7."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

DAYS_PER_YEAR = 365.25
Attribute: TypeAlias = str | float | tuple[str, ...] | None


class StudyState(StrEnum):
    """Where a revision of a study stands before its apps."""

    RECEIVING = "receiving"
    COMPLETE = "complete"
    ROUTED = "routed"


class Role(StrEnum):
    """Why an object is kept: only images open a revision and reach an app."""

    IMAGE = "image"
    DERIVED = "derived"
    OWN = "own"


class Priority(StrEnum):
    """How soon the requester wants a study read, the most urgent first; unknown where nobody said."""

    STAT = "stat"
    HIGH = "high"
    ROUTINE = "routine"
    LOW = "low"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """Identity of a patient; (issuer, patient_id) names the person, the rest describes."""

    issuer: str
    patient_id: str
    name: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceHeader:
    """What collega reads of one received object.

    ``attributes`` holds the values that routing rules can name (see ``route.rules``);
    ``pixel_digest`` covers the Pixel Data element alone, ``header_digest`` all others. ``acquired_at`` is
    by the clock of the scanner.
    """

    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    study_instance_uid: str
    transfer_syntax_uid: str
    patient: Patient
    accession_number: str
    study_date: str
    study_time: str
    study_description: str
    study_at: datetime | None
    role: Role
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    pixel_digest: bytes = b""
    header_digest: bytes = b""
    notes: tuple[str, ...] = ()
    priority: Priority = Priority.UNKNOWN
    acquired_at: datetime | None = None

    @property
    def slices(self) -> int:
        """Images in the object: its frames where it holds several."""
        frames = self.attributes.get("frames")
        return int(frames) if isinstance(frames, float | int) and frames > 1 else 1

    def value(self, attribute: str) -> Attribute:
        """Give what a routing rule reads, by the name that it has there."""
        if attribute == "sop_class_uid":
            return self.sop_class_uid
        return self.transfer_syntax_uid if attribute == "transfer_syntax_uid" else self.attributes.get(attribute)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """A stored object: its header and where its bytes are, unless they were removed by rule."""

    header: InstanceHeader
    study_key: str
    revision: int
    path: str
    size: int
    received_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """A study as the store knows it. ``revision`` counts the times that images were added.

    ``priority`` is what counts, ``dicom_priority`` what the images say. ``came_as`` is the number under which it
    came, where that was merged into another.
    """

    key: str
    study_instance_uid: str
    patient: Patient
    accession_number: str
    study_date: str
    study_time: str
    description: str
    study_at: datetime | None
    revision: int
    state: StudyState
    last_received_at: datetime
    complete_at: datetime | None
    priority: Priority = Priority.UNKNOWN
    priority_source: str = ""
    dicom_priority: Priority = Priority.UNKNOWN
    came_as: Patient | None = None

    def age_years(self, images: Sequence[Instance]) -> float | None:
        """Age at the study, from birth and study date, else as the images say it (PS3.5 AS).

        None where neither is known.
        """
        said = next((str(item.header.attributes.get("patient_age") or "") for item in images), "")
        return age_years(self.patient.birth_date, self.study_date, said)


@lru_cache(maxsize=4096)  # a board asks of the same studies again and again
def age_years(birth_date: str, study_date: str, said: str) -> float | None:
    """Age at the study from both dates (PS3.5 DA), else as an image says it (PS3.5 AS)."""
    try:
        born = datetime.strptime(birth_date, "%Y%m%d").date()  # noqa: DTZ007 - dates only
        seen = datetime.strptime(study_date, "%Y%m%d").date()  # noqa: DTZ007 - dates only
    except ValueError:
        return _stated_age(said)
    return _calendar_age(born, seen) if born <= seen else _stated_age(said)


def _calendar_age(born: date, seen: date) -> float:
    """Years as people count them, rounded down: nobody is eighteen before that birthday."""
    years = seen.year - born.year - ((seen.month, seen.day) < (born.month, born.day))
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:  # born on 29 February
        birthday = date(born.year + years, 3, 1)
    return math.floor(100 * (years + (seen - birthday).days / 366)) / 100


def _stated_age(said: str) -> float | None:
    unit = {"Y": 1.0, "M": 1 / 12, "W": 7 / DAYS_PER_YEAR, "D": 1 / DAYS_PER_YEAR}.get(said[-1:])
    return round(int(said[:-1]) * unit, 2) if unit and said[:-1].isdecimal() else None
