"""CAD reports: marks are findings where they may be shown, and "without findings" is absence where one looked."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from collega.model.code import Code
from collega.model.finding import Evaluation, Outcome, RegionKind
from collega.model.results import ResultsSpec, ScoreConcept, Silence, VendorCode
from collega.testing import records
from collega.testing.synthetic import chest_film
from tests.unit.normalise import cad_reports as cad
from tests.unit.normalise.vendor_answers import RESTATES, Box

SPEC = records.finding_spec(
    id="mass", code=Code(scheme="SCT", value="129788004", meaning="Mass"), threshold=None, threshold_range=None
)
SCORED = replace(RESTATES, score=ScoreConcept(concept=("DCM", "111012"), scale=0.01))


@pytest.fixture(scope="module")
def film() -> Dataset:
    return chest_film(4, compressed=False)


@pytest.fixture
def box(film: Dataset, tmp_path: Path) -> Box:
    return Box([film], tmp_path)


def word(box: Box, spec: ResultsSpec = RESTATES) -> Evaluation:
    (found,) = box.read(spec, findings=(SPEC,)).result.findings
    return found.evaluation


@pytest.mark.shows("R5")
@pytest.mark.parametrize("chest", [False, True])
def test_a_mark_is_a_finding_with_its_place_and_number(box: Box, chest: bool) -> None:
    box.gets(cad__dcm=cad.cad_report(box.film, cad.finding(cad.MASS, certainty="85"), chest=chest))
    (found,) = box.read(SCORED, findings=(SPEC,)).result.findings
    assert (found.evaluation, found.score.value) == (Evaluation.PRESENT, 0.85)
    assert {region.kind for region in found.regions} == {RegionKind.POINT, RegionKind.POLYGON}
    # Named by reference into the image library.
    assert {region.image for region in found.regions} == {box.film.SOPInstanceUID}


def test_what_is_not_for_presentation_is_not_presented(box: Box) -> None:
    box.gets(cad__dcm=cad.cad_report(box.film, cad.finding(cad.MASS, cad.NOT_SHOWN), summary=cad.ALL_WITHOUT))
    assert word(box) is Evaluation.ABSENT
    box.gets(cad__dcm=cad.cad_report(box.film, cad.finding(cad.MASS, cad.OPTIONAL)))
    assert word(box) is Evaluation.UNDETERMINED
    shown = replace(RESTATES, evaluations={("DCM", "111151"): Evaluation.PRESENT})
    assert word(box, shown) is Evaluation.PRESENT


@pytest.mark.shows("R5")
def test_all_succeeded_without_findings_is_absence_of_what_was_searched_for(box: Box) -> None:
    box.gets(cad__dcm=cad.cad_report(box.film, summary=cad.ALL_WITHOUT))
    result = box.read(findings=(SPEC,)).result
    assert result.outcome is Outcome.NOTHING_FOUND
    assert "searched for" in result.notes[0].en
    box.gets(cad__dcm=cad.cad_report(box.film, summary=cad.ALL_WITHOUT, searched=[cad.CALCIFICATIONS]))
    assert word(box) is Evaluation.UNDETERMINED
    assert word(box, replace(RESTATES, without_findings=("mass",))) is Evaluation.ABSENT


@pytest.mark.shows("R5")
def test_part_of_the_algorithms_is_no_ground_for_absence(box: Box) -> None:
    box.gets(cad__dcm=cad.cad_report(box.film, summary=cad.SOME_WITHOUT))
    assert word(box, replace(RESTATES, silence=Silence.ABSENT, without_findings=("mass",))) is Evaluation.UNDETERMINED


@pytest.mark.shows("R25")
def test_no_algorithm_succeeded_is_a_failure(box: Box) -> None:
    box.gets(cad__dcm=cad.cad_report(box.film, summary=cad.NONE))
    result = box.read(replace(RESTATES, silence=Silence.ABSENT), findings=(SPEC,)).result
    assert (result.outcome, result.reason_code) == (Outcome.FAILED, "vendor-failed")


def test_codes_of_older_snomed_are_the_same_concepts(box: Box) -> None:
    # M-01000, SRT is SCT 49755003 in PS3.16 annex D's table of equals.
    old = ("M-01000", "SRT", "Morphologically Abnormal Structure")
    box.gets(cad__dcm=cad.cad_report(box.film, cad.finding(old)))
    assert word(box) is Evaluation.UNDETERMINED
    named = replace(RESTATES, codes=(VendorCode(finding="mass", code=("SCT", "49755003")),))
    assert word(box, named) is Evaluation.PRESENT


@pytest.mark.parametrize("places", [(1, 99), (1, 1, 1, 1, 1), (1,), (1, 2, 1)])
def test_references_that_lead_nowhere_or_in_circles(box: Box, places: tuple[int, ...]) -> None:
    odd = cad.finding(cad.MASS, target=cad.by_reference(*places))
    box.gets(cad__dcm=cad.cad_report(box.film, odd))
    assert word(box) is Evaluation.PRESENT
