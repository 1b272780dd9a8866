"""Answers of searches as text: valid DICOM JSON, whatever stands in the database."""

import json

import pytest

from collega.formats.dicomweb_json import answer, element
from collega.model.dicomweb import Level

BASE = "http://pacs/dicom-web"
ROW = {
    "study_instance_uid": "1.2.3",
    "study_date": "20260101",
    "name": 'Qu"ote\\^Zoë\n=山田^太郎=',
    "patient_id": "\u2028 \x01",
    "modalities": ["CT", "", "SR"],
    "study_instances": 4,
    "description": None,
}


@pytest.mark.shows("R59")
def test_an_answer_is_dicom_json_with_every_attribute_that_is_always_told() -> None:
    told = json.loads(answer(Level.STUDIES, ROW, (), BASE))
    assert list(told) == sorted(told)
    assert told["00080020"] == {"vr": "DA", "Value": ["20260101"]}
    assert told["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": 'Qu"ote\\^Zoë\n', "Ideographic": "山田^太郎"}]}
    assert told["00100020"] == {"vr": "LO", "Value": ["\u2028 \x01"]}
    assert told["00080061"] == {"vr": "CS", "Value": ["CT", "SR"]}
    assert told["00201208"] == {"vr": "IS", "Value": [4]}
    assert told["00081030"] == {"vr": "LO"}, "known to be empty"
    assert told["00081190"]["Value"] == [f"{BASE}/studies/1.2.3"]


@pytest.mark.parametrize(
    ("vr", "value", "written"),
    [
        ("IS", "12.0", [12]),
        ("IS", "many", None),
        ("DS", ("1.5", "nan", "x"), [1.5]),
        ("DS", float("inf"), None),
        ("PN", "==", None),
        ("UI", ("1.2", None), ["1.2"]),
        ("LO", "", None),
    ],
)
def test_a_value_that_its_vr_does_not_have_is_left_out(vr: str, value: object, written: list[object] | None) -> None:
    assert element(vr, value) == ({"vr": vr, "Value": written} if written else {"vr": vr})
