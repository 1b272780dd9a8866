"""What other systems of the demonstration know of its patients: a simulated laboratory, earlier studies in the PACS.

Some of it is missing on purpose, and another part each time: an app says what it did without.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from pydicom.dataset import Dataset

from collega.bootstrap.demo.day import Exam, Kind
from collega.bootstrap.demo.generate import FIRST_SEED, small_ct
from collega.formats.dicom_write import encode
from collega.testing.fhir_server import Resource, observation, person
from collega.testing.pacs_shelf import Shelf

SYSTEM = "urn:collega:demonstration:patients"
# Whose records are asked for: only an app that looks at these asks for any.
ASKED_ABOUT = Kind.BODY_CT
PRIOR_BEFORE, TAKEN_BEFORE = timedelta(days=200), timedelta(days=6)


class Lack(StrEnum):
    """What is missing of a patient."""

    PRIOR = "prior"
    HAEMOGLOBIN = "haemoglobin"
    CREATININE_FINAL = "creatinine-final"
    CALCIUM_UNIT = "calcium-unit"


# By turns; the shortest day has one such patient, of whom something is there and something is not.
LACKS: Sequence[frozenset[Lack]] = (
    frozenset({Lack.HAEMOGLOBIN}),
    frozenset({Lack.PRIOR, Lack.CREATININE_FINAL}),
    frozenset(),
    frozenset({Lack.CALCIUM_UNIT}),
)


def lacks(exam: Exam) -> frozenset[Lack]:
    """Tell what is missing of the patient of an exam."""
    return LACKS[(exam.seed - 1) % len(LACKS)]


def resources(plan: Sequence[Exam]) -> Iterator[Resource]:
    """Make what the simulated server of records holds; values of mass, as many laboratories give them."""
    for exam in plan:
        if exam.kind is ASKED_ABOUT:
            yield from _of_patient(exam, small_ct(exam, "")[0])


def _of_patient(exam: Exam, image: Dataset) -> Iterator[Resource]:
    number, born = str(image.PatientID), str(image.PatientBirthDate)
    lacking = lacks(exam)
    at = (exam.at - TAKEN_BEFORE).isoformat(timespec="seconds")
    unit = "arb'U/mL" if Lack.CALCIUM_UNIT in lacking else "mg/dL"
    status = "preliminary" if Lack.CREATININE_FINAL in lacking else "final"
    yield person(number, number, system=SYSTEM, born=f"{born[:4]}-{born[4:6]}-{born[6:]}")
    yield observation(number, "17861-6", 11.4 if exam.positive else 9.3, unit, at)
    yield observation(number, "2160-0", 2.3 if exam.positive else 0.9, "mg/dL", at, status=status)
    if Lack.HAEMOGLOBIN not in lacking:
        yield observation(number, "718-7", 9.1 if exam.positive else 14.2, "g/dL", at)


def keep_priors(plan: Sequence[Exam], shelf: Shelf, run: str) -> None:
    """Put earlier studies on the shelf of the PACS, of patients who have one."""
    for exam in plan:
        if exam.kind is ASKED_ABOUT and Lack.PRIOR not in lacks(exam):
            for image in small_ct(exam, f"{run} prior", before=PRIOR_BEFORE):
                image.AccessionNumber = image.StudyID = f"PRIOR{FIRST_SEED[exam.kind] + exam.seed:08d}"
                shelf.keep(encode(image))


def settings(url: str) -> Mapping[str, object]:
    """Give the settings of a site that asks there."""
    return {"fhir_url": url, "patient_system": SYSTEM}
