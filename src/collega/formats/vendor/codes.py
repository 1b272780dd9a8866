"""Codes that vendors' objects use, each once; the tests compare them with pydicom's dictionary.

Sources: PS3.16 annex D (DCM), TID 1500, 1501, 1410, 1411, 4000 to 4023, 4100 to 4108, CID 6042 and 6047.
"""

from collections.abc import Mapping

from pydicom.dataset import Dataset
from pydicom.sr._snomed_dict import mapping as _snomed

from collega.formats.dicom_codes import EVALUATIONS
from collega.model.code import Code
from collega.model.finding import Evaluation
from collega.model.results import Concept

LONGEST_MEANING = 64
MOST_WORDS = 300
# Designators of SNOMED that documents before 2018 use (PS3.16 8.1); their values have an equal in SCT.
OLD_SNOMED = frozenset({"SRT", "SNM3", "99SDM"})

FINDING: Concept = ("DCM", "121071")
FINDING_SITES: tuple[Concept, ...] = (("SCT", "363698007"), ("DCM", "112013"))
TRACKING_ID: Concept = ("DCM", "112039")
TRACKING_UID: Concept = ("DCM", "112040")
MEASUREMENT_GROUP: Concept = ("DCM", "125007")
IMAGING_MEASUREMENTS: Concept = ("DCM", "126010")
PRESENCE_NAMES: frozenset[Concept] = frozenset({("SCT", "705057003")})

# Coded words for present, absent and undetermined (CID 230, 240, 250, 3120, 4220).
WORDS: Mapping[Concept, Evaluation] = {
    **{(code.scheme, code.value): word for word, code in EVALUATIONS.items()},
    ("SCT", "10828004"): Evaluation.PRESENT,  # Positive
    ("SCT", "260385009"): Evaluation.ABSENT,  # Negative
    ("SCT", "42425007"): Evaluation.UNDETERMINED,  # Equivocal
    ("SCT", "82334004"): Evaluation.UNDETERMINED,  # Indeterminate
}


def read_code(data: Dataset, keyword: str) -> Code | None:
    """Read the first item of a Code Sequence (PS3.3 section 8.8), None where it names no concept.

    SNOMED codes of the older kind become their SNOMED CT equals.
    """
    for item in data.get(keyword) or ():
        value = words(item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue"))
        scheme = words(item.get("CodingSchemeDesignator")) or ("URN" if "URNCodeValue" in item else "")
        if not value or not scheme:
            return None
        if scheme in OLD_SNOMED and value in _snomed["SRT"]:
            scheme, value = "SCT", _snomed["SRT"][value]
        meaning = words(item.get("CodeMeaning"), LONGEST_MEANING) or value[:LONGEST_MEANING]
        return Code(scheme=scheme, value=value, meaning=meaning)
    return None


def words(value: object, longest: int = MOST_WORDS) -> str:
    """Text of an object in one line, without what neither the database nor a page can hold."""
    text = " ".join(str(value or "").encode("utf-8", "replace").decode().split())
    return "".join(letter for letter in text if letter.isprintable())[:longest].strip()


def concept(code: Code) -> Concept:
    """Give what names a concept."""
    return code.scheme, code.value
