"""Values of a patient that may stand again where no rule looks: found first, then searched in all that stays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from collega.formats.dicom_deid.values import name_of, vr_of, words_of

# A name of two letters is a part of too many words; three must stand alone.
LEAST, LEAST_FOREIGN, ALONE_BELOW = 3, 2, 6
PARTICLES = frozenset(
    {"van", "von", "der", "den", "ter", "ten", "het", "del", "des", "the", "mrs", "unknown", "anonymous"}
)
DEEPEST = 64
PATIENT_ID = 0x00100020
NUMBERS_LEAST = 5
IDENTIFYING = frozenset(
    {
        "PatientID",
        "OtherPatientIDs",
        "AccessionNumber",
        "AdmissionID",
        "ServiceEpisodeID",
        "MedicalRecordLocator",
        "PatientAddress",
        "PatientTelephoneNumbers",
        "InsurancePlanIdentification",
        "PatientBirthDate",
        "StudyID",
        "IssuerOfPatientID",
        "PlacerOrderNumberImagingServiceRequest",
        "FillerOrderNumberImagingServiceRequest",
        "RequestedProcedureID",
        "ScheduledProcedureStepID",
        "PerformedProcedureStepID",
        "InstitutionAddress",
    }
)
_DIGITS = re.compile(r"\d{6,}")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """Names and numbers of one object, as one search."""

    found: re.Pattern[str] | None

    def are_in(self, text: str) -> bool:
        """Whether one of them stands in a text, in capitals or not."""
        return self.found is not None and self.found.search(text.casefold()) is not None


def identifiers_of(dataset: Dataset, *, retains_uids: bool) -> Identifiers:
    """Collect what names the patient, or others, in an object, at any depth."""
    words = {word.casefold() for word in _words(dataset, retains_uids=retains_uids, depth=0)}
    # A number of a patient is written with and without its letters and leading zeros.
    words |= {run.lstrip("0") for word in _numbers(dataset) for run in _DIGITS.findall(word)}
    patterns = [_pattern(word) for word in sorted(words, key=lambda word: (-len(word), word)) if _tells(word)]
    return Identifiers(found=re.compile("|".join(patterns)) if patterns else None)


def _tells(word: str) -> bool:
    """Whether a word names somebody: Chinese names are short, and particles of Dutch ones are in every text."""
    if word in PARTICLES:
        return False
    return len(word) >= (NUMBERS_LEAST if word.isdigit() else LEAST if word.isascii() else LEAST_FOREIGN)


def _pattern(word: str) -> str:
    escaped = re.escape(word)
    alone = len(word) < ALONE_BELOW or word.isdigit()
    return rf"(?<![^\W_]){escaped}(?![^\W_])" if alone else escaped


def _numbers(dataset: Dataset) -> list[str]:
    return words_of(dataset.get_item(PATIENT_ID), dataset.original_character_set) if PATIENT_ID in dataset else []


def _words(dataset: Dataset, *, retains_uids: bool, depth: int) -> Iterator[str]:
    charset = dataset.original_character_set
    for tag in dataset.keys():  # noqa: SIM118 - a dataset iterates over its elements, and reads them
        if tag.is_private:
            continue
        element = dataset.get_item(tag)
        vr = vr_of(element)
        if vr == "SQ" and depth < DEEPEST:
            for item in dataset[tag].value or ():
                yield from _words(item, retains_uids=retains_uids, depth=depth + 1)
        elif vr == "PN":
            for name in words_of(element, charset):
                yield from _WORD.findall(name)
        elif name_of(tag) in IDENTIFYING or (not retains_uids and name_of(tag).endswith("InstanceUID")):
            yield from words_of(element, charset)
