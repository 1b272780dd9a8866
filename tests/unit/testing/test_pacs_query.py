"""Matching of the simulated PACS (PS3.4 C.2.2.2)."""

import pytest
from pydicom import Dataset
from tests.unit.testing.small_objects import COMPREHENSIVE_3D_SR, small_object

from collega.testing.pacs_query import answers, why_refused

HELD = (
    small_object("a", study="first", date="20260105", patient="P1"),
    small_object("b", study="first", date="20260105", patient="P1", sop_class=COMPREHENSIVE_3D_SR),
    small_object("a", study="second", date="20260210", patient="P2"),
)
FIRST, SECOND = "ACC-first", "ACC-second"


def query(level: str, **keys: object) -> Dataset:
    one = Dataset()
    one.QueryRetrieveLevel = level
    one.AccessionNumber = ""
    for keyword, value in keys.items():
        setattr(one, keyword, value)
    return one


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({}, [FIRST, SECOND]),
        ({"PatientID": "P2"}, [SECOND]),
        ({"PatientID": "P?"}, [FIRST, SECOND]),
        ({"PatientID": "p*"}, [FIRST, SECOND]),
        ({"PatientID": "P"}, []),
        ({"PatientID": "P.*"}, []),
        ({"AccessionNumber": "ACC-f*"}, [FIRST]),
        ({"StudyDate": "20260105"}, [FIRST]),
        ({"StudyDate": "20260105-20260131"}, [FIRST]),
        ({"StudyDate": "20260106-"}, [SECOND]),
        ({"StudyDate": "-20260105"}, [FIRST]),
        ({"StudyDate": "20260301-20260401"}, []),
        ({"ModalitiesInStudy": "SR"}, [FIRST]),
        ({"ModalitiesInStudy": ["CT", "CR"]}, [FIRST, SECOND]),
        ({"ModalitiesInStudy": "MR"}, []),
        ({"StudyInstanceUID": [HELD[0].StudyInstanceUID, HELD[2].StudyInstanceUID]}, [FIRST, SECOND]),
        ({"StudyInstanceUID": HELD[2].StudyInstanceUID, "PatientID": "P1"}, []),
        ({"InstitutionName": "an optional key that is not supported"}, [FIRST, SECOND]),
    ],
)
def test_studies_that_fit(keys: dict[str, object], found: list[str]) -> None:
    assert [answer.AccessionNumber for answer in answers(query("STUDY", **keys), HELD)] == found


def test_names_of_persons_match_whatever_their_case() -> None:
    assert len(list(answers(query("STUDY", PatientName="SIMULATED^*"), HELD))) == 2


def test_an_object_without_an_identifying_attribute_does_not_fit_a_query_for_it() -> None:
    nameless = small_object()
    del nameless.AccessionNumber
    assert list(answers(query("STUDY", AccessionNumber="*-s1"), [nameless])) == []


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (query("STUDY"), ""),
        (query("SERIES"), "a query at level SERIES needs one StudyInstanceUID"),
        (query("SERIES", StudyInstanceUID=["1.2", "1.3"]), "a query at level SERIES needs one StudyInstanceUID"),
        (query("SERIES", StudyInstanceUID="1.2"), ""),
        (query("IMAGE", StudyInstanceUID="1.2"), "a query at level IMAGE needs one SeriesInstanceUID"),
        (query("PATIENT"), "no query at level PATIENT"),
        (Dataset(), "no query at level (none)"),
    ],
)
def test_queries_that_are_refused(asked: Dataset, why: str) -> None:
    assert why_refused(asked, {"STUDY", "SERIES", "IMAGE"}) == why
