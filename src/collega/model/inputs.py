"""What an app asks for besides the images of a study, what came of it, and why the rest did not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from collega.model.code import Code, Text
from collega.model.study import InstanceHeader, Patient

T = TypeVar("T")
# For so long after it was asked for, what comes of an earlier study is taken for the answer.
MARK_LASTS = timedelta(days=1)


class Why(StrEnum):
    """Why an input is not there."""

    NOT_CONNECTED = "not-connected"
    NO_NUMBER = "no-number"
    OTHER_ISSUER = "other-issuer"
    NO_ANSWER = "no-answer"
    UNKNOWN_PATIENT = "unknown-patient"
    OTHER_PATIENT = "other-patient"
    NONE = "none"
    NOT_FINAL = "not-final"
    UNIT = "unit"
    UNREADABLE = "unreadable"
    BODY_PART = "body-part"
    TOO_LARGE = "too-large"
    NOT_SENT = "not-sent"
    NOT_ARRIVED = "not-arrived"
    ON_ITS_WAY = "on-its-way"
    REMOVED = "removed"
    NOT_TAKEN = "not-taken"
    NOT_OUTSIDE = "not-outside"


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorsWanted:
    """Earlier studies of the same patient: at most so many, the newest first."""

    most: int
    within_months: float
    modalities: tuple[str, ...]
    same_body_part: bool = False
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportsWanted:
    """Earlier reports of imaging: at most so many, the newest first."""

    most: int
    within_months: float
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueWanted:
    """The newest valid value of an analyte: any of ``codes``, in the UCUM unit ``unit``."""

    id: str
    name: Text
    codes: tuple[Code, ...]
    within_days: float
    unit: str
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneticsWanted:
    """Results of a genetic test under any of ``codes``; of one gene where ``gene`` names it (HGNC symbol)."""

    id: str
    name: Text
    codes: tuple[Code, ...]
    gene: str = ""
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class InputSpec:
    """Everything that an app asks for besides the images of the study."""

    priors: PriorsWanted | None = None
    reports: ReportsWanted | None = None
    laboratory: tuple[ValueWanted, ...] = ()
    genetics: tuple[GeneticsWanted, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class JobInput:
    """One input of one job: what is given to the app (in the words of ``study.json``), what is missing and why.

    ``text`` is what a clinician reads of ``why``; ``detail`` is for those who look after the site.
    Some of several things that were asked for may have come: then both ``answer`` and ``why`` are set.
    """

    name: str
    required: bool
    asked_at: datetime
    answer: tuple[Mapping[str, Any], ...] = ()
    why: Why | None = None
    text: Text | None = None
    detail: str = ""

    @property
    def forbids(self) -> bool:
        """Whether the app cannot do without it, and it is not there."""
        return self.required and not self.answer


def images_of_priors(gathered: Iterable[JobInput]) -> frozenset[str]:
    """SOP Instance UIDs of the images of earlier studies that were gathered."""
    return frozenset(
        image["sop_instance_uid"] for item in gathered for one in item.answer for image in one.get("images", ())
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Told(Generic[T]):
    """What a system answered: things, or nothing and why."""

    items: tuple[T, ...] = ()
    why: Why | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """One result of a laboratory: a number with its unit, or words.

    ``comparator`` is set where only a bound is known, such as ``<`` (FHIR R4 QuantityComparator);
    ``parts`` are its components, each a code and what it holds.
    """

    code: Code
    at: datetime
    status: str
    value: float | None = None
    unit: str = ""
    comparator: str = ""
    words: str = ""
    parts: tuple[tuple[Code, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """One report."""

    at: datetime
    status: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorStudy:
    """A study that an archive names for a patient."""

    study_instance_uid: str
    patient: Patient
    study_date: str
    study_at: datetime | None
    description: str
    modalities: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """How it went to have a study brought; ``problem`` is empty where nothing is wrong.

    Objects that come to our own receiver are ``expected``, others are ``files``, each with its name in the folder
    and what it says of itself.
    """

    expected: int = 0
    files: tuple[tuple[str, InstanceHeader], ...] = ()
    problem: str = ""


def is_same_person(asked: Patient, found: Patient) -> bool:
    """Tell whether two descriptions can be of one person.

    The number must be the same; issuer and birth date must not contradict each other where both are stated.
    """
    pairs = ((asked.issuer, found.issuer), (asked.birth_date, found.birth_date))
    agrees = all(not one or not other or one == other for one, other in pairs)
    return bool(asked.patient_id) and asked.patient_id == found.patient_id and agrees
