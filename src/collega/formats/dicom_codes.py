"""Codes that our DICOM objects use, each once; the tests compare them with pydicom's dictionary.

Sources: PS3.16 annex D (DCM), context groups 29, 100, 240, 7010 and SNOMED CT as PS3.16 lists it.
"""

from collega.model.code import Code
from collega.model.finding import Evaluation

PRIVATE_SCHEME = "99COLLEGA"

PRESENCE_SCORE = Code(scheme=PRIVATE_SCHEME, value="presence-score", meaning="Score for presence (0-100)")
PRESENCE_THRESHOLD = Code(scheme=PRIVATE_SCHEME, value="score-threshold", meaning="Threshold for presence (0-100)")

CERTAINTY = Code(scheme="DCM", value="111012", meaning="Certainty of Finding")
PRESENCE = Code(scheme="SCT", value="705057003", meaning="Presence")
COMMENT = Code(scheme="DCM", value="121106", meaning="Comment")
SOURCE = Code(scheme="SCT", value="260753009", meaning="Source")
IMAGE_REGION = Code(scheme="DCM", value="111030", meaning="Image Region")
ABNORMAL_STRUCTURE = Code(scheme="SCT", value="49755003", meaning="Morphologically Abnormal Structure")

REJECTED = Code(scheme="DCM", value="113001", meaning="Rejected for Quality Reasons")
KEY_OBJECT_DESCRIPTION = Code(scheme="DCM", value="113012", meaning="Key Object Description")

DEVICE = Code(scheme="DCM", value="121007", meaning="Device")
IMAGE_LIBRARY = Code(scheme="DCM", value="111028", meaning="Image Library")
IMAGE_LIBRARY_GROUP = Code(scheme="DCM", value="126200", meaning="Image Library Group")
MODALITY = Code(scheme="DCM", value="121139", meaning="Modality")
REPORT_TITLE = Code(scheme="DCM", value="126000", meaning="Imaging Measurement Report")
ARTIFICIAL_INTELLIGENCE = Code(scheme="DCM", value="123110", meaning="Artificial Intelligence")
PROCESSING_EQUIPMENT = Code(scheme="DCM", value="109102", meaning="Processing Equipment")

EVALUATIONS = {
    Evaluation.PRESENT: Code(scheme="SCT", value="52101004", meaning="Present"),
    Evaluation.ABSENT: Code(scheme="SCT", value="272519000", meaning="Absent"),
    Evaluation.UNDETERMINED: Code(scheme="SCT", value="373068000", meaning="Undetermined"),
}

LANGUAGES = {
    "en": Code(scheme="RFC5646", value="en", meaning="English"),
    "nl": Code(scheme="RFC5646", value="nl", meaning="Dutch"),
}

# CID 100: the general concept is right for every procedure; computed tomography has its own.
IMAGING_PROCEDURE = Code(scheme="SCT", value="363679005", meaning="Imaging procedure")
PROCEDURES = {"CT": Code(scheme="LN", value="25045-6", meaning="CT unspecified body region")}

# CID 29, the modalities whose images apps read.
MODALITIES = {
    "CR": Code(scheme="DCM", value="CR", meaning="Computed Radiography"),
    "CT": Code(scheme="DCM", value="CT", meaning="Computed Tomography"),
    "DX": Code(scheme="DCM", value="DX", meaning="Digital Radiography"),
    "MG": Code(scheme="DCM", value="MG", meaning="Mammography"),
    "MR": Code(scheme="DCM", value="MR", meaning="Magnetic Resonance"),
    "NM": Code(scheme="DCM", value="NM", meaning="Nuclear Medicine"),
    "PT": Code(scheme="DCM", value="PT", meaning="Positron emission tomography"),
    "US": Code(scheme="DCM", value="US", meaning="Ultrasound"),
    "XA": Code(scheme="DCM", value="XA", meaning="X-Ray Angiography"),
}

NO_UNITS = Code(scheme="UCUM", value="1", meaning="no units")
PERCENT = Code(scheme="UCUM", value="%", meaning="Percent")
UNITS = {unit.value: unit for unit in (NO_UNITS, PERCENT)}


def unit_code(unit: str) -> Code:
    """Code of a UCUM unit; UCUM symbols are their own meaning where we list none."""
    return UNITS.get(unit) or Code(scheme="UCUM", value=unit, meaning=unit)
