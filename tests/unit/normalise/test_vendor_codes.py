"""Every code that vendors' objects are read by is the one that the standard lists, in pydicom's transcription."""

from typing import Any

import pytest
from pydicom.sr import _concepts_dict

from collega.formats.vendor import cad_report, codes
from collega.model.results import Concept

# Meaning of each concept, as PS3.16 has it.
LISTED: dict[Concept, str] = {
    codes.FINDING: "Finding",
    codes.FINDING_SITES[0]: "Finding Site",
    codes.FINDING_SITES[1]: "Location in Chest",
    codes.TRACKING_ID: "Tracking Identifier",
    codes.TRACKING_UID: "Tracking Unique Identifier",
    codes.MEASUREMENT_GROUP: "Measurement Group",
    cad_report.MAMMOGRAPHY_REPORT: "Mammography CAD Report",
    cad_report.CHEST_REPORT: "Chest CAD Report",
    cad_report.SINGLE_IMAGE_FINDING: "Single Image Finding",
    cad_report.COMPOSITE_FEATURE: "Composite Feature",
    cad_report.RENDERING_INTENT: "Rendering Intent",
    cad_report.OPTIONAL: "Presentation Optional: Rendering device may present",
    cad_report.NOT_FOR_PRESENTATION: "Not for Presentation: Rendering device expected not to present",
    cad_report.SUMMARY: "CAD Processing and Findings Summary",
    cad_report.SUCCESSFUL_DETECTIONS: "Successful Detections",
    cad_report.DETECTION_PERFORMED: "Detection Performed",
    ("DCM", "111241"): "All algorithms succeeded; without findings",
    ("DCM", "111242"): "All algorithms succeeded; with findings",
    ("DCM", "111243"): "Not all algorithms succeeded; without findings",
    ("DCM", "111244"): "Not all algorithms succeeded; with findings",
    ("DCM", "111245"): "No algorithms succeeded; without findings",
    ("SCT", "52101004"): "Present",
    ("SCT", "272519000"): "Absent",
    ("SCT", "373068000"): "Undetermined",
    ("SCT", "10828004"): "Positive",
    ("SCT", "260385009"): "Negative",
    ("SCT", "42425007"): "Equivocal",
    ("SCT", "82334004"): "Indeterminate",
}


@pytest.mark.parametrize("concept", list(LISTED), ids=str)
def test_a_code_means_what_we_take_it_for(concept: Concept) -> None:
    scheme, value = concept
    listed: Any = _concepts_dict.concepts
    meanings = {names[value][0] for names in listed[scheme].values() if value in names}
    assert LISTED[concept] in meanings


def test_no_word_and_no_outcome_is_left_out() -> None:
    assert {*codes.WORDS, *cad_report.ENDED} <= LISTED.keys()
