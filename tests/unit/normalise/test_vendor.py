"""A vendor's answer becomes the findings that its app promises, and never more than it says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from collega.errors import QuarantineError
from collega.model.finding import Evaluation, RegionKind
from collega.model.results import ResultsSpec, ScoreConcept, Silence
from collega.testing.synthetic import chest_film
from tests.unit.normalise.vendor_answers import (
    ABSENT,
    CERTAINTY,
    NODULE,
    PRESENT,
    RESTATES,
    Box,
    group,
    place,
)


@pytest.fixture(scope="module")
def film() -> Dataset:
    return chest_film(1, compressed=False)


@pytest.fixture
def box(film: Dataset, tmp_path: Path) -> Box:
    return Box([film], tmp_path)


@pytest.mark.shows("R5")
@pytest.mark.parametrize(("word", "evaluation"), [(PRESENT, "present"), (ABSENT, "absent"), (None, "undetermined")])
def test_a_group_says_whether_a_finding_is_there(box: Box, word: Any, evaluation: str) -> None:
    (finding,) = box.answers(group(box.film, word=word)).read().result.findings
    assert finding.evaluation == evaluation
    assert finding.images == (box.film.SOPInstanceUID,)
    assert finding.score.value == {"present": 1.0, "absent": 0.0, "undetermined": 0.5}[evaluation]


def test_its_number_is_the_score_where_the_manifest_says_so(box: Box) -> None:
    spec = replace(RESTATES, score=ScoreConcept(concept=(CERTAINTY[1], CERTAINTY[0]), scale=0.01))
    box.answers(group(box.film, word=None, number=62.5))
    (finding,) = box.read(spec).result.findings
    assert (finding.score.value, finding.evaluation, finding.threshold) == (0.625, Evaluation.PRESENT, 0.5)


def test_a_place_in_an_image_is_read(box: Box) -> None:
    outline = [(10, 10), (50, 10), (50, 60), (10, 10)]
    (finding,) = box.answers(place(box.film, outline)).read().result.findings
    assert finding.evaluation is Evaluation.PRESENT
    (region,) = finding.regions
    assert (region.kind, region.points) == (RegionKind.POLYGON, ((10.0, 10.0), (50.0, 10.0), (50.0, 60.0)))


@pytest.mark.shows("R5")
def test_what_is_not_mentioned_is_not_absent(box: Box) -> None:
    box.answers(group(box.film, NODULE))
    reading = box.read()
    assert reading.result.findings[0].evaluation is Evaluation.UNDETERMINED
    assert reading.unread == ("dicom/sr.dcm: Nodule (27925004, SCT)",)
    documented = box.read(replace(RESTATES, silence=Silence.ABSENT)).result
    assert documented.findings[0].evaluation is Evaluation.ABSENT
    assert "maker" in documented.notes[0].en


def test_no_number_is_made_up(box: Box) -> None:
    with pytest.raises(QuarantineError, match="no number for pneumonia") as refused:
        box.answers(group(box.film)).read(ResultsSpec(restates=False))
    assert refused.value.code == "no-score"
