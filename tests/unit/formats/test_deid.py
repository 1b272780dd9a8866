"""Objects without their patients: what goes, what stays, and that it is the same each time."""

import pytest
from pydicom.datadict import keyword_for_tag

from collega.formats.dicom_deid.engine import deidentify
from collega.formats.dicom_deid.profile import preset
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.table import rules
from collega.testing.synthetic import ct_series

pytestmark = pytest.mark.shows("R13", "R85")
PSEUDONYMS = Pseudonyms(key=bytes(range(32)), project="a")


def test_the_table_spells_attributes_as_the_dictionary_does() -> None:
    differ = {
        tag: rule.keyword
        for tag, rule in rules().items()
        if "x" not in tag and (keyword_for_tag(int(tag, 16)) or rule.keyword) != rule.keyword
    }
    assert not differ
    assert len(rules()) > 600


def test_a_slice_leaves_with_pseudonyms_and_says_so() -> None:
    original = ct_series(1)[0]
    done = deidentify(original, preset("basic", "a"), PSEUDONYMS).dataset
    assert done.PatientID == done.PatientName == PSEUDONYMS.patient(original.PatientID)
    assert done.SOPInstanceUID == PSEUDONYMS.uid(original.SOPInstanceUID)
    assert done.PatientIdentityRemoved == "YES"
    assert done.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert original.PatientID != done.PatientID
