from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydicom.sr._concepts_dict import concepts

from collega.formats import dicom_codes
from collega.formats.dicom_codes import PERCENT, PRIVATE_SCHEME, unit_code
from collega.model.code import Code

# Not in pydicom's dictionary; taken from SNOMED CT itself and from RFC 5646.
ELSEWHERE = {
    ("SCT", "705057003"): "Presence",
    ("SCT", "260753009"): "Source",  # the dictionary has it under its fully specified name
    ("RFC5646", "en"): "English",
    ("RFC5646", "nl"): "Dutch",
}


def _all_codes() -> Iterator[Code]:
    for value in vars(dicom_codes).values():
        for code in value.values() if isinstance(value, dict) else [value]:
            if isinstance(code, Code):
                yield code


CODES = sorted({(code.scheme, code.value, code.meaning) for code in _all_codes()})


def test_there_are_codes_to_check() -> None:
    assert len(CODES) > 30


@pytest.mark.shows("R31")
@pytest.mark.parametrize("code", CODES, ids="-".join)
def test_code_has_its_published_meaning(code: tuple[str, str, str]) -> None:
    scheme, value, meaning = code
    if scheme == PRIVATE_SCHEME:
        return
    dictionary: Mapping[str, Any] = concepts.get(scheme, {})
    published = {names[value][0] for names in dictionary.values() if value in names}
    published |= {ELSEWHERE[scheme, value]} if (scheme, value) in ELSEWHERE else set()
    assert meaning in published


def test_no_private_code_hides_a_published_one() -> None:
    assert {value for scheme, value, _ in CODES if scheme == PRIVATE_SCHEME} == {"presence-score", "score-threshold"}


def test_units_have_a_meaning() -> None:
    assert unit_code("%") == PERCENT
    assert unit_code("mm") == Code(scheme="UCUM", value="mm", meaning="mm")
